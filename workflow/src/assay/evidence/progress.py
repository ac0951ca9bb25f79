"""progress.jsonl: what happened during training, one JSON object a line, chained by hash."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

FIRST = "sha256:" + "0" * 64
CLOCK = "clock"  # the event of a wall clock that was set
JUMP_SECONDS = 2.0  # that the wall clock may gain on the other before that is noted


class ProgressLog:
    """Appends lines; each carries the SHA-256 of the line before it.

    Every line has `sequence`, `event`, `timestamp` (seconds since 1970, wall clock),
    `monotonic` (seconds, cannot be set back), `elapsed_seconds` (of training, interruptions left
    out) and `previous`. A line of the event `clock` comes before the first line that is written
    after somebody set the wall clock, with `jump_seconds`.
    """

    def __init__(
        self,
        path: Path,
        earlier: Sequence[Mapping[str, Any]] = (),
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
            lines = path.read_bytes().splitlines(keepends=True)[: len(earlier)]
            self._stream.truncate(sum(map(len, lines)))  # a line cut short by a crash goes
            self._previous = "sha256:" + hashlib.sha256(lines[-1]).hexdigest()
            self._start -= earlier[-1]["elapsed_seconds"]

    def append(self, event: str, **values: Any) -> dict[str, Any]:
        """Write one line, flushed to disk, and return what was written."""
        jump = time.time() - time.monotonic() - self._apart
        if abs(jump) > JUMP_SECONDS:
            self._apart += jump
            self._write(CLOCK, jump_seconds=round(jump, 3))
            self._on_jump(round(jump, 3))
        return self._write(event, **values)

    def _write(self, event: str, **values: Any) -> dict[str, Any]:
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
        except (ValueError, RecursionError):
            break
        if not line.endswith(b"\n") or not isinstance(record, dict):
            break
        if record.get("previous") != previous:
            break
        records.append(record)
        previous = "sha256:" + hashlib.sha256(line).hexdigest()
    return records
