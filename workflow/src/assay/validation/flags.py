"""The protocol's red flags, on the wall clock and on the monotonic clock.

They are the cheap first line: a `sleep` satisfies them. What a run contains is shown by doing it
again; these show that its record is one of a run that took place in time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal

from assay.design.schema import SHORTEST
from assay.documents.training_log import clock_set
from assay.evidence.ledger import Resumed
from assay.evidence.progress import (
    Checkpoint,
    Clock,
    Heartbeat,
    ProgressLine,
    Resume,
)
from assay.evidence.sessions import active_seconds, gaps, sessions, steady
from assay.evidence.verdict import Finding
from assay.methods import traits_of
from assay.validation.case import PLACES, Case
from assay.validation.frozen import parse_arrays

CLOCKS: tuple[Literal["timestamp", "monotonic"], ...] = ("timestamp", "monotonic")
ELAPSED_SECONDS = 0.1  # between clocks that are read one after the other
JUMP_SECONDS = 5.0  # that the wall clock may be corrected by during a run
FUTURE_SECONDS = 3600.0  # that the clock of the recording machine may be ahead


def check_duration(case: Case) -> Iterator[Finding]:
    """Compare the duration, by both clocks, with the least that the design expects."""
    least = case.design.expected.least_minutes
    if least is None:
        message = "the design says auto: judged by what doing it again takes"
        yield Finding("duration", "pass", message)
        return
    required, records = 60 * least, steady(case.progress)
    measured = round(min(active_seconds(records, clock) for clock in CLOCKS), 3)
    if measured < required:
        message = (
            f"training took {measured:g} s, less than {100 * SHORTEST:g} % of the "
            f"{least / SHORTEST:g} minutes expected at least: it stopped early, or never ran"
        )
        yield Finding("duration", "fail", message, measured, required, "short_duration")
    else:
        yield Finding("duration", "pass", f"training took {measured:g} s", measured, required)


def check_checkpoints(case: Case) -> Iterator[Finding]:
    """See that every checkpoint in the log is there, and that no two hold the same."""
    logged = {line.file: line for line in case.progress if isinstance(line, Checkpoint)}
    stored = {f"checkpoints/{name}": file for name, file in case.checkpoint_files.items()}
    if not logged or logged.keys() != stored.keys():
        odd = sorted(logged.keys() ^ stored.keys()) or "none"
        message = "there are no intermediate checkpoints, or not those that the log names"
        yield Finding("checkpoints", "fail", message, odd, None, "no_checkpoints")
        return
    wrong = [name for name, file in stored.items() if file.digest != logged[name].digest]
    if wrong:
        message = f"not what the log says was stored: {', '.join(wrong)}"
        yield Finding("checkpoints", "fail", message, wrong, [], "no_checkpoints")
        return
    if same := _repeated(case, logged):
        message = f"{same[0]} and {same[1]} hold the same: nothing happened between them"
        yield Finding("checkpoints", "fail", message, list(same), None, "no_checkpoints")
        return
    if traits_of(case.design.method).may_rest and _never_moved(case):
        message = f"all {len(stored)} states are the same: nothing was trained"
        yield Finding("checkpoints", "warn", message, len(stored), None, doubt=True)
    yield Finding("checkpoints", "pass", f"{len(stored)} checkpoints, as logged", len(stored))


def _never_moved(case: Case) -> bool:
    """Return whether every stored state of an iteration is the one that it began with."""
    seen = {
        tuple((key, x.shape, x.tobytes()) for key, x in sorted(arrays.items()) if key != "stream")
        for arrays in case.checkpoints.values()
    }
    return len(seen) == 1


def _repeated(case: Case, logged: Mapping[str, Checkpoint]) -> tuple[str, str] | None:
    """Return two checkpoints with the same content, where a method may not rest."""
    if traits_of(case.design.method).may_rest:
        return None
    seen: dict[str, str] = {}
    for name, line in logged.items():
        other = seen.setdefault(line.digest, name)
        if other != name:
            content = case.content(case.evidence / name)
            if any(part.size for part in parse_arrays(content).values()):
                return other, name
    return None


def check_heartbeats(case: Case) -> Iterator[Finding]:
    """Judge the spacing of the heartbeats: no gaps over two intervals, none under half of one."""
    heartbeat, recorded = case.heartbeat_seconds, case.admission.heartbeat_seconds
    parts = sessions(steady(case.progress))
    beats = [[line for line in lines if isinstance(line, Heartbeat)] for lines in parts]
    marks = [[lines[0], *own, lines[-1]] for lines, own in zip(parts, beats, strict=True)]
    widest = max(_gap(a, b, clock) for m in marks for a, b in pairwise(m) for clock in CLOCKS)
    if widest > 2 * heartbeat + 1:
        message = f"nothing was logged for {widest:g} s; a heartbeat is due every {heartbeat:g} s"
        yield Finding("heartbeats", "fail", message, widest, 2 * heartbeat, "log_gap")
        return
    apart = [_gap(a, b, clock) for own in beats for a, b in pairwise(own) for clock in CLOCKS]
    if apart and min(apart) < 0.5 * recorded - 0.5:
        message = (
            f"two heartbeats lie {min(apart):g} s apart; a heartbeat is due every {recorded:g} s"
        )
        yield Finding("heartbeats", "fail", message, min(apart), 0.5 * recorded, "log_too_dense")
        return
    count = sum(map(len, beats))
    yield Finding("heartbeats", "pass", f"{count} heartbeats, regular", widest, 2 * heartbeat)


def check_interruptions(case: Case) -> Iterator[Finding]:
    """Tell of interruptions, and see that log and ledger name the same ones."""
    found = [(last, line) for last, line in gaps(case.progress) if isinstance(line, Resume)]
    newest = case.outcome.attempt
    resumed = [line for line in case.ledger.lines if isinstance(line, Resumed)]
    told = [line.reason for line in resumed if line.attempt == newest]
    if told != [line.reason for _, line in found]:
        message = "progress.jsonl and the ledger of attempts tell of other interruptions"
        yield Finding("interruptions", "fail", message, len(found), len(told), "log_gap")
    for last, line in found:
        seconds = round(line.timestamp - last.timestamp, 3)
        length = f"of {seconds:g} s" if seconds >= 0 else "during which the clock was set back"
        message = (
            f"carried on after an interruption {length} ({line.reason}): a recorded gap, "
            "which counts neither as training nor as silence"
        )
        yield Finding("interruptions", "warn", message, seconds)


def check_order(case: Case) -> Iterator[Finding]:
    """See that both clocks run forward and alike, and that results came after training."""
    back = _backwards(steady(case.progress))
    began, ended = (case.progress[place].timestamp for place in (0, -1))
    published = case.files[PLACES.results(case.model).as_posix()].modified
    timing = case.outcome.timing
    said = [datetime.fromisoformat(text).timestamp() for text in (timing.started, timing.finished)]
    flag: Literal["results_before_training"] = "results_before_training"
    if back is not None:
        message = f"time runs backwards at line {back[0] + 1} of progress.jsonl ({back[1]})"
        yield Finding("order", "fail", message, red_flag=flag)
    elif published < ended - JUMP_SECONDS:
        message = f"the results are {ended - published:.0f} s older than the end of the training"
        yield Finding("order", "fail", message, published, ended, flag)
    elif max(abs(said[0] - began), abs(said[1] - ended)) > JUMP_SECONDS:
        message = "the outcome gives other times of start and end than progress.jsonl"
        yield Finding("order", "fail", message, said, [began, ended], flag)
    else:
        if ended > case.here.now + FUTURE_SECONDS:
            yield Finding("order", "warn", "the training ends in the future", ended, doubt=True)
        yield Finding("order", "pass", "start, checkpoints, end and results follow in time")


def _backwards(records: Sequence[ProgressLine]) -> tuple[int, str] | None:
    """Return the first line before which a clock ran back, and which; None if none did."""
    for one, two in pairwise(records):
        if two.timestamp < one.timestamp - JUMP_SECONDS:
            return two.sequence, "timestamp"
        if two.monotonic < one.monotonic and not isinstance(two, Resume):
            return two.sequence, "monotonic"  # which begins anew with the machine
    return None


def check_clocks(case: Case) -> Iterator[Finding]:
    """Tell of a wall clock that was set, and doubt times that do not agree with each other."""
    records = steady(case.progress)
    for record in records:
        if isinstance(record, Clock):
            message = (
                f"{clock_set(record.jump_seconds)}: it was noted then, and all times agree with it"
            )
            yield Finding("clocks", "warn", message, record.jump_seconds)
    since = max(abs(_off(line, lines[0])) for lines in sessions(records) for line in lines)
    if since > ELAPSED_SECONDS:
        message = f"elapsed_seconds is up to {since:g} s off the monotonic clock: it was edited"
        yield Finding("clocks", "warn", message, since, ELAPSED_SECONDS, doubt=True)
    drift = abs(active_seconds(records, "timestamp") - active_seconds(records))
    if drift > JUMP_SECONDS:
        message = f"wall clock and monotonic clock disagree by {drift:.1f} s: one was changed"
        yield Finding("clocks", "warn", message, drift, JUMP_SECONDS, doubt=True)


def _off(line: ProgressLine, first: ProgressLine) -> float:
    """Return how much more the elapsed seconds say than the monotonic clock, since `first`."""
    elapsed = line.elapsed_seconds - first.elapsed_seconds
    return round(elapsed - (line.monotonic - first.monotonic), 3)


def _gap(one: ProgressLine, two: ProgressLine, clock: Literal["timestamp", "monotonic"]) -> float:
    return round(float(getattr(two, clock) - getattr(one, clock)), 3)
