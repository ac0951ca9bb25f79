"""Columns of two results tables held against each other, row by row."""

from collections.abc import Mapping
from typing import Any

import numpy as np

Cells = Mapping[Any, Any]  # of a column, by the key of the row


def cells(table: Any, column: str, key: Any) -> dict[Any, Any]:
    """Return a column's cells by the row's key, so that another order is no change."""
    if any(name not in table.columns for name in (*key, column)):
        return {}
    rows = zip(*(table[name].tolist() for name in key), strict=True)
    return dict(zip(rows, table[column].tolist(), strict=True))


def is_label(values: Cells) -> bool:
    """Return whether a column holds no measures but text, booleans or whole numbers (ranks)."""
    return all(
        not isinstance(value, float) or (np.isfinite(value) and value.is_integer())
        for value in values.values()
    )


def difference(first: Cells, second: Cells) -> float:
    """Return the largest change of a cell, relative to the column's size; 1 for other rows."""
    if first.keys() != second.keys():
        return 1.0
    return _change(list(first.values()), [second[row] for row in first])


def shared_difference(first: Cells, second: Cells) -> float | None:
    """Return the largest change in the rows that two tables share; None if they share none."""
    rows = [row for row in first if row in second]
    return _change([first[row] for row in rows], [second[row] for row in rows]) if rows else None


def movement(first: Cells, second: Cells) -> float:
    """Return the largest change in the rows that two tables share, else of the values in order.

    Rows may come and go with the fit; that says nothing of what stands in those that stay, nor
    where none stays of numbers that are the same under other names.
    """
    change = shared_difference(first, second)
    if change is not None or not (first and second):
        return 1.0 if change is None else change
    one, other = (sorted(part.values(), key=_order) for part in (first, second))
    count = min(len(one), len(other))
    return _change(one[:count], other[:count])


def stays(old: Any, new: Any, least: float) -> bool:
    """Return whether a cell is the same, or a number that moved by no more than `least` of it."""
    if not _numeric([old, new]):
        return bool(old == new)
    return bool(abs(old - new) <= least * max(abs(old), abs(new)))


def _order(value: Any) -> tuple[str, Any]:
    return ("", float(value)) if _numeric([value]) else ("text", str(value))


def _numeric(values: list[Any]) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _change(first: list[Any], second: list[Any]) -> float:
    if not _numeric([*first, *second]):
        return float(first != second)
    old, new = (np.array(values, dtype=float) for values in (first, second))
    if not np.isfinite([old, new]).all():  # a number that is none any more has moved
        return 1.0
    size = max(float(np.max(np.abs(old))), float(np.max(np.abs(new))))
    return float(np.max(np.abs(old - new))) / size if size > 0 else 0.0
