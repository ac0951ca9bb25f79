"""What the numbers of a certificate are relative to.

Row by row and column by column, so that they do not change with the units of a constraint or of
the objective:

* row i of Ax + s = b, and the move that brings s into K, against max(|b_i|, |s_i|), shared by
  the rows of a second-order or semidefinite cone (see `cones.common_units`);
* column j of the dual equation against the sum of its terms, |P||x| + |A|'|z| + |c|;
* the gap against the objective: the larger of |primal| and |dual| value.

Where such a scale is (nearly) zero, the optimum 0 above all, it is replaced by a floor made of
the problem's own numbers:

* for a row, 1e-3 of the largest term it could have, given the natural size of its variables
  (their value, or what their tightest constraint with others would let them be), or 1e-5 of
  what it would have if they were all as large as the largest variable;
* for the objective, 1e-2 of the terms it is the sum of, 1e-6 of those of the dual objective, or
  1e-6 of the smallest contribution that a variable would make at its natural size;
* for a column, what would change the objective by 1e-2 at the variable's natural size.

Only where b = 0 has the problem no unit at all, and 1 is taken. Floors are local, because a
floor made of the largest number anywhere would let one huge variable excuse every row.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.methods.convex.cones import common_units
from assay.methods.convex.form import Array, StandardForm

ROW_FLOOR = 1e-3
LAST_FLOOR = 1e-5
OBJECTIVE_FLOOR = 1e-2
NATURAL_FLOOR = 1e-6


@dataclass(frozen=True)
class Scales:
    """What residuals are compared with.

    Attributes:
        rows: (m,) for the primal residual.
        columns: (n,) for the dual residual.
        multipliers: (m,) for the distance of z from K*.
        objective: for the gap.
        sizes: (n,) of the variables: their value, or what their constraints suggest.
    """

    rows: Array
    columns: Array
    multipliers: Array
    objective: float
    sizes: Array


def measure_scales(form: StandardForm, x: Array, z: Array, s: Array) -> Scales:
    """Compute what the residuals of an answer are relative to (see the module's docstring)."""
    absolute, curved = abs(form.A), abs(form.P)
    homogeneous = 0.0 if np.any(form.b) else 1.0
    reach = max(largest(x), homogeneous)
    rows, sizes = _primal_scales(form, absolute, x, s, reach)
    unit = max(_objective_unit(form, x, z, sizes), homogeneous * largest(form.c))
    terms = curved @ np.abs(x) + absolute.T @ np.abs(z) + np.abs(form.c)
    effect = OBJECTIVE_FLOOR * unit
    sizes = np.maximum(sizes, ROW_FLOOR * reach)
    return Scales(
        rows=rows,
        columns=np.maximum(terms, _quotient(effect, sizes)),
        multipliers=common_units(
            np.maximum(np.abs(z), _quotient(effect, rows)), form.cones, dual=True
        ),
        objective=unit,
        sizes=sizes,
    )


def ratio(numbers: Array, scales: Array) -> Array:
    """Divide absolute numbers by their scales; 0 against 0 is 0, anything else against 0 is inf."""
    absolute = np.abs(numbers)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(absolute == 0, 0.0, absolute / scales)


def largest(values: Array) -> float:
    """Return the largest absolute value, 0 of none."""
    return float(np.max(np.abs(values))) if len(values) else 0.0


def row_maximum(absolute: Any) -> Array:
    """Return the largest entry of each row of a nonnegative sparse matrix."""
    found = np.zeros(absolute.shape[0])
    entries = absolute.tocoo()
    np.maximum.at(found, entries.row, entries.data)
    return found


def _primal_scales(
    form: StandardForm, absolute: Any, x: Array, s: Array, reach: float
) -> tuple[Array, Array]:
    """Return the scale of each row, and the natural size of each variable.

    A variable's natural size is the larger of its value and of what its tightest constraint
    would let it be, among linear rows with other variables and second-order cones in which it
    has a row to itself (t of t >= |u|, but not a hyperbolic constraint's mixed rows). A row with
    nothing but zeros in it takes its floor from the sizes of its variables, and if they are zero
    too, from the largest variable.
    """
    entries = absolute.tocoo()
    row, column, factor = entries.row, entries.col, entries.data
    own = np.maximum.reduce([np.abs(form.b), np.abs(s), ROW_FLOOR * (absolute @ np.abs(x))])
    own = common_units(own, form.cones)
    alone = np.bincount(row, minlength=len(own))[row] == 1
    cone = (row >= form.cones.linear) & (row < form.cones.linear + sum(form.cones.soc))
    telling = np.where(cone, alone, ~alone & (row < form.cones.linear)) & (own[row] > 0)
    sizes = np.full(len(x), np.inf)
    np.minimum.at(sizes, column[telling], own[row[telling]] / factor[telling])
    sizes = np.maximum(np.abs(x), np.where(np.isfinite(sizes), sizes, 0.0))
    possible = np.zeros(len(own))
    floor = np.maximum(ROW_FLOOR * sizes, LAST_FLOOR * reach)
    with np.errstate(invalid="ignore"):  # x may be NaN, and then proves nothing
        np.maximum.at(possible, row, factor * floor[column])
    rows = common_units(np.maximum(own, possible), form.cones)
    return rows, sizes


def _objective_unit(form: StandardForm, x: Array, z: Array, sizes: Array) -> float:
    """Return max(|primal value|, |dual value|, floors of what they are made of).

    The dual's terms count for little, and for no more than all variables could contribute: where
    constraints are redundant multipliers can be as large as one likes, and prove nothing.
    """
    quadratic, linear = float(x @ (form.P @ x)), float(form.c @ x)
    bound = float(form.b @ z)
    contributions = np.abs(form.c) * sizes + 0.5 * np.abs(form.P.diagonal()) * sizes**2
    smallest = float(np.min(contributions[contributions > 0], initial=np.inf))
    dual = min(float(np.abs(form.b) @ np.abs(z)), float(np.sum(contributions)))
    return max(
        abs(0.5 * quadratic + linear),
        abs(0.5 * quadratic + bound),
        OBJECTIVE_FLOOR * max(float(np.abs(form.c) @ np.abs(x)), abs(quadratic)),
        NATURAL_FLOOR * max(dual, smallest if np.isfinite(smallest) else 0.0),
    )


def _quotient(number: float, scales: Array) -> Array:
    """Divide one number by many scales; where a scale is 0 the quotient is 0."""
    return np.divide(number, scales, out=np.zeros(len(scales)), where=scales > 0)
