"""Evaluating comparisons over columns of numbers."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from assay.design.comparisons import Comparison, Expression, Name, Number, Product

RELATIVE = 1e-9
Floats = NDArray[np.float64]


def close(left: Floats, right: Floats, scale: Floats) -> NDArray[np.bool_]:
    """Return where two sides are equal within 1e-9 of `scale`; equal values always are."""
    return np.asarray((left == right) | (np.abs(left - right) <= RELATIVE * scale))


def holds(comparison: Comparison, columns: Mapping[str, Floats]) -> NDArray[np.bool_]:
    """Return row by row whether a comparison holds.

    `==` holds within 1e-9 relative, `<=` and `>=` where the sides are in order or equal in that
    sense, `<` and `>` exactly. The scale is the mean size of the two sides, a size being the
    value with every column, number and sign taken as positive: so moving a term to the other
    side changes nothing, and `total - gold == 0` is judged as `total == gold` is. A row with
    NaN in it never holds, nor one whose sides are equal only because both overflow.

    Args:
        comparison: as parsed.
        columns: float arrays of equal length n, one for each column named.

    Returns:
        n truth values.
    """
    length = len(next(iter(columns.values()))) if columns else 1
    with np.errstate(all="ignore"):  # overflow ends as inf or NaN and is judged below
        left, left_size = _evaluate(comparison.left, columns)
        right, right_size = _evaluate(comparison.right, columns)
        if comparison.operator == "<":
            return np.broadcast_to(left < right, length)
        if comparison.operator == ">":
            return np.broadcast_to(left > right, length)
        equal = close(left, right, 0.5 * left_size + 0.5 * right_size)
        equal &= np.isfinite(left) & np.isfinite(right)
        if comparison.operator == "<=":
            equal |= left < right
        elif comparison.operator == ">=":
            equal |= left > right
        return np.broadcast_to(equal, length)


def sides(comparison: Comparison, columns: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return the values of both sides, for people."""
    length = len(next(iter(columns.values()))) if columns else 1
    with np.errstate(all="ignore"):
        left, right = (
            np.broadcast_to(_evaluate(side, columns)[0], length)
            for side in (comparison.left, comparison.right)
        )
    return left, right


def _evaluate(expression: Expression, columns: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return value and size (the value of the same expression over absolute values)."""
    if isinstance(expression, Number):
        number = np.asarray(expression.value)  # its sign is the sum's
        return number, number
    if isinstance(expression, Name):
        column = columns[expression.column]
        return column, np.abs(column)
    if isinstance(expression, Product):
        value, size = np.asarray(1.0), np.asarray(1.0)
        for factor in expression.factors:
            next_value, next_size = _evaluate(factor, columns)
            value, size = value * next_value, size * next_size
        return value, size
    value, size = np.asarray(0.0), np.asarray(0.0)
    for sign, term in expression.terms:
        next_value, next_size = _evaluate(term, columns)
        value, size = value + sign * next_value, size + next_size
    return value, size
