"""attempts.jsonl: every attempt at a model, appended and never rewritten."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import Field, TypeAdapter

from assay.evidence.outcome import Failure, Outcome, Status, StoredCriterion
from assay.evidence.record import Number, Record, Seconds, read_line, to_line

LEDGER = "attempts.jsonl"


class Begun(Record):
    """An attempt was begun."""

    event: Literal["begun"] = "begun"
    attempt: Number
    at: str


class Stopped(Record):
    """It was asked to stop; it can be carried on."""

    event: Literal["stopped"] = "stopped"
    attempt: Number
    at: str
    reason: str


class Resumed(Record):
    """It was carried on after an interruption."""

    event: Literal["resumed"] = "resumed"
    attempt: Number
    at: str
    reason: str


class Abandoned(Record):
    """It was interrupted and cannot be carried on, since something has changed."""

    event: Literal["abandoned"] = "abandoned"
    attempt: Number
    at: str
    reason: str


class Ended(Record):
    """It ended, trained or failed; the values are those of its outcome."""

    event: Literal["ended"] = "ended"
    attempt: Number
    at: str
    status: Status
    inputs: dict[str, str]
    seed: str
    parameters: dict[str, Any]
    criteria: tuple[StoredCriterion, ...]
    failure: Failure | None
    wall_seconds: Seconds


def ended_with(outcome: Outcome) -> Ended:
    """Return the line that tells of an outcome."""
    return Ended(
        attempt=outcome.attempt,
        at=outcome.timing.finished,
        status=outcome.status,
        inputs=outcome.inputs,
        seed=outcome.seed,
        parameters=outcome.parameters,
        criteria=outcome.criteria,
        failure=outcome.failure,
        wall_seconds=outcome.timing.wall_seconds,
    )


LedgerLine = Annotated[Begun | Stopped | Resumed | Abandoned | Ended, Field(discriminator="event")]
LINE: TypeAdapter[Begun | Stopped | Resumed | Abandoned | Ended] = TypeAdapter(LedgerLine)


@dataclass(frozen=True)
class Ledger:
    """The attempts at a model, oldest line first."""

    lines: tuple[LedgerLine, ...] = ()

    @property
    def begun(self) -> tuple[Begun, ...]:
        """Return a line for every attempt that was begun."""
        return tuple(line for line in self.lines if isinstance(line, Begun))

    @property
    def ended(self) -> tuple[Ended, ...]:
        """Return a line for every attempt that ended."""
        return tuple(line for line in self.lines if isinstance(line, Ended))

    @property
    def last(self) -> LedgerLine | None:
        """Return what happened last; None if nothing did."""
        return self.lines[-1] if self.lines else None

    def end_of(self, attempt: int) -> Ended | None:
        """Return how an attempt ended; None if it did not."""
        return next((line for line in self.ended if line.attempt == attempt), None)


def parse_ledger(content: bytes) -> Ledger:
    """Return the ledger that a file holds; lines that a crash cut short are left out.

    Raises:
        EvidenceError: a line that is whole is none that assay writes.
    """
    whole = content[: content.rfind(b"\n") + 1]
    return Ledger(
        tuple(
            read_line(LINE, line, f"{LEDGER}, line {number}")
            for number, line in enumerate(whole.splitlines(keepends=True), 1)
            if _is_json(line)
        )
    )


def read_ledger(evidence: Path) -> Ledger:
    """Read a model's ledger; a missing one is empty.

    Raises:
        OSError: it cannot be read.
        EvidenceError: a line that is whole is none that assay writes.
    """
    try:
        return parse_ledger((evidence / LEDGER).read_bytes())
    except FileNotFoundError:
        return Ledger()


def append_ledger(evidence: Path, line: LedgerLine) -> None:
    """Append one line, flushed to disk."""
    evidence.mkdir(parents=True, exist_ok=True)
    with (evidence / LEDGER).open("ab+") as stream:
        if stream.tell() and not _ends_with_newline(stream):
            stream.write(b"\n")  # a line cut short by a crash stays, visibly broken off
        stream.write(to_line(line))
        stream.flush()
        os.fsync(stream.fileno())


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except RecursionError:
        return True
    except ValueError:  # the broken-off line of a crash
        return False
    return True


def _ends_with_newline(stream: BinaryIO) -> bool:
    stream.seek(-1, os.SEEK_END)
    return stream.read(1) == b"\n"
