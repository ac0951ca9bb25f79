"""Starting, pausing and ending the measurement of a record."""

from collections.abc import Callable
from pathlib import Path

from assay.timing.clock import Instant, now
from assay.timing.log import Key, Record, Span, TimedAttempt, TimeLog, TimingError, edit, set_aside
from assay.timing.totals import describe, duration


def start(
    log: Path,
    phase: str | int,
    agent: str,
    model: int | None = None,
    *,
    rerun: bool = False,
    at: Instant | None = None,
) -> Record:
    """Start measuring; `.number` of the answer is the attempt, to be passed to `end`.

    With `rerun`, an ended record gets a further attempt whose time is added, and a running one
    is taken over: its attempt is closed as interrupted. A paused attempt lost no time and ends as
    "rewound". On a new record it has no effect.

    Raises:
        TimingError: the record is there already and `rerun` was not asked for.
    """
    key, moment = _key(phase, agent, model), at or now()

    def change(times: TimeLog) -> Record:
        fresh = TimedAttempt(state="running", spans=(Span(start=moment),))
        record = times.find(key)
        if record is None:
            return Record(phase=key[0], agent=key[1], model=key[2], attempts=(fresh,))
        if not rerun:
            raise TimingError(_refusal(record))
        earlier = (*record.attempts[:-1], _closed(record.last))
        return record.model_copy(update={"attempts": (*earlier, fresh)})

    return edit(log, change)


def end(
    log: Path,
    phase: str | int,
    agent: str,
    model: int | None = None,
    *,
    status: str = "completed",
    output_path: str = "",
    attempt: int | None = None,
    at: Instant | None = None,
) -> Record:
    """End the running or paused attempt; a pause that is still on is not counted.

    `attempt` is the number that `start` gave: a process whose attempt was taken over by a rerun
    then gets an error instead of ending the other's.

    Raises:
        TimingError: nothing is running, or another attempt than `attempt`.
    """
    moment = at or now()

    def change(record: Record) -> Record:
        last = record.last
        if last.state == "ended":
            raise TimingError(f"{describe(record.key)} has already ended; there is nothing to end")
        spans = last.spans
        if last.state == "running":
            spans = (*spans[:-1], spans[-1].stopped(moment))
        said = {"status": status, "output_path": output_path}
        return _with_last(record, state="ended", spans=spans, **said)

    return _edit(log, _key(phase, agent, model), attempt, change)


def pause(
    log: Path,
    phase: str | int,
    agent: str,
    model: int | None = None,
    *,
    reason: str = "",
    at: Instant | None = None,
) -> Record:
    """Stop counting until `resume`.

    Raises:
        TimingError: the record is not running.
    """
    moment = at or now()

    def change(record: Record) -> Record:
        if record.last.state != "running":
            raise TimingError(
                f"{describe(record.key)} is {record.last.state}, not running: it cannot be paused"
            )
        spans = (*record.last.spans[:-1], record.last.spans[-1].stopped(moment, reason))
        return _with_last(record, state="paused", spans=spans)

    return _edit(log, _key(phase, agent, model), None, change)


def resume(
    log: Path,
    phase: str | int,
    agent: str,
    model: int | None = None,
    *,
    at: Instant | None = None,
) -> Record:
    """Count again after a pause.

    Raises:
        TimingError: the record is not paused.
    """
    moment = at or now()

    def change(record: Record) -> Record:
        if record.last.state != "paused":
            raise TimingError(
                f"{describe(record.key)} is {record.last.state}, not paused: it cannot be resumed"
            )
        spans = (*record.last.spans, Span(start=moment))
        return _with_last(record, state="running", spans=spans)

    return _edit(log, _key(phase, agent, model), None, change)


def alive(
    log: Path,
    phase: str | int,
    agent: str,
    model: int | None = None,
    *,
    attempt: int | None = None,
    at: Instant | None = None,
) -> Record:
    """Leave a sign of life: up to here the attempt counts even if it is never ended.

    Raises:
        TimingError: the record is not running, or another attempt than `attempt` is.
    """
    moment = at or now()

    def change(record: Record) -> Record:
        if record.last.state != "running":
            raise TimingError(f"{describe(record.key)} is {record.last.state}, not running")
        seen = record.last.spans[-1].model_copy(update={"seen": moment})
        return _with_last(record, spans=(*record.last.spans[:-1], seen))

    return _edit(log, _key(phase, agent, model), attempt, change)


def _edit(log: Path, key: Key, attempt: int | None, change: Callable[[Record], Record]) -> Record:
    def found(times: TimeLog) -> Record:
        record = times.find(key)
        if record is None:
            raise TimingError(_unknown(times, key) + _aside_hint(log))
        if attempt is not None and attempt != record.number:
            raise TimingError(
                f"attempt {attempt} of {describe(key)} was taken over by attempt {record.number}; "
                "its time is closed already"
            )
        return change(record)

    return edit(log, found)


def _with_last(record: Record, **change: object) -> Record:
    last = record.last.model_copy(update=change)
    return record.model_copy(update={"attempts": (*record.attempts[:-1], last)})


def _closed(attempt: TimedAttempt) -> TimedAttempt:
    """Return an attempt as it stands before a further one: ended, rewound, or interrupted."""
    if attempt.state == "paused":
        return attempt.model_copy(update={"state": "ended", "status": "rewound"})
    if attempt.state != "running":
        return attempt
    spans = attempt.spans
    spans = (*spans[:-1], spans[-1].stopped(spans[-1].seen or spans[-1].start))
    return attempt.model_copy(update={"state": "interrupted", "spans": spans})


def _refusal(record: Record) -> str:
    name, last = describe(record.key), record.last
    if last.state == "ended":
        minutes = duration(record).minutes
        return (
            f"{name} has already ended, with {minutes:.2f} minutes. To time a further attempt and "
            "add its minutes to these, start it with --rerun"
        )
    since = last.spans[-1].start if last.state == "running" else last.spans[-1].stop
    stamp = since.stamp if since is not None else "an unknown time"
    remedy = "end it" if last.state == "running" else "resume or end it"
    return (
        f"{name} is {last.state} since {stamp}. If it is still at work, {remedy} first; "
        "if it died, start it with --rerun, which closes that attempt as interrupted"
    )


def _unknown(times: TimeLog, key: Key) -> str:
    phase, agent, _ = key
    live = [
        describe(record.key)
        for record in times.records
        if (record.phase, record.agent) == (phase, agent)
        and record.last.state in ("running", "paused")
    ]
    hint = "; unfinished are: " + "; ".join(live) + " (name it with --model)" if live else ""
    return f"{describe(key)} was never started{hint}"


def _aside_hint(log: Path) -> str:
    lost = set_aside(log)
    return f"; perhaps it stands in the damaged log kept as {lost[-1].name}" if lost else ""


def _key(phase: str | int, agent: str, model: int | None) -> Key:
    names = {"phase": str(phase), "agent": agent}
    for what, name in names.items():
        # One-line names only: they stand in tables and messages. This also refuses lone
        # surrogates, which UTF-8 cannot hold.
        if not name.strip() or not name.isprintable():
            raise TimingError(f"the {what} {name!r} is no name: give letters and digits")
    if model is not None and model < 1:
        raise TimingError(f"the model {model} is no model number: give 1, 2, 3 ...")
    return names["phase"].strip(), names["agent"].strip(), model
