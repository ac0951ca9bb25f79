"""The time log: its shape, and reading and replacing it safely among many processes."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Self

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assay.core.errors import AssayError
from assay.core.files import write_text
from assay.timing.clock import Clock, Instant, elapsed, now

LOCK_SECONDS = 60.0


_log = logging.getLogger(__name__)

State = Literal["running", "paused", "ended", "interrupted"]
Key = tuple[str, str, int | None]


class TimingError(AssayError):
    """The time tracker was asked for something impossible, or cannot read or write its log."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Span(_Part):
    """Time without a pause, from start or resume to pause, end or interruption.

    Attributes:
        start, stop: when; no `stop` while it is running.
        seconds: how long, once stopped.
        clock: which clock measured `seconds`; "unknown" counts as 0.
        seen: the last sign of life while running.
        reason: why it was paused.
    """

    start: Instant
    stop: Instant | None = None
    seconds: Annotated[float, Field(ge=0)] | None = None
    clock: Clock | None = None
    seen: Instant | None = None
    reason: str = ""

    @model_validator(mode="after")
    def _stopped_wholly(self) -> Self:
        if len({self.stop is None, self.seconds is None, self.clock is None}) != 1:
            raise ValueError("stop, seconds and clock belong together")
        return self

    def until(self, moment: Instant) -> tuple[float, Clock]:
        """Return seconds and clock of a stopped span, or of a running one up to `moment`."""
        if self.seconds is not None and self.clock is not None:
            return self.seconds, self.clock
        return elapsed(self.start, moment)

    def stopped(self, moment: Instant, reason: str = "") -> "Span":
        """Return this running span, stopped at `moment`."""
        seconds, clock = elapsed(self.start, moment)
        change = {"stop": moment, "seconds": seconds, "clock": clock, "reason": reason}
        return self.model_copy(update=change)


class TimedAttempt(_Part):
    """One attempt: its spans, how it stands, and what was said at its end."""

    state: State
    spans: tuple[Span, ...] = Field(min_length=1)
    status: str = ""
    output_path: str = ""

    @model_validator(mode="after")
    def _only_the_last_runs(self) -> Self:
        running = [span.stop is None for span in self.spans]
        if any(running[:-1]) or running[-1] != (self.state == "running"):
            raise ValueError("an attempt runs in its last span, or not at all")
        return self


class Record(_Part):
    """All attempts of one agent on one model in one phase."""

    phase: str
    agent: str
    model: int | None
    attempts: tuple[TimedAttempt, ...] = Field(min_length=1)

    @property
    def key(self) -> Key:
        """Return what names the record."""
        return self.phase, self.agent, self.model

    @property
    def number(self) -> int:
        """Return the number of the latest attempt, counted from 1."""
        return len(self.attempts)

    @property
    def last(self) -> TimedAttempt:
        """Return the latest attempt."""
        return self.attempts[-1]


class TimeLog(_Part):
    """The whole log."""

    format: Literal["assay time log 1"] = "assay time log 1"
    records: tuple[Record, ...] = ()

    @model_validator(mode="after")
    def _one_record_each(self) -> Self:
        if len({record.key for record in self.records}) != len(self.records):
            raise ValueError("two records have the same phase, agent and model")
        return self

    def find(self, key: Key) -> Record | None:
        """Return the record named `key`, if there is one."""
        return next((record for record in self.records if record.key == key), None)

    def put(self, record: Record) -> "TimeLog":
        """Return the log with `record` in place of the one of the same name, or added."""
        others = {each.key: each for each in self.records} | {record.key: record}
        return self.model_copy(update={"records": tuple(others.values())})

    def as_json(self) -> str:
        """Return the log as JSON, one record a line."""
        lines = ",\n".join(record.model_dump_json() for record in self.records)
        return f'{{"format": "{self.format}", "records": [\n{lines}\n]}}\n'


def read(path: Path) -> TimeLog:
    """Read the log; a missing one is empty.

    Raises:
        TimingError: it cannot be read, or is damaged (it is left as it is).
    """
    content = _content(path)
    if content is None:
        return TimeLog()
    try:
        return TimeLog.model_validate_json(content)
    except ValidationError as error:
        raise TimingError(
            f"the time log {path} is damaged ({_why(error)}). Restore it from a copy, or move it "
            "away; the next start sets it aside and begins a new one"
        ) from error


def edit(path: Path, change: Callable[[TimeLog], Record]) -> Record:
    """Put the record that `change` returns into the log, alone among all processes.

    A damaged log is set aside first, with a warning, and a new one begun.

    Raises:
        TimingError: from `change`; or the log cannot be written, or stays locked.
    """
    # Not hidden, so that whoever finds it sees to which log it belongs.
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock.acquire(timeout=LOCK_SECONDS, poll_interval=0.005):
            log = _read_or_set_aside(path)
            record = change(log)
            write_text(path, log.put(record).as_json())
            return record
    except Timeout as error:
        raise TimingError(
            f"another process has kept the time log {path} locked for {LOCK_SECONDS:.0f} s; "
            "see whether one hangs, end it, and try again"
        ) from error
    except OSError as error:
        raise TimingError(f"cannot write the time log {path}: {error}") from error


def set_aside(path: Path) -> list[Path]:
    """Return the damaged logs that were set aside, oldest first; their times are missing."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def _read_or_set_aside(path: Path) -> TimeLog:
    content = _content(path)
    if content is None:
        return TimeLog()
    try:
        return TimeLog.model_validate_json(content)
    except ValidationError as error:
        stem = f"{path.name}.damaged-{now().stamp.replace(':', '-')}"
        aside = path.with_name(stem)
        while aside.exists():
            aside = aside.with_name(aside.name + "-again")
        path.rename(aside)
        _log.warning(
            "the time log %s was damaged (%s). It is kept as %s; a new log begins, "
            "and times recorded before are missing from it",
            path,
            _why(error),
            aside.name,
        )
        return TimeLog()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TimingError(f"cannot read the time log {path}: {error}") from error


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return (f"{place}: " if place else "") + first["msg"]
