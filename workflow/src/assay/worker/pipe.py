"""The line between recorder and worker: JSON objects, one a line, in both directions."""

import json
from typing import Any, BinaryIO

Message = dict[str, Any]


def write_message(stream: BinaryIO, message: Message) -> None:
    """Send one message."""
    stream.write(json.dumps(message).encode("ascii") + b"\n")
    stream.flush()


def read_message(stream: BinaryIO) -> Message | None:
    """Wait for one message; None when the other side has closed the line."""
    line = stream.readline()
    return json.loads(line) if line.endswith(b"\n") else None
