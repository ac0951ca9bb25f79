"""The protocol's red flags, on the wall clock and the monotonic clock, and the account of CPU.

They are the cheap first line: a `sleep` satisfies them. What a run contains is shown by doing it
again; these show that its record is one of a run that took place in time.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from assay.core.files import digest_file
from assay.documents.training_log import clock_set
from assay.evidence.arrays import load_arrays
from assay.evidence.progress import CLOCK
from assay.evidence.sessions import Record, active_seconds, gaps, sessions, steady, stretches
from assay.evidence.verdict import Finding
from assay.methods import traits_of
from assay.validation.subject import Subject

SHORTEST = 0.3  # of the expected minimum (protocol, red flags)
CLOCKS = ("timestamp", "monotonic")
ELAPSED_SECONDS = 0.1  # between clocks that are read one after the other
JUMP_SECONDS = 5.0  # that the wall clock may be corrected by during a run
NO_WORK = frozenset({"start", "import", "build", "compile", "canonicalise", "results", "end"})
AROUND = frozenset({"import", "results"})  # phases that are not part of the fit
CPU_FACTOR, CPU_SLACK = 6.0, 5.0  # machines differ, and short phases are measured roughly
# Beyond this a run neither computed nor waited for a processor, but mostly did nothing.
IDLE_FACTOR, IDLE_SLACK = 4.0, 30.0
CROWDED = 20.0  # the factor where the system does not say how long a run waited for a processor
MEMORY_FACTOR, MEMORY_SLACK = 4.0, 2**30  # per core; sums over processes count shared pages often


def check_duration(subject: Subject) -> Iterator[Finding]:
    """Compare the duration, by both clocks, with the least that the design expects."""
    minutes = subject.design.expected.minutes
    if minutes == "auto":
        message = "the design says auto: judged by what doing it again takes"
        yield Finding("duration", "pass", message)
        return
    required = SHORTEST * minutes[0] * 60
    spans = {clock: active_seconds(steady(subject.records), clock) for clock in CLOCKS}
    measured = round(min(spans.values()), 3)
    if measured < required:
        message = (
            f"training took {measured:g} s, less than 30 % of the {minutes[0]:g} minutes expected "
            "at least: it stopped early, or never ran"
        )
        yield Finding(
            "duration", "fail", message, measured, required, "short_duration", action="RERUN"
        )
    else:
        yield Finding("duration", "pass", f"training took {measured:g} s", measured, required)


def check_checkpoints(subject: Subject) -> Iterator[Finding]:
    """See that every checkpoint in the log is there, and that no two hold the same."""
    logged = {r["file"]: r for r in subject.records if r["event"] == "checkpoint"}
    stored = {f"checkpoints/{p.name}": p for p in subject.checkpoints.paths.values()}
    if not logged or logged.keys() != stored.keys():
        odd = sorted(logged.keys() ^ stored.keys()) or "none"
        message = "there are no intermediate checkpoints, or not those that the log names"
        yield Finding("checkpoints", "fail", message, odd, None, "no_checkpoints")
        return
    wrong = [name for name, path in stored.items() if digest_file(path) != logged[name]["digest"]]
    if wrong:
        message = f"not what the log says was stored: {', '.join(wrong)}"
        yield Finding("checkpoints", "fail", message, wrong, [], "no_checkpoints")
        return
    same = _repeated(subject, logged, stored)
    if same:
        message = f"{same[0]} and {same[1]} hold the same: nothing happened between them"
        yield Finding("checkpoints", "fail", message, list(same), None, "no_checkpoints")
        return
    if traits_of(subject.design.method).may_rest and _never_moved(subject):
        message = f"all {len(stored)} states are the same: nothing was trained"
        yield Finding("checkpoints", "warn", message, len(stored), None, doubt=True)
    yield Finding("checkpoints", "pass", f"{len(stored)} checkpoints, as logged", len(stored))


def _never_moved(subject: Subject) -> bool:
    """Return whether every stored state of an iteration is the one that it began with."""
    seen = {
        tuple((key, x.shape, x.tobytes()) for key, x in sorted(arrays.items()) if key != "stream")
        for arrays in subject.checkpoints.values()
    }
    return len(seen) == 1


def _repeated(
    subject: Subject, logged: Mapping[str, Any], stored: Mapping[str, Any]
) -> tuple[str, str] | None:
    """Return two checkpoints with the same content, where a method may not rest."""
    if traits_of(subject.design.method).may_rest:
        return None
    seen: dict[str, str] = {}
    for name, record in logged.items():
        other = seen.setdefault(record["digest"], name)
        if other != name and any(part.size for part in load_arrays(stored[name]).values()):
            return other, name
    return None


def check_heartbeats(subject: Subject) -> Iterator[Finding]:
    """Judge the spacing of the heartbeats: no gaps over two intervals, none under half of one."""
    heartbeat = subject.heartbeat_seconds
    parts = sessions(steady(subject.records))
    beats = [[r for r in lines if r["event"] == "heartbeat"] for lines in parts]
    marks = [[lines[0], *own, lines[-1]] for lines, own in zip(parts, beats, strict=True)]
    widest = max(_gap(a, b, clock) for m in marks for a, b in pairwise(m) for clock in CLOCKS)
    if widest > 2 * heartbeat + 1:
        message = f"nothing was logged for {widest:g} s; a heartbeat is due every {heartbeat:g} s"
        yield Finding("heartbeats", "fail", message, widest, 2 * heartbeat, "log_gap")
        return
    apart = [_gap(a, b, clock) for own in beats for a, b in pairwise(own) for clock in CLOCKS]
    recorded = float(subject.admission["heartbeat_seconds"])
    if apart and min(apart) < 0.5 * recorded - 0.5:
        message = (
            f"two heartbeats lie {min(apart):g} s apart; a heartbeat is due every {recorded:g} s"
        )
        yield Finding("heartbeats", "fail", message, min(apart), 0.5 * recorded, "log_too_dense")
        return
    count = sum(map(len, beats))
    yield Finding("heartbeats", "pass", f"{count} heartbeats, regular", widest, 2 * heartbeat)


def check_interruptions(subject: Subject) -> Iterator[Finding]:
    """Tell of interruptions, and see that log and ledger name the same ones."""
    found = gaps(subject.records)
    newest = subject.outcome.attempt
    told = [
        line["reason"]
        for line in subject.ledger
        if line.get("event") == "resumed" and line.get("attempt") == newest
    ]
    if told != [resumed["reason"] for _, resumed in found]:
        message = "progress.jsonl and the ledger of attempts tell of other interruptions"
        yield Finding("interruptions", "fail", message, len(found), len(told), "log_gap")
    for last, resumed in found:
        seconds = round(resumed["timestamp"] - last["timestamp"], 3)
        length = f"of {seconds:g} s" if seconds >= 0 else "during which the clock was set back"
        message = (
            f"carried on after an interruption {length} ({resumed['reason']}): a recorded gap, "
            "which counts neither as training nor as silence"
        )
        yield Finding("interruptions", "warn", message, seconds)


def check_order(subject: Subject) -> Iterator[Finding]:
    """See that both clocks run forward and alike, and that results came after training."""
    records = steady(subject.records)
    back = [
        (b["sequence"], clock)
        for a, b in pairwise(records)
        for clock in CLOCKS
        if b[clock] < a[clock] - (JUMP_SECONDS if clock == "timestamp" else 0)
        and (clock == "timestamp" or b["event"] != "resume")  # it begins anew with the machine
    ]
    if back:
        message = f"time runs backwards at line {back[0][0] + 1} of progress.jsonl ({back[0][1]})"
        yield Finding("order", "fail", message, red_flag="results_before_training")
        return
    began, ended = (subject.records[place]["timestamp"] for place in (0, -1))
    published = subject.workspace.results(subject.model).stat().st_mtime
    if published < ended - JUMP_SECONDS:
        message = f"the results are {ended - published:.0f} s older than the end of the training"
        yield Finding(
            "order", "fail", message, published, ended, red_flag="results_before_training"
        )
        return
    timing = subject.outcome.timing
    said = [datetime.fromisoformat(text).timestamp() for text in (timing.started, timing.finished)]
    if max(abs(said[0] - began), abs(said[1] - ended)) > JUMP_SECONDS:
        message = "the outcome gives other times of start and end than progress.jsonl"
        yield Finding("order", "fail", message, said, [began, ended], "results_before_training")
        return
    if ended > time.time() + 3600:
        yield Finding("order", "warn", "the training ends in the future", ended, doubt=True)
    for record in records:
        if record["event"] == CLOCK:
            jump = record["jump_seconds"]
            message = f"{clock_set(jump)}: it was noted then, and all times agree with it"
            yield Finding("clocks", "warn", message, jump)
    since = max(
        abs(_since(record, lines, "elapsed_seconds", "monotonic"))
        for lines in sessions(records)
        for record in lines
    )
    if since > ELAPSED_SECONDS:
        message = f"elapsed_seconds is up to {since:g} s off the monotonic clock: it was edited"
        yield Finding("clocks", "warn", message, since, ELAPSED_SECONDS, doubt=True)
    drift = abs(active_seconds(records, "timestamp") - active_seconds(records))
    if drift > JUMP_SECONDS:
        message = f"wall clock and monotonic clock disagree by {drift:.1f} s: one was changed"
        yield Finding("clocks", "warn", message, drift, JUMP_SECONDS, doubt=True)
    yield Finding("order", "pass", "start, checkpoints, end and results follow in time")


def check_effort(
    subject: Subject, replayed: Mapping[str, Mapping[str, float]], share: float
) -> Iterator[Finding]:
    """Compare the recorded CPU and time of the work itself with what doing it again took.

    Args:
        subject: what is judged.
        replayed: wall and CPU seconds of each phase of the replay.
        share: the part of the work that was done again, above 0.
    """
    cpu, wall = work(subject.records)
    again = sum(spent["cpu"] for name, spent in replayed.items() if name not in NO_WORK) / share
    slack = CPU_SLACK / share if share < 1 else CPU_SLACK
    low, high = (again - slack) / CPU_FACTOR, again * CPU_FACTOR + slack
    if not low <= cpu <= high:
        message = (
            f"the record claims {cpu:.1f} s of processor time for work that takes {again:.1f} s "
            "here: it is not the record of this run"
        )
        yield Finding("effort", "warn", message, cpu, [low, high], doubt=True)
    elif wall > _longest(subject.records, cpu):
        message = (
            f"of {wall:.0f} s of work only {cpu:.0f} s were spent computing, and the rest not "
            "waiting for a processor: was it padded?"
        )
        yield Finding("effort", "warn", message, wall, _longest(subject.records, cpu), doubt=True)
    else:
        message = f"{cpu:.1f} s of processor time recorded, {again:.1f} s when done again"
        yield Finding("effort", "pass", message, cpu, again)
    cores = max(1, int(subject.admission["cores"]))
    if cpu > wall * cores * 1.5 + slack:
        message = f"{cpu:.1f} s of processor time do not fit into {wall:.1f} s on {cores} cores"
        yield Finding("effort", "warn", message, cpu, wall * cores, doubt=True)
    minutes = subject.design.expected.minutes
    if minutes != "auto":
        longest = sum(max(spent["wall"], spent["cpu"]) for spent in replayed.values()) / share
        yield from _padding(SHORTEST * minutes[0] * 60, longest)
    else:
        required = SHORTEST * again / (cores * 1.5) - CPU_SLACK
        if wall < required:
            message = f"the work took {wall:.1f} s on record; here it takes {again:.1f} s of CPU"
            yield Finding(
                "duration", "fail", message, wall, required, "short_duration", action="RERUN"
            )


def _longest(records: list[dict[str, Any]], cpu: float) -> float:
    """Return the wall seconds in which so much computing fits, given what the run waited for."""
    waited = records[-1].get("waited_seconds", {}).get("value")
    if waited is None:
        return CROWDED * cpu + IDLE_SLACK
    return IDLE_FACTOR * (cpu + float(waited)) + IDLE_SLACK


def check_memory(subject: Subject, again: int) -> Iterator[Finding]:
    """Compare the recorded memory with what doing all of it again needed, in bytes (0: unknown)."""
    if not again:
        yield Finding("memory", "skipped", "this system does not say how much memory a run takes")
        return
    peak = int(subject.records[-1]["peak_rss_bytes"]["value"])
    most = MEMORY_FACTOR * again * max(1, int(subject.admission["cores"])) + MEMORY_SLACK
    if not again / MEMORY_FACTOR <= peak <= most:
        message = (
            f"the record claims {peak / 2**20:,.0f} MiB of memory; done again the work takes "
            f"{again / 2**20:,.0f} MiB: it is not the record of this run"
        )
        yield Finding("memory", "warn", message, peak, again, doubt=True)
    else:
        yield Finding("memory", "pass", "the memory on record is what the work takes", peak, again)


def _padding(required: float, again: float) -> Iterator[Finding]:
    """See that the time expected can be what the work takes, whatever time the record claims."""
    if required > CPU_FACTOR * again + IDLE_SLACK:
        message = (
            f"the record claims the {required:g} s that the design demands at least, yet done "
            f"again it takes {again:.1f} s: it was padded, or the design expects too much"
        )
        yield Finding("duration", "warn", message, again, required, doubt=True)


def check_phases(
    subject: Subject, replayed: Mapping[str, Mapping[str, float]], mode: str
) -> Iterator[Finding]:
    """See that the record names the phases that the work has when all of it is done again."""
    if mode != "full":
        return
    recorded = {r["phase"] for r in subject.records if r["event"] == "phase"} - AROUND
    if recorded != replayed.keys():
        message = "the record names other phases than the work has when it is done again"
        yield Finding("phases", "warn", message, sorted(recorded), sorted(replayed), doubt=True)
    else:
        yield Finding("phases", "pass", "the record names the phases that the work has")


def work(records: list[dict[str, Any]]) -> tuple[float, float]:
    """Return recorded CPU and wall seconds of the phases that are the work itself."""
    parts = [(cpu, wall) for phase, wall, cpu in stretches(records) if phase not in NO_WORK]
    return sum(cpu for cpu, _ in parts), sum(wall for _, wall in parts)


def _since(record: Record, records: Sequence[Record], one: str, two: str) -> float:
    """Return how much more one clock than another says has passed since the first line."""
    first = records[0]
    return round(float(record[one] - first[one]) - float(record[two] - first[two]), 3)


def _gap(first: Mapping[str, Any], second: Mapping[str, Any], clock: str) -> float:
    return round(float(second[clock] - first[clock]), 3)
