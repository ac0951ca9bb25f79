"""Storing fits and checkpoints as npz and JSON: read back by anyone, without unpickling."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from assay.core.files import write_bytes, write_text
from assay.core.fit import Fit

Array = np.ndarray[Any, Any]


def save_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Store named arrays as an npz file, whole or not at all; same arrays, same bytes.

    Raises:
        ValueError: an array holds Python objects.
    """
    buffer = io.BytesIO()
    plain = {name: np.asarray(values) for name, values in arrays.items()}
    objects = [name for name, values in plain.items() if values.dtype.hasobject]
    if objects:
        raise ValueError(f"{', '.join(objects)}: Python objects cannot be stored")
    np.savez(buffer, allow_pickle=False, **plain)
    write_bytes(path, buffer.getvalue())


def load_arrays(file: Path | BinaryIO) -> dict[str, Array]:
    """Read an npz file back; refuses pickled content."""
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


class StoredArrays(Mapping[str, Mapping[str, Array]]):
    """Arrays in npz files by name, read when they are asked for.

    Attributes:
        paths: the files, by name.
    """

    def __init__(self, paths: Mapping[str, Path]) -> None:
        """Remember where they lie."""
        self.paths = paths

    def __getitem__(self, name: str) -> dict[str, Array]:
        """Return the arrays of one file."""
        return load_arrays(self.paths[name])

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, in their order."""
        return iter(self.paths)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.paths)


def digest_arrays(arrays: Mapping[str, Array]) -> str:
    """Return "sha256:..." over names, types, shapes and values, whatever file they lie in."""
    total = hashlib.sha256()
    for name in sorted(arrays):
        values = np.asarray(arrays[name])
        total.update(f"{name}\0{values.dtype.str}\0{values.shape}\0".encode())
        total.update(values.tobytes())
    return "sha256:" + total.hexdigest()


def save_fit(folder: Path, fit: Fit) -> None:
    """Store a fit as fit.npz (arrays) and fit.json (everything else) in a folder."""
    save_arrays(folder / "fit.npz", fit.arrays)
    write_text(folder / "fit.json", json.dumps(dict(fit.meta), indent=1, ensure_ascii=False) + "\n")


def load_fit(folder: Path) -> Fit:
    """Read a fit back from its folder."""
    meta = json.loads((folder / "fit.json").read_text(encoding="utf-8"))
    return Fit(arrays=load_arrays(folder / "fit.npz"), meta=meta)
