"""What single cells of a results table may be; heavy imports stay inside."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST_TEXT = 100_000
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def is_missing(cell: Any) -> bool:
    """Return whether a cell is None, NaN or one of pandas' ways to say missing."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, float | np.floating) and bool(np.isnan(cell))


def is_number(cell: Any) -> bool:
    """Return whether a cell is an int or float of Python or NumPy: no bool, no text."""
    return isinstance(cell, int | float | np.integer | np.floating) and not isinstance(cell, bool)


def is_infinite(cell: Any) -> bool:
    """Return whether a cell is a number beyond every float."""
    return is_number(cell) and abs(_float(cell)) == np.inf


def is_integer(cell: Any) -> bool:
    """Return whether a cell is a whole number, be it stored as a float."""
    return is_number(cell) and (not isinstance(cell, float | np.floating) or cell.is_integer())


def is_string(cell: Any) -> bool:
    """Return whether a cell is text that a CSV can hold.

    Not empty, at most 100,000 characters, no NUL and no lone surrogate.
    """
    if not isinstance(cell, str) or not 0 < len(cell) <= LONGEST_TEXT or "\0" in cell:
        return False
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def is_boolean(cell: Any) -> bool:
    """Return whether a cell is True or False."""
    return isinstance(cell, bool | np.bool_)


TYPES: dict[str, Callable[[Any], bool]] = {
    "number": is_number,
    "integer": is_integer,
    "string": is_string,
    "boolean": is_boolean,
}


def mask(series: Any, test: Callable[[Any], bool]) -> Bools:
    """Return where a cell of a pandas Series passes a test."""
    return np.fromiter(map(test, series.tolist()), dtype=bool, count=len(series))


def numbers(series: Any) -> Floats:
    """Return a Series as float64, NaN in place of everything that is no finite number."""
    if series.dtype.kind in "fiu" and isinstance(series.dtype, np.dtype):
        values = series.to_numpy(dtype=np.float64)
    else:
        values = np.array([_float(c) if is_number(c) else np.nan for c in series.tolist()])
    return np.where(np.isfinite(values), values, np.nan)


def _float(cell: Any) -> float:
    try:
        return float(cell)
    except OverflowError:
        return float("inf") if cell > 0 else float("-inf")
