"""What the record says of itself: outcome and training log against the lines of progress.jsonl.

People read these; the reports repeat them. So whatever in them follows from the evidence is
derived again, and must be what was written.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from assay.documents.criteria import brief
from assay.documents.training_log import MODEL, STAMPED, admission_lines, session_lines
from assay.evidence.outcome import Outcome
from assay.evidence.progress import CLOCK
from assay.evidence.seal import Seal
from assay.evidence.sessions import active_seconds, gaps, phase_seconds
from assay.evidence.verdict import Finding
from assay.modelcode.import_policy import reaches
from assay.results.table import parse_results
from assay.validation.flags import JUMP_SECONDS
from assay.validation.subject import Subject

SHOWN = 3


def check_outcome(subject: Subject, seal: Seal) -> Iterator[Finding]:
    """Hold what outcome, ledger and manifest say against the evidence and against each other."""
    outcome, records = subject.outcome, subject.records
    table, last = parse_results(subject.published, subject.design), records[-1]
    timing = outcome.timing
    pairs = {
        "title": (outcome.title, subject.design.title),
        "iterations": (outcome.iterations, str(subject.fit.meta.get("iterations", ""))),
        "rows": (outcome.rows, len(table)),
        "columns": (outcome.columns, len(table.columns)),
        "checkpoints": (outcome.checkpoints, sum(r["event"] == "checkpoint" for r in records)),
        "cpu_seconds": (timing.cpu_seconds, last["cpu_seconds"]["value"]),
        "peak_rss_bytes": (timing.peak_rss_bytes, last["peak_rss_bytes"]["value"]),
    }
    pairs |= _ledger(subject) | _manifest(subject, seal)
    wrong = [name for name, (told, shown) in pairs.items() if told != shown]
    wrong += _durations(outcome, records)
    if wrong:
        message = f"the record says otherwise than the evidence: {', '.join(wrong)}"
        yield Finding("claims", "fail", message, wrong, [])
    else:
        yield Finding("claims", "pass", "outcome, ledger and manifest say what the evidence shows")


def check_training_log(subject: Subject) -> Iterator[Finding]:
    """Compare the training log with the lines that the recorder writes of such a run.

    What the model's own code printed may stand anywhere, and so may troubles of the time
    tracker that the outcome names.
    """
    text = subject.workspace.training_log(subject.model).read_text(encoding="utf-8")
    lines = [STAMPED.fullmatch(line) for line in text.splitlines()]
    if not all(lines):
        place = next(number for number, line in enumerate(lines, 1) if not line)
        message = f"line {place} of training_{subject.model}.log has no stamp"
        yield Finding("claims", "fail", message)
        return
    stamps = [datetime.fromisoformat(line[1]).timestamp() for line in lines if line]
    written = [line[2] for line in lines if line and not line[2].startswith(MODEL)]
    expected, judged = recorder_lines(subject.outcome, subject.records)
    issues = {part for issue in subject.outcome.issues for part in issue.splitlines()}
    found = [line for line in written if line not in judged]
    found = [line for line in found if line in expected or line not in issues]
    if found != expected or [line for line in written if line in judged] != judged:
        odd = [line for line in found if line not in expected] or ["lines missing or moved"]
        message = f"training_{subject.model}.log tells another run than the evidence: {odd[0]}"
        yield Finding("claims", "fail", message, odd[:SHOWN], [])
    elif _steps_back(stamps) > _set_back(subject.records) or not _within(stamps, subject.records):
        message = f"training_{subject.model}.log has other times than progress.jsonl"
        yield Finding("claims", "fail", message)
    else:
        yield Finding("claims", "pass", "the training log tells what the evidence shows")


def recorder_lines(
    outcome: Outcome, records: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[str]]:
    """Return what the recorder writes into the training log: the run's lines, the criteria's."""
    run = admission_lines(outcome.model, outcome.attempt, outcome.inputs, outcome.seed)
    run += [line for _, line in session_lines(records)]
    run.append("trained; every gate passed")
    judged = [
        line
        for criterion in outcome.criteria
        for line in f"{'pass' if criterion.passed else 'FAIL'}: {brief(criterion)}".splitlines()
    ]
    return run, judged


def _ledger(subject: Subject) -> dict[str, tuple[Any, Any]]:
    """Return what the ledger says of this attempt, each beside what the outcome says."""
    outcome, ended = subject.outcome, subject.ledger[-1]
    begun = next(line for line in reversed(subject.ledger) if line.get("event") == "begun")
    return {
        "begun": (begun.get("at"), outcome.timing.requested),
        "ended": (ended.get("at"), outcome.timing.finished),
        "ledger's inputs": (ended.get("inputs"), outcome.inputs),
        "ledger's parameters": (ended.get("parameters"), outcome.parameters),
        "ledger's criteria": (ended.get("criteria"), [c.as_json() for c in outcome.criteria]),
    }


def _manifest(subject: Subject, seal: Seal) -> dict[str, tuple[Any, Any]]:
    """Return what the manifest says, each beside what outcome and admission say."""
    outcome, admission = subject.outcome, subject.admission
    shown = {
        "method": outcome.method,
        "status": outcome.status,
        "started": outcome.timing.started,
        "finished": outcome.timing.finished,
        "source": admission["source"],
        "nonce": admission["nonce"],
    }
    return {
        f"manifest's {name}": (seal.predicate.get(name), value) for name, value in shown.items()
    }


def _durations(outcome: Outcome, records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which durations of the outcome are not those of progress.jsonl."""
    timing, phases = outcome.timing, phase_seconds(records)
    wall = active_seconds(records)
    wrong = [] if abs(timing.wall_seconds - wall) <= JUMP_SECONDS else ["wall_seconds"]
    if timing.phases.keys() != phases.keys() or any(
        abs(timing.phases[name] - spent) > JUMP_SECONDS for name, spent in phases.items()
    ):
        wrong.append("phases")
    return wrong


def check_code(subject: Subject) -> Iterator[Finding]:
    """Doubt model code that reaches for assay or the interpreter: it could replace its judge.

    So could code that is there in compiled form only, which cannot be read.
    """
    found = [
        f"{path}: it is compiled, so nobody can read what it does; put its source there"
        for name, path in sorted(subject.inputs.items())
        if name.startswith("code/") and path.suffix != ".py"
    ]
    found += [
        place
        for name, path in sorted(subject.inputs.items())
        if name.startswith("code/") and path.suffix == ".py"
        for place in reaches(path)
    ]
    if found:
        yield Finding("code", "warn", found[0], found, [], doubt=True)
    else:
        yield Finding("code", "pass", "the model's code keeps its hands off assay")


def _steps_back(stamps: Sequence[float]) -> int:
    return sum(earlier - later > JUMP_SECONDS for earlier, later in pairwise(stamps))


def _set_back(records: Sequence[Mapping[str, Any]]) -> int:
    """Return how often the wall clock was set back, as far as it is on record."""
    jumps = [float(r["jump_seconds"]) for r in records if r["event"] == CLOCK]
    jumps += [float(r["timestamp"] - last["timestamp"]) for last, r in gaps(records)]
    return sum(jump < 0 for jump in jumps)


def _within(stamps: Sequence[float], records: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the log, in whole seconds, begins before the run and ends with it."""
    began, ended = float(records[0]["timestamp"]), float(records[-1]["timestamp"])
    return stamps[0] <= began + JUMP_SECONDS and abs(stamps[-1] - ended) <= 2 * JUMP_SECONDS
