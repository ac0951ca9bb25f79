"""Reading files that others write at this moment: a look at the clock before a look inside."""

import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from assay.core.errors import AssayError
from assay.evidence.record import EvidenceError, R, read_line

TAIL = 1 << 16  # bytes read first from the end of a file; more only if they hold no whole record
MOST = 1 << 22


class Stamp(NamedTuple):
    """What tells one version of a file from another: time of change in ns, size, inode."""

    modified: int
    size: int
    inode: int


class Broken:
    """Stands for the content of a file that is there and cannot be understood."""


BROKEN = Broken()
Parse = Callable[[str], Any]


class Files:
    """Remembers what was read, and reads again only what changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Parse], tuple[Stamp, Any]] = {}

    def read(self, path: str, parse: Parse) -> Any:
        """Return what `parse` makes of a file; None if there is none, BROKEN if it fails."""
        now = stamp(path)
        if now is None:
            self._known.pop((path, parse), None)
            return None
        known = self._known.get((path, parse))
        if known is not None and known[0] == now:
            return known[1]
        try:
            value = parse(path)
        except FileNotFoundError:
            return None
        except (AssayError, OSError, ValueError, KeyError, TypeError):
            value = BROKEN
        self._known[path, parse] = (now, value)
        return value


def stamp(path: str) -> Stamp | None:
    """Return a file's stamp; None if it cannot be looked at."""
    try:
        found = os.stat(path)  # noqa: PTH116  (thousands of times a second; a third of Path's cost)
    except (OSError, ValueError):
        return None
    return Stamp(found.st_mtime_ns, found.st_size, found.st_ino)


def records_backwards(path: str, kind: TypeAdapter[R]) -> Iterator[R]:
    """Yield the records of a file from the last on, lines that are whole and are such records."""
    for line in _lines_backwards(path):
        try:
            yield read_line(kind, line + b"\n", path)
        except EvidenceError:
            continue


def last_line(path: str, most: int = 4096) -> str:
    """Return the last line of a text file that is not empty."""
    lines = _end(path, most)[0].decode("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "")


def _lines_backwards(path: str) -> Iterator[bytes]:
    """Yield the lines from the last on, reading more of the file only if more are asked for."""
    size, seen = TAIL, 0
    while True:
        content, whole = _end(path, size)
        lines = content.split(b"\n")[:-1]  # what follows the last newline is being written
        lines = lines if whole else lines[1:]
        yield from reversed(lines[: len(lines) - seen])
        if whole or size >= MOST:
            return
        size, seen = size * 8, len(lines)


def _end(path: str, size: int) -> tuple[bytes, bool]:
    """Return the last bytes of a file, and whether they are all of it."""
    with open(path, "rb") as stream:  # noqa: PTH123
        length = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, length - size))
        return stream.read(size), length <= size
