"""The line between a worker and whoever started it: messages, one a line, in both directions."""

from typing import BinaryIO

from pydantic import TypeAdapter

from assay.evidence.record import Part, R, read_line, to_line


def write_message(stream: BinaryIO, message: Part) -> None:
    """Send one message."""
    stream.write(to_line(message))
    stream.flush()


def read_message(stream: BinaryIO, kind: TypeAdapter[R]) -> R | None:
    """Wait for one message; None when the other side has closed the line.

    Raises:
        EvidenceError: what came is no message of that kind.
    """
    line = stream.readline()
    return read_line(kind, line, "a message") if line.endswith(b"\n") else None
