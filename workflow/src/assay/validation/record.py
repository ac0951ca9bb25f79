"""What the record says of itself: outcome and training log against the lines of progress.jsonl.

People read these; the reports repeat them. So whatever in them follows from the evidence is
derived again, and must be what was written.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from assay.documents.criteria import brief
from assay.documents.training_log import MODEL, STAMPED, admission_lines, session_lines
from assay.evidence.ledger import Ended
from assay.evidence.outcome import Outcome
from assay.evidence.progress import Checkpoint, Clock, ProgressLine, State
from assay.evidence.sessions import active_seconds, gaps, phase_seconds
from assay.evidence.verdict import Finding
from assay.modelcode.import_policy import reached
from assay.results.table import TableError, parse_results
from assay.validation.case import PLACES, Case
from assay.validation.flags import JUMP_SECONDS

SHOWN = 3
Pairs = dict[str, tuple[Any, Any]]  # what is told beside what the evidence shows, by name


def check_outcome(case: Case) -> Iterator[Finding]:
    """Hold what outcome, ledger and manifest say against the evidence and against each other."""
    pairs = _counts(case) | _usage(case) | _ledger(case) | _manifest(case)
    wrong = [name for name, (told, shown) in pairs.items() if told != shown]
    wrong += _durations(case.outcome, case.progress)
    if wrong:
        message = f"the record says otherwise than the evidence: {', '.join(wrong)}"
        yield Finding("claims", "fail", message, wrong, [])
    else:
        yield Finding("claims", "pass", "outcome, ledger and manifest say what the evidence shows")


def check_training_log(case: Case) -> Iterator[Finding]:
    """Compare the training log with the lines that the recorder writes of such a run.

    What the model's own code printed may stand anywhere, and so may troubles of the time
    tracker that the outcome names.
    """
    path = PLACES.training_log(case.model)
    if problem := case.missing(path):
        yield Finding("claims", "fail", problem)
        return
    lines = [STAMPED.fullmatch(line) for line in case.text(path).splitlines()]
    if not all(lines):
        place = next(number for number, line in enumerate(lines, 1) if not line)
        yield Finding("claims", "fail", f"line {place} of {path.name} has no stamp")
        return
    stamps = [datetime.fromisoformat(line[1]).timestamp() for line in lines if line]
    written = [line[2] for line in lines if line and not line[2].startswith(MODEL)]
    expected, judged = recorder_lines(case.outcome, case.progress)
    issues = {part for issue in case.outcome.issues for part in issue.splitlines()}
    found = [line for line in written if line not in judged]
    found = [line for line in found if line in expected or line not in issues]
    if found != expected or [line for line in written if line in judged] != judged:
        odd = [line for line in found if line not in expected] or ["lines missing or moved"]
        message = f"{path.name} tells another run than the evidence: {odd[0]}"
        yield Finding("claims", "fail", message, odd[:SHOWN], [])
    elif _steps_back(stamps) > _set_back(case.progress) or not _within(stamps, case.progress):
        message = f"{path.name} has other times than progress.jsonl"
        yield Finding("claims", "fail", message)
    else:
        yield Finding("claims", "pass", "the training log tells what the evidence shows")


def recorder_lines(
    outcome: Outcome, records: Sequence[ProgressLine]
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


def check_code(case: Case) -> Iterator[Finding]:
    """Doubt model code that reaches for assay or the interpreter: it could replace its judge.

    So could code that is there in compiled form only, which cannot be read.
    """
    code = [path for name, path in sorted(case.inputs.items()) if name.startswith("code/")]
    found = [
        f"{path}: it is compiled, so nobody can read what it does; put its source there"
        for path in code
        if path.suffix != ".py"
    ]
    for path in code:
        if path.suffix == ".py":
            found += reached(case.content(path), str(path))
    if found:
        yield Finding("code", "warn", found[0], found, [], doubt=True)
    else:
        yield Finding("code", "pass", "the model's code keeps its hands off assay")


def _counts(case: Case) -> Pairs:
    """Return what the outcome says of results and fit, each beside what they are."""
    outcome = case.outcome
    try:
        table = parse_results(case.published, case.design)
        rows, columns = len(table), len(table.columns)
    except TableError:  # which fails the sanity check
        rows = columns = 0
    stored = sum(isinstance(record, Checkpoint) for record in case.progress)
    return {
        "title": (outcome.title, case.design.title),
        "iterations": (outcome.iterations, str(case.fit.meta.get("iterations", ""))),
        "rows": (outcome.rows, rows),
        "columns": (outcome.columns, columns),
        "checkpoints": (outcome.checkpoints, stored),
    }


def _usage(case: Case) -> Pairs:
    """Return what the outcome says the run used, each beside the last line of progress.jsonl."""
    last, timing = case.progress[-1], case.outcome.timing
    if not isinstance(last, State):
        return {"end": (last.event, "end")}
    return {
        "cpu_seconds": (timing.cpu_seconds, last.cpu_seconds.value),
        "peak_rss_bytes": (timing.peak_rss_bytes, last.peak_rss_bytes.value),
    }


def _ledger(case: Case) -> Pairs:
    """Return what the ledger says of this attempt, each beside what the outcome says."""
    outcome, ended, begun = case.outcome, case.ledger.last, case.ledger.begun
    if not isinstance(ended, Ended) or not begun:
        return {"ledger": (ended, "an end")}
    return {
        "begun": (begun[-1].at, outcome.timing.requested),
        "ended": (ended.at, outcome.timing.finished),
        "ledger's inputs": (ended.inputs, outcome.inputs),
        "ledger's parameters": (ended.parameters, outcome.parameters),
        "ledger's criteria": (ended.criteria, outcome.criteria),
    }


def _manifest(case: Case) -> Pairs:
    """Return what the manifest says, each beside what outcome and admission say."""
    outcome, admission, predicate = case.outcome, case.admission, case.seal.predicate
    return {
        "manifest's method": (predicate.method, outcome.method),
        "manifest's status": (predicate.status, outcome.status),
        "manifest's started": (predicate.started, outcome.timing.started),
        "manifest's finished": (predicate.finished, outcome.timing.finished),
        "manifest's source": (predicate.source, admission.source),
        "manifest's nonce": (predicate.nonce, admission.nonce),
    }


def _durations(outcome: Outcome, records: Sequence[ProgressLine]) -> list[str]:
    """Return which durations of the outcome are not those of progress.jsonl."""
    timing, phases = outcome.timing, phase_seconds(records)
    wall = active_seconds(records)
    wrong = [] if abs(timing.wall_seconds - wall) <= JUMP_SECONDS else ["wall_seconds"]
    if timing.phases.keys() != phases.keys() or any(
        abs(timing.phases[name] - spent) > JUMP_SECONDS for name, spent in phases.items()
    ):
        wrong.append("phases")
    return wrong


def _steps_back(stamps: Sequence[float]) -> int:
    return sum(earlier - later > JUMP_SECONDS for earlier, later in pairwise(stamps))


def _set_back(records: Sequence[ProgressLine]) -> int:
    """Return how often the wall clock was set back, as far as it is on record."""
    jumps = [record.jump_seconds for record in records if isinstance(record, Clock)]
    jumps += [resumed.timestamp - last.timestamp for last, resumed in gaps(records)]
    return sum(jump < 0 for jump in jumps)


def _within(stamps: Sequence[float], records: Sequence[ProgressLine]) -> bool:
    """Return whether the log, in whole seconds, begins before the run and ends with it."""
    began, ended = records[0].timestamp, records[-1].timestamp
    return stamps[0] <= began + JUMP_SECONDS and abs(stamps[-1] - ended) <= 2 * JUMP_SECONDS
