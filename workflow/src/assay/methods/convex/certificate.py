"""Certificates: numbers that show whether an answer is optimal, whoever computed it.

For the standard form (see `form`), x is optimal if there are s and z with

    Ax + s = b,  s in K                (primal feasible)
    Px + A'z + c = 0,  z in K*         (dual feasible)
    x'Px + c'x + b'z = 0               (no duality gap)

(Boyd & Vandenberghe, Convex Optimization, section 5.9; with a quadratic objective O'Donoghue
2021, Operator splitting for a homogeneous embedding of the linear complementarity problem,
section 2, and Goulart & Chen 2024, Clarabel, section 2). Infeasibility is proved by A'z = 0,
z in K*, b'z < 0 (Farkas), unboundedness from below of a feasible problem by Px = 0, -Ax in K,
c'x < 0.

Nothing here knows a solver or believes one. Every number is relative, row by row and column by
column, so that it does not change with the units of a constraint or of the objective:

* row i of Ax + s = b, and the move that brings s into K, against max(|b_i|, |s_i|), shared by
  the rows of a second-order or semidefinite cone (see `cones.common_units`);
* column j of the dual equation against the sum of its terms, |P||x| + |A|'|z| + |c|;
* the gap against the objective: the larger of |primal| and |dual| value. Besides, what gap and
  residuals can amount to in the objective, |gap| + |x|'|dual residual| + |z|'|primal residual|
  and so on, must be within 100 tolerances of it: where x is large and the matrix nearly
  singular, each residual may be small and the objective still wrong.

Where such a scale is (nearly) zero, the optimum 0 above all, it is replaced by a floor made of
the problem's own numbers:

* for a row, 1e-3 of the largest term it could have, given the natural size of its variables
  (their value, or what their tightest constraint with others would let them be), or 1e-5 of
  what it would have if they were all as large as the largest variable;
* for the objective, 1e-2 of the terms it is the sum of, or 1e-4 of the smallest contribution
  that a variable would make at its natural size;
* for a column, what would change the objective by 1e-2 at the variable's natural size.

Only where b = 0 has the problem no unit at all, and 1 is taken. Floors are local, because a
floor made of the largest number anywhere would let one huge variable excuse every row.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from assay.methods.convex.cones import common_units, moves
from assay.methods.convex.form import Array, StandardForm

Kind = Literal["optimal", "infeasible", "unbounded", "unproven"]
ROW_FLOOR = 1e-3
LAST_FLOOR = 1e-5
OBJECTIVE_FLOOR = 1e-2
NATURAL_FLOOR = 1e-6
ERROR_ALLOWED = 100.0  # objective_error may be that many tolerances: it adds up many rows


@dataclass(frozen=True)
class Worst:
    """The largest of many relative numbers, and the row or column where it is."""

    value: float
    index: int


@dataclass(frozen=True)
class Optimality:
    """How far (x, z, s) is from being optimal; all relative.

    Attributes:
        primal_residual: worst row of Ax + s - b.
        dual_residual: worst column of Px + A'z + c.
        duality_gap: |x'Px + c'x + b'z| against the objective.
        objective_error: what gap, residuals and distances can amount to in the objective.
        slack_outside: worst row of the distance of s from K.
        multiplier_outside: worst row of the distance of z from K*.
        objective: ½x'Px + c'x.
        unit: what relative errors of the objective refer to.
    """

    primal_residual: Worst
    dual_residual: Worst
    duality_gap: float
    objective_error: float
    slack_outside: Worst
    multiplier_outside: Worst
    objective: float
    unit: float

    @property
    def worst(self) -> float:
        """Return the largest of the numbers, infinity for NaN: at most the tolerance if proved."""
        numbers = [
            self.primal_residual.value,
            self.dual_residual.value,
            self.duality_gap,
            self.objective_error / ERROR_ALLOWED,
            self.slack_outside.value,
            self.multiplier_outside.value,
        ]
        return max(numbers) if np.all(np.isfinite(numbers)) else float("inf")


@dataclass(frozen=True)
class Defects:
    """Absolute defects of an answer.

    Attributes:
        primal: (m,) |Ax + s - b|.
        dual: (n,) |Px + A'z + c|.
        slack: (m,) move that brings s into K.
        multipliers: (m,) move that brings z into K*.
        gap: |x'Px + c'x + b'z|.
    """

    primal: Array
    dual: Array
    slack: Array
    multipliers: Array
    gap: float

    def effect(self, x: Array, z: Array, s: Array) -> float:
        """Bound what the defects can amount to in the objective at a point like (x, z, s).

        Weak duality, with the defects kept: the objective at any other point of that size is
        no lower than the one here minus this.
        """
        return float(
            self.gap
            + np.abs(x) @ self.dual
            + np.abs(z) @ (self.primal + self.slack)
            + np.abs(s) @ self.multipliers
        )


@dataclass(frozen=True)
class Proof:
    """What an answer proves within a tolerance.

    Attributes:
        kind: "optimal", "infeasible", "unbounded", or "unproven" if it proves nothing.
        value: the largest number of its certificate; of the nearest one if nothing is proved.
        index: the row or column where that number is, -1 where it is none's.
        certificate: every number of optimality, where the answer is a point.
    """

    kind: Kind
    value: float
    index: int
    certificate: Optimality | None


@dataclass(frozen=True)
class Scales:
    """What residuals are compared with.

    Attributes:
        rows: (m,) for the primal residual.
        columns: (n,) for the dual residual.
        multipliers: (m,) for the distance of z from K*.
        objective: for the gap.
    """

    rows: Array
    columns: Array
    multipliers: Array
    objective: float


def optimality(form: StandardForm, x: Array, z: Array, s: Array) -> Optimality:
    """Measure how far an answer is from optimal; x (n,), z (m,), s (m,)."""
    scales = measure_scales(form, x, z, s)
    defects = measure_defects(form, x, z, s, scales)
    error = defects.effect(x, z, s)
    amounts = np.array([defects.gap, error])
    gap, error = (float(each) for each in ratio(amounts, np.full(2, scales.objective)))
    return Optimality(
        primal_residual=worst(defects.primal, scales.rows),
        dual_residual=worst(defects.dual, scales.columns),
        duality_gap=gap,
        objective_error=error,
        slack_outside=worst(defects.slack, scales.rows),
        multiplier_outside=worst(defects.multipliers, scales.multipliers),
        objective=form.objective(x),
        unit=scales.objective,
    )


def measure_defects(
    form: StandardForm, x: Array, z: Array, s: Array, scales: Scales
) -> Defects:
    """Compute the absolute defects of an answer; x (n,), z (m,), s (m,)."""
    px = form.P @ x
    return Defects(
        primal=np.abs(form.A @ x + s - form.b),
        dual=np.abs(px + form.A.T @ z + form.c),
        slack=moves(s, form.cones, scales.rows),
        multipliers=moves(z, form.cones, scales.multipliers, dual=True),
        gap=abs(float(x @ px + form.c @ x + form.b @ z)),
    )


def prove(form: StandardForm, x: Array, z: Array, s: Array, tolerance: float) -> Proof:
    """Find out what (x, z, s) proves; parts that are not finite prove nothing.

    A proof that there is no optimum comes first: an enormous point may look optimal in relative
    numbers while it is a direction of unboundedness.
    """
    has_x, has_z, has_s = (bool(np.all(np.isfinite(part))) for part in (x, z, s))
    certificate = optimality(form, x, z, s) if has_x and has_z and has_s else None
    against: list[tuple[Kind, Worst]] = []
    if has_z:
        against.append(("infeasible", infeasibility(form, z)))
    if has_x:
        against.append(("unbounded", unboundedness(form, x)))
    for kind, found in against:
        if found.value <= tolerance:
            return Proof(kind, found.value, found.index, certificate)
    if certificate is not None:
        kind = "optimal" if certificate.worst <= tolerance else "unproven"
        return Proof(kind, certificate.worst, -1, certificate)
    return Proof("unproven", min((found.value for _, found in against), default=np.inf), -1, None)


def infeasibility(form: StandardForm, z: Array) -> Worst:
    """Measure how far z (m,) is from proving that no x is feasible; infinity if it does not.

    The larger of A'z against the terms of its columns and of the distance of z from K*, divided
    by how decisively b'z is negative, -b'z / |b|'|z|; and of what repairing these defects would
    change in b'z, against b'z itself.
    """
    size, fall = _largest(z), -float(form.b @ z)
    if size == 0 or not fall > 0:
        return Worst(float("inf"), -1)
    absolute, defect = abs(form.A), form.A.T @ z
    floor = ROW_FLOOR * _row_maximum(absolute.T) * size
    block = common_units(np.maximum(np.abs(z), ROW_FLOOR * size), form.cones, dual=True)
    outside = moves(z, form.cones, block, dual=True)
    residual = worst(defect, np.maximum(absolute.T @ np.abs(z), floor))
    repair = _repair(absolute.T, form.b, np.abs(defect)) + np.abs(form.b) @ outside
    return _weakest(residual, worst(outside, block), fall, float(np.abs(form.b) @ np.abs(z)), repair)


def unboundedness(form: StandardForm, x: Array) -> Worst:
    """Measure how far x (n,) is from a direction along which the objective falls for ever.

    The larger of Px against the terms of its columns and of the distance of -Ax from K, divided
    by how decisively c'x is negative, -c'x / |c|'|x|; and of what repairing the distance would
    change in c'x, against c'x itself.
    """
    size, fall = _largest(x), -float(form.c @ x)
    if size == 0 or not fall > 0:
        return Worst(float("inf"), -1)
    absolute, curved = abs(form.A), abs(form.P)
    slack = -(form.A @ x)
    floor = ROW_FLOOR * _row_maximum(absolute) * size
    block = common_units(np.maximum(np.abs(slack), floor), form.cones)
    outside = moves(slack, form.cones, block)
    terms = np.maximum(curved @ np.abs(x), ROW_FLOOR * _row_maximum(curved) * size)
    residual = worst(form.P @ x, terms)
    repair = _repair(absolute, form.c, outside)
    return _weakest(worst(outside, block), residual, fall, float(np.abs(form.c) @ np.abs(x)), repair)


def measure_scales(form: StandardForm, x: Array, z: Array, s: Array) -> Scales:
    """Compute what the residuals of an answer are relative to (see the module's docstring)."""
    absolute, curved = abs(form.A), abs(form.P)
    homogeneous = 0.0 if np.any(form.b) else 1.0
    reach = max(_largest(x), homogeneous)
    rows, sizes = _primal_scales(form, absolute, x, s, reach)
    unit = max(_objective_unit(form, x, z, sizes), homogeneous * _largest(form.c))
    terms = curved @ np.abs(x) + absolute.T @ np.abs(z) + np.abs(form.c)
    effect = OBJECTIVE_FLOOR * unit
    return Scales(
        rows=rows,
        columns=np.maximum(terms, _quotient(effect, np.maximum(sizes, ROW_FLOOR * reach))),
        multipliers=common_units(
            np.maximum(np.abs(z), _quotient(effect, rows)), form.cones, dual=True
        ),
        objective=unit,
    )


def ratio(numbers: Array, scales: Array) -> Array:
    """Divide absolute numbers by their scales; 0 against 0 is 0, anything else against 0 is inf."""
    absolute = np.abs(numbers)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(absolute == 0, 0.0, absolute / scales)


def worst(numbers: Array, scales: Array) -> Worst:
    """Return the largest ratio and where it is; NaN counts as infinite, no numbers as 0."""
    if not len(numbers):
        return Worst(0.0, -1)
    ratios = ratio(numbers, scales)
    ratios[np.isnan(ratios)] = np.inf
    index = int(np.argmax(ratios))
    return Worst(float(ratios[index]), index)


def _primal_scales(
    form: StandardForm, absolute: Any, x: Array, s: Array, reach: float
) -> tuple[Array, Array]:
    """Return the scale of each row, and the natural size of each variable.

    A variable's natural size is the larger of its value and of what its tightest constraint
    would let it be, among linear rows with other variables and second-order cones in which it
    has a row to itself (t of t >= |u|, but not a hyperbolic constraint's mixed rows). A row with nothing but zeros in it takes its floor
    from the sizes of its variables, and if they are zero too, from the largest variable.
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
    np.maximum.at(possible, row, factor * floor[column])
    return common_units(np.maximum(own, possible), form.cones), sizes


def _objective_unit(form: StandardForm, x: Array, z: Array, sizes: Array) -> float:
    """Return max(|primal value|, |dual value|, floor of the terms they are made of)."""
    quadratic, linear = float(x @ (form.P @ x)), float(form.c @ x)
    bound = float(form.b @ z)
    contributions = np.abs(form.c) * sizes + 0.5 * np.abs(form.P.diagonal()) * sizes**2
    contributions = contributions[contributions > 0]
    terms = max(
        float(np.abs(form.c) @ np.abs(x)), float(np.abs(form.b) @ np.abs(z)), abs(quadratic)
    )
    smallest = float(np.min(contributions)) if len(contributions) else 0.0
    values = max(abs(0.5 * quadratic + linear), abs(0.5 * quadratic + bound))
    return max(values, OBJECTIVE_FLOOR * terms, NATURAL_FLOOR * smallest)


def _quotient(number: float, scales: Array) -> Array:
    """Divide one number by many scales; where a scale is 0 the quotient is 0."""
    return np.divide(number, scales, out=np.zeros(len(scales)), where=scales > 0)


def _repair(absolute: Any, cost: Array, defects: Array) -> float:
    """Return what it costs, at least, to mend each row's defect by moving one of its variables.

    absolute is |A| (m, n), cost (n,), defects (m,). Without it a direction that falls by no more
    than it cheats would count as a proof.
    """
    entries = absolute.tocoo()
    cheapest = np.full(len(defects), np.inf)
    np.minimum.at(cheapest, entries.row, np.abs(cost)[entries.col] / entries.data)
    return float(np.where(np.isfinite(cheapest), cheapest, 0.0) @ defects)


def _weakest(first: Worst, second: Worst, fall: float, total: float, repair: float) -> Worst:
    """Combine the numbers of a proof: defects over its strength, and repair over its fall."""
    larger = max(first, second, key=lambda found: found.value)
    return Worst(max(larger.value * total / fall, repair / fall), larger.index)


def _largest(values: Array) -> float:
    return float(np.max(np.abs(values))) if len(values) else 0.0


def _row_maximum(absolute: Any) -> Array:
    """Return the largest entry of each row of a nonnegative sparse matrix."""
    largest = np.zeros(absolute.shape[0])
    entries = absolute.tocoo()
    np.maximum.at(largest, entries.row, entries.data)
    return largest
