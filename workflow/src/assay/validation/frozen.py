"""Files as they were when they were read: every byte that is judged was hashed, and only once."""

import hashlib
import io
import os
import stat
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from assay.core.files import digest_bytes
from assay.evidence.arrays import Array, load_arrays

ROOM = 2**28  # bytes of files kept in memory; the others go into one file that has no name
CHUNK = 2**20
LEAST_BYTES = 10_000  # that arrays take in memory besides their numbers
_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


class NoFileError(Exception):
    """What has the name of a file is none that may be opened; `kind` says what it is."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class File:
    """One file's bytes.

    Attributes:
        digest: "sha256:..." of them.
        modified: when the file was last changed, in seconds since 1970, as its system says.
        read: returns them.
    """

    digest: str
    modified: float
    read: Callable[[], bytes] = field(repr=False, compare=False)

    @classmethod
    def of(cls, content: bytes, modified: float = 0.0) -> "File":
        """Return a file with this content."""
        return cls(digest_bytes(content), modified, lambda: content)


class Store:
    """Keeps the bytes of files: up to `room` in memory, what is beyond on disk.

    There they lie in one temporary file without a name, so that nobody can change what was hashed.
    A copy of the evidence is what this costs, at most; hashing has to read it anyway.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._end = 0
        self._spool: BinaryIO | None = None

    def keep(self, path: Path, *, follow: bool = False) -> File:
        """Read a file once.

        Args:
            path: where it lies.
            follow: whether it may be a link to the file.

        Raises:
            FileNotFoundError: there is none.
            NoFileError: it is a link, a pipe, a device ..., none of which is opened, or it
                cannot be read.
        """
        try:
            _see(path.stat() if follow else path.lstat())
            flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
            with os.fdopen(os.open(path, flags), "rb") as stream:
                status = os.fstat(stream.fileno())
                _see(status)  # it may have been replaced since
                if status.st_size > self._room:
                    return self._spooled(stream, status.st_mtime)
                content = stream.read()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise NoFileError(f"unreadable ({error.strerror})") from error
        self._room -= len(content)
        return File.of(content, status.st_mtime)

    def _spooled(self, stream: BinaryIO, modified: float) -> File:
        if self._spool is None:
            self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as any of its files
            weakref.finalize(self, self._spool.close)
        total, begin = hashlib.sha256(), self._end
        while chunk := stream.read(CHUNK):
            total.update(chunk)
            self._spool.write(chunk)
            self._end += len(chunk)
        self._spool.flush()
        read = partial(self._part, self._spool.fileno(), begin, self._end)
        return File("sha256:" + total.hexdigest(), modified, read)

    def _part(self, spool: int, begin: int, end: int) -> bytes:
        """Return the bytes from `begin` to `end`; the system gives at most 2 GiB at once."""
        parts = []
        while begin < end:
            parts.append(os.pread(spool, end - begin, begin))
            begin += len(parts[-1])
        return b"".join(parts)


def _kind(status: os.stat_result) -> str:
    return "" if stat.S_ISREG(status.st_mode) else _KINDS[stat.S_IFMT(status.st_mode)]


def _see(status: os.stat_result) -> None:
    if kind := _kind(status):
        raise NoFileError(kind)


class FrozenArrays(Mapping[str, Mapping[str, Array]]):
    """The arrays of npz files by name, parsed when they are asked for."""

    def __init__(self, files: Mapping[str, File], room: int = 0) -> None:
        """Remember the files.

        Args:
            files: the files, by name.
            room: bytes of small files' arrays to keep, read-only, once they have been parsed.
        """
        self.files = files
        self._room = room
        self._kept: dict[str, dict[str, Array]] = {}

    def __getitem__(self, name: str) -> dict[str, Array]:
        """Return the arrays of one file."""
        if name in self._kept:
            return dict(self._kept[name])
        arrays = parse_arrays(self.files[name].read())
        size = sum(values.nbytes for values in arrays.values()) + LEAST_BYTES
        if size <= self._room:
            self._room -= size
            for values in arrays.values():
                values.flags.writeable = False
            self._kept[name] = arrays
        return dict(arrays)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, in their order."""
        return iter(self.files)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.files)


def parse_arrays(content: bytes) -> dict[str, Array]:
    """Return the arrays in the bytes of an npz file; pickled content is refused."""
    return load_arrays(io.BytesIO(content))
