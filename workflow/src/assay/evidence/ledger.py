"""attempts.jsonl: every attempt at a model, appended and never rewritten."""

import json
import os
from pathlib import Path
from typing import Any


def read_ledger(evidence: Path) -> list[dict[str, Any]]:
    """Return the lines of a model's ledger, oldest first; an unfinished last line is left out."""
    path = evidence / "attempts.jsonl"
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    return [record for line in whole.splitlines() if (record := _parse(line)) is not None]


def append_ledger(evidence: Path, **values: Any) -> None:
    """Append one line, flushed to disk."""
    evidence.mkdir(parents=True, exist_ok=True)
    with (evidence / "attempts.jsonl").open("ab+") as stream:
        if stream.tell() and not _ends_with_newline(stream):
            stream.write(b"\n")  # a line cut short by a crash stays, visibly broken off
        stream.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def count_attempts(evidence: Path) -> int:
    """Return how many attempts were begun."""
    return sum(line.get("event") == "begun" for line in read_ledger(evidence))


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # the broken-off line of a crash
        return None
    return record if isinstance(record, dict) else None


def _ends_with_newline(stream: Any) -> bool:
    stream.seek(-1, os.SEEK_END)
    return bool(stream.read(1) == b"\n")
