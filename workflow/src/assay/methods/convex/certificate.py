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

Nothing here knows a solver or believes one. Every number is relative (see `scales`). Besides
gap and residuals, what they can amount to in the objective (the gap, the variables' sizes times
the dual residual, the multipliers times the primal one and so on) must be within 100 tolerances
of it: where a matrix is nearly singular each may be small and the objective still wrong.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from assay.methods.convex.cones import common_units, moves
from assay.methods.convex.form import Array, StandardForm
from assay.methods.convex.scales import (
    ROW_FLOOR,
    Scales,
    largest,
    measure_scales,
    ratio,
    row_maximum,
)

Kind = Literal["optimal", "infeasible", "unbounded", "unproven"]
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

    def effect(self, z: Array, scales: Scales) -> float:
        """Bound what the defects can amount to in the objective.

        Weak duality, with the defects kept: at any other point, with variables and slacks of
        the sizes in `scales`, the objective is no lower than here minus this.
        """
        return float(
            self.gap
            + scales.sizes @ self.dual
            + np.abs(z) @ (self.primal + self.slack)
            + scales.rows @ self.multipliers
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


def optimality(form: StandardForm, x: Array, z: Array, s: Array) -> Optimality:
    """Measure how far an answer is from optimal; x (n,), z (m,), s (m,)."""
    scales = measure_scales(form, x, z, s)
    defects = measure_defects(form, x, z, s, scales)
    error = defects.effect(z, scales)
    amounts = np.array([defects.gap, error])
    gap, error = (float(each) for each in ratio(amounts, np.full(len(amounts), scales.objective)))
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


def measure_defects(form: StandardForm, x: Array, z: Array, s: Array, scales: Scales) -> Defects:
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
    size, fall = largest(z), -float(form.b @ z)
    if not fall > 0:
        return Worst(float("inf"), -1)
    absolute, defect = abs(form.A), form.A.T @ z
    floor = ROW_FLOOR * row_maximum(absolute.T) * size
    block = common_units(np.maximum(np.abs(z), ROW_FLOOR * size), form.cones, dual=True)
    outside = moves(z, form.cones, block, dual=True)
    residual = worst(defect, np.maximum(absolute.T @ np.abs(z), floor))
    repair = _repair(absolute.T, form.b, np.abs(defect)) + float(np.abs(form.b) @ outside)
    total = float(np.abs(form.b) @ np.abs(z))
    return _weakest(residual, worst(outside, block), fall, total, repair)


def unboundedness(form: StandardForm, x: Array) -> Worst:
    """Measure how far x (n,) is from a direction along which the objective falls for ever.

    The larger of Px against the terms of its columns and of the distance of -Ax from K, divided
    by how decisively c'x is negative, -c'x / |c|'|x|; and of what repairing the distance would
    change in c'x, against c'x itself.
    """
    size, fall = largest(x), -float(form.c @ x)
    if not fall > 0:
        return Worst(float("inf"), -1)
    absolute, curved = abs(form.A), abs(form.P)
    slack = -(form.A @ x)
    floor = ROW_FLOOR * row_maximum(absolute) * size
    block = common_units(np.maximum(np.abs(slack), floor), form.cones)
    outside = moves(slack, form.cones, block)
    terms = np.maximum(curved @ np.abs(x), ROW_FLOOR * row_maximum(curved) * size)
    residual = worst(form.P @ x, terms)
    repair = _repair(absolute, form.c, outside)
    total = float(np.abs(form.c) @ np.abs(x))
    return _weakest(worst(outside, block), residual, fall, total, repair)


def worst(numbers: Array, scales: Array) -> Worst:
    """Return the largest ratio and where it is; NaN counts as infinite, no numbers as 0."""
    if not len(numbers):
        return Worst(0.0, -1)
    ratios = ratio(numbers, scales)
    ratios[np.isnan(ratios)] = np.inf
    index = int(np.argmax(ratios))
    return Worst(float(ratios[index]), index)


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
