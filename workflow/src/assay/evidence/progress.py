"""progress.jsonl: what happened during training, one JSON object a line, chained by hash."""

import hashlib
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, TypeAdapter

from assay.evidence.record import (
    Count,
    EvidenceError,
    Part,
    Record,
    Timestamp,
    read_line,
    to_line,
)
from assay.evidence.record import Seconds as Duration

PROGRESS = "progress.jsonl"
FIRST = "sha256:" + "0" * 64
JUMP_SECONDS = 2.0  # that the wall clock may gain on the other before that is noted
Metric = float | Literal["nan", "inf", "-inf"]


class Seconds(Part):
    """A time that was measured, and how."""

    value: Duration
    source: str


class MaybeSeconds(Part):
    """A time that not every system tells, and how it was measured."""

    value: Duration | None
    source: str


class Bytes(Part):
    """An amount of memory that was measured, and how."""

    value: Count
    source: str


class Used(Part):
    """What the worker has used of the machine so far, interrupted sessions included.

    Attributes:
        cpu_seconds: processor time.
        waited_seconds: time that threads were ready to run and no processor was free.
        rss_bytes, peak_rss_bytes: resident memory, now and at most.
    """

    cpu_seconds: Seconds
    waited_seconds: MaybeSeconds
    rss_bytes: Bytes
    peak_rss_bytes: Bytes


class State(Used):
    """How far the worker says it is; information for people, never a verdict.

    Attributes:
        phase: what it is doing.
        step, of: how much of that is done; None if it does not say.
        metrics: loss, R-hat and the like so far.
        eta_seconds: to the end of the phase, if the rest goes like what was done.
        checkpoints: how many have been stored.
    """

    phase: str
    step: Count | None
    of: Count | None
    metrics: dict[str, Metric]
    eta_seconds: Duration | None
    checkpoints: Count


class Line(Record):
    """What every line has.

    Attributes:
        sequence: its number, from 0.
        event: what happened.
        timestamp: seconds since 1970, by the wall clock.
        monotonic: seconds, by a clock that cannot be set back.
        elapsed_seconds: seconds of training, interruptions left out.
        previous: "sha256:..." of the line before; of the first, FIRST.
    """

    sequence: Count
    event: str
    timestamp: Timestamp
    monotonic: Duration
    elapsed_seconds: Duration
    previous: str


class Start(Used, Line):
    """The worker was started."""

    event: Literal["start"] = "start"
    phase: str


class Resume(Used, Line):
    """The worker was started again, to carry on what was interrupted, for the reason given."""

    event: Literal["resume"] = "resume"
    phase: str
    reason: str


class Phase(State, Line):
    """The worker says that a phase begins."""

    event: Literal["phase"] = "phase"


class Checkpoint(Line):
    """A checkpoint was stored: its file in the evidence, digest, size and what the method says."""

    event: Literal["checkpoint"] = "checkpoint"
    file: str
    digest: str
    bytes: Count
    meta: dict[str, Any]

    @property
    def name(self) -> str:
        """Return the name that the method gave it: that of the file, without the number."""
        return PurePosixPath(self.file).stem.partition("_")[2]


class Heartbeat(State, Line):
    """The regular sign of life."""

    event: Literal["heartbeat"] = "heartbeat"


class Clock(Line):
    """Somebody set the wall clock, by so many seconds; noted before the line that follows."""

    event: Literal["clock"] = "clock"
    jump_seconds: float


class Stopped(State, Line):
    """The session ends, since the training was asked to stop."""

    event: Literal["stopped"] = "stopped"
    reason: str


class End(State, Line):
    """The session ends."""

    event: Literal["end"] = "end"


ProgressLine = Annotated[
    Start | Resume | Phase | Checkpoint | Heartbeat | Clock | Stopped | End,
    Field(discriminator="event"),
]
LINE: TypeAdapter[Start | Resume | Phase | Checkpoint | Heartbeat | Clock | Stopped | End] = (
    TypeAdapter(ProgressLine)
)
L = TypeVar("L", Start, Resume, Phase, Checkpoint, Heartbeat, Clock, Stopped, End)


def as_metric(value: float) -> Metric:
    """Return a measured value as it is stored; a loss that explodes must not end its record."""
    number = float(value)
    if math.isnan(number):
        return "nan"
    return number if math.isfinite(number) else ("inf" if number > 0 else "-inf")


class ProgressLog:
    """Appends lines; each carries the SHA-256 of the line before it.

    A line `clock` comes before the first line that is written after somebody set the wall clock.
    """

    def __init__(
        self,
        path: Path,
        earlier: Sequence[ProgressLine] = (),
        on_jump: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Open the log.

        Args:
            path: the file.
            earlier: its lines as `read_whole_lines` gave them, to go on after them.
            on_jump: called with the seconds by which the wall clock was set, once noted.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("ab")
        self._previous = FIRST
        self._sequence = len(earlier)
        self._start = time.monotonic()
        self._apart = time.time() - self._start
        self._on_jump = on_jump
        if earlier:
            lines = [to_line(line) for line in earlier]
            self._stream.truncate(sum(map(len, lines)))  # a line cut short by a crash goes
            self._previous = _digest(lines[-1])
            self._start -= earlier[-1].elapsed_seconds

    def append(self, kind: type[L], *parts: Part, **values: Any) -> L:
        """Write one line, flushed to disk, and return what was written.

        Args:
            kind: which line.
            parts: a `State` or what was `Used`, where the line holds one.
            values: what else the line holds.
        """
        jump = time.time() - time.monotonic() - self._apart
        if abs(jump) > JUMP_SECONDS:
            self._apart += jump
            self._write(Clock, {"jump_seconds": round(jump, 3)})
            self._on_jump(round(jump, 3))
        return self._write(kind, {k: v for part in parts for k, v in part} | values)

    def _write(self, kind: type[L], values: dict[str, Any]) -> L:
        now = time.monotonic()
        record = kind(
            sequence=self._sequence,
            timestamp=round(time.time(), 3),
            monotonic=round(now, 3),
            elapsed_seconds=round(now - self._start, 3),
            previous=self._previous,
            **values,
        )
        line = to_line(record)
        self._stream.write(line)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._previous = _digest(line)
        self._sequence += 1
        return record

    def close(self) -> None:
        """Close the file; nothing more can be appended."""
        self._stream.close()


def parse_progress(content: bytes) -> tuple[ProgressLine, ...]:
    """Return the lines of a log, each canonical, numbered and chained to the one before it.

    Raises:
        EvidenceError: one is not; the message names it.
    """
    records: list[ProgressLine] = []
    previous = FIRST
    for line in content.splitlines(keepends=True):
        records.append(_next(line, len(records), previous))
        previous = _digest(line)
    return tuple(records)


def read_whole_lines(path: Path) -> tuple[ProgressLine, ...]:
    """Return the lines up to the first that is cut short or does not follow from its predecessor.

    Raises:
        FileNotFoundError: there is no log.
    """
    records: list[ProgressLine] = []
    previous = FIRST
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            records.append(_next(line, len(records), previous))
        except EvidenceError:
            break
        previous = _digest(line)
    return tuple(records)


def _next(line: bytes, sequence: int, previous: str) -> ProgressLine:
    name = f"{PROGRESS}, line {sequence + 1}"
    record = read_line(LINE, line, name)
    if record.previous != previous or record.sequence != sequence:
        raise EvidenceError(f"{name} does not follow from the one before it")
    return record


def _digest(line: bytes) -> str:
    return "sha256:" + hashlib.sha256(line).hexdigest()
