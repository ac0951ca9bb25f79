"""progress.jsonl: what happened during training, one JSON object a line, chained by hash."""

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FIRST = "sha256:" + "0" * 64


class ProgressLog:
    """Appends lines; each carries the SHA-256 of the line before it.

    Every line has `sequence`, `event`, `timestamp` (seconds since 1970, wall clock),
    `monotonic` (seconds, cannot be set back), `elapsed_seconds` (of training, interruptions left
    out) and `previous`.
    """

    def __init__(self, path: Path, earlier: Sequence[Mapping[str, Any]] = ()) -> None:
        """Open the log; with `earlier`, as `read_whole_lines` gave them, go on after them."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("ab")
        self._previous = FIRST
        self._sequence = len(earlier)
        self._start = time.monotonic()
        if earlier:
            lines = path.read_bytes().splitlines(keepends=True)[: len(earlier)]
            self._stream.truncate(sum(map(len, lines)))  # a line cut short by a crash goes
            self._previous = "sha256:" + hashlib.sha256(lines[-1]).hexdigest()
            self._start -= earlier[-1]["elapsed_seconds"]

    def append(self, event: str, **values: Any) -> dict[str, Any]:
        """Write one line, flushed to disk, and return what was written."""
        now = time.monotonic()
        record = {
            "sequence": self._sequence,
            "event": event,
            "timestamp": round(time.time(), 3),
            "monotonic": round(now, 3),
            "elapsed_seconds": round(now - self._start, 3),
            **values,
            "previous": self._previous,
        }
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        self._stream.write(line)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._previous = "sha256:" + hashlib.sha256(line).hexdigest()
        self._sequence += 1
        return record

    def close(self) -> None:
        """Close the file; nothing more can be appended."""
        self._stream.close()


def read_whole_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines up to the first that is cut short or does not follow from its predecessor.

    Raises:
        FileNotFoundError: there is no log.
    """
    records: list[dict[str, Any]] = []
    previous = FIRST
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            record = json.loads(line)
        except ValueError:
            break
        if not line.endswith(b"\n") or record.get("previous") != previous:
            break
        records.append(record)
        previous = "sha256:" + hashlib.sha256(line).hexdigest()
    return records
