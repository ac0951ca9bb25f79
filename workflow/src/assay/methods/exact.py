"""Holding arrays against each other to the last bit: what was stored, and what came out again."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge

Array = np.ndarray[Any, Any]


def same(
    name: str, expected: Mapping[str, Array], found: Mapping[str, Array], advice: str
) -> Criterion:
    """Judge that arrays agree bit for bit: same names, dtypes, shapes and bytes.

    Its value is the number of values that differ; an array that is missing, is too much or has
    another shape or dtype counts with all of its values. Nothing to compare is no agreement.

    Args:
        name: what the criterion is called.
        expected: what must be there.
        found: what is there.
        advice: what a difference means.
    """
    if not expected:
        return judge(name, None, "==", 0, where="there is nothing to compare", advice=advice)
    total, first = 0, ""
    for key in sorted(expected.keys() | found.keys()):
        count, where = _differing(expected.get(key), found.get(key))
        first = first or (f"{key}{where}" if count else "")
        total += count
    return judge(name, total, "==", 0, where=first, advice=advice)


def identical(one: Array | None, other: Array | None) -> bool:
    """Return whether two arrays are there and agree bit for bit."""
    return one is not None and other is not None and _differing(one, other)[0] == 0


def _differing(one: Array | None, other: Array | None) -> tuple[int, str]:
    """Return how many values differ, and the place of the first."""
    if one is None or other is None:
        sizes = [array.size for array in (one, other) if array is not None]
        return max([1, *sizes]), " is missing" if other is None else " should not be there"
    if one.dtype != other.dtype or one.shape != other.shape:
        words = f" is {other.dtype} {other.shape}, not {one.dtype} {one.shape}"
        return max(1, one.size, other.size), words
    if one.tobytes() == other.tobytes():
        return 0, ""
    unequal = (_bytes(one) != _bytes(other)).any(axis=1)
    place = np.unravel_index(int(np.argmax(unequal)), one.shape)
    index = f"[{','.join(str(int(i)) for i in place)}]" if place else ""
    return int(unequal.sum()), index


def _bytes(array: Array) -> Array:
    """Return the bytes of every value, shape (values, bytes)."""
    flat = np.ascontiguousarray(array).ravel()
    return flat.view(np.uint8).reshape(flat.size, flat.dtype.itemsize)
