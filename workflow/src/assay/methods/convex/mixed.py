"""Mixed-integer problems: a solver chooses the integers, everything else is proved.

A branch-and-bound solver accepts integers and constraints within its tolerances. So its integers
are rounded and held fixed, and the continuous rest is solved again and certified. What has no
certificate is the bound: that no other integers are better is the solver's word, checked by a
second solver here and proved again by the validator.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from assay.methods.convex.certificate import (
    ERROR_ALLOWED,
    Optimality,
    Worst,
    optimality,
)
from assay.methods.convex.form import Array, Cones, StandardForm
from assay.methods.convex.refine import tidy
from assay.methods.convex.scales import measure_scales
from assay.methods.convex.settings import MIP_GAP

_NOISE = 1e-12  # a right-hand side that small against its own terms is rounding


@dataclass(frozen=True)
class Rest:
    """The continuous problem that is left when the integers are fixed.

    Attributes:
        form: its standard form.
        columns: (n,) True for the columns it keeps.
        rows: (m,) True for the rows it keeps; linear rows of integers alone are left out.
    """

    form: StandardForm
    columns: Array
    rows: Array


@dataclass(frozen=True)
class MixedCertificate:
    """How far a mixed-integer answer is from proved; all relative but the integrality.

    Attributes:
        primal_residual, slack_outside: of the whole problem.
        dual_residual, duality_gap, objective_error, multiplier_outside: of the continuous rest,
            with the integers fixed.
        integrality: largest distance of an integer variable from an integer, and its column.
        mip_gap: |objective - bound| against the objective.
        objective: ½x'Px + c'x.
        unit: what relative errors of the objective refer to.
    """

    primal_residual: Worst
    slack_outside: Worst
    dual_residual: Worst
    duality_gap: float
    objective_error: float
    multiplier_outside: Worst
    integrality: Worst
    mip_gap: float
    objective: float
    unit: float

    def proves(self, tolerance: float) -> bool:
        """Return whether everything is within the tolerance, and the bound within its own."""
        whole = self.integrality.value == 0
        return whole and self.worst <= tolerance and self.mip_gap <= accepted_gap(tolerance)

    @property
    def worst(self) -> float:
        """Return the largest number but those of the integers."""
        numbers = (
            self.primal_residual.value,
            self.slack_outside.value,
            self.dual_residual.value,
            self.duality_gap,
            self.objective_error / ERROR_ALLOWED,
            self.multiplier_outside.value,
        )
        return max(numbers) if np.all(np.isfinite(numbers)) else float("inf")


def accepted_gap(tolerance: float) -> float:
    """Return the relative gap between objective and bound that is accepted.

    It is not below 1e-6: the bound of a branch-and-bound solver is no more precise.
    """
    return max(tolerance, MIP_GAP)


def certify(form: StandardForm, x: Array, z: Array, s: Array, bound: float) -> MixedCertificate:
    """Measure a mixed-integer answer; x (n,), z and s (m,), bound on the objective."""
    whole = optimality(form, x, np.zeros_like(z), s)
    rest = fix_integers(form, x)
    part: Optimality = optimality(rest.form, x[rest.columns], z[rest.rows], s[rest.rows])
    unit = measure_scales(form, x, np.zeros_like(z), s).objective
    integers = x[form.integer]
    off = np.abs(integers - np.round(integers))
    worst = int(np.argmax(off))
    distance = abs(whole.objective - bound)
    constant = not form.quadratic and not np.any(form.c)
    return MixedCertificate(
        primal_residual=whole.primal_residual,
        slack_outside=whole.slack_outside,
        dual_residual=part.dual_residual,
        duality_gap=part.duality_gap,
        objective_error=part.objective_error,
        multiplier_outside=part.multiplier_outside,
        integrality=Worst(float(off[worst]), int(form.integer[worst])),
        mip_gap=0.0 if constant or distance == 0 else distance / unit if unit > 0 else np.inf,
        objective=whole.objective,
        unit=unit,
    )


def fix_integers(form: StandardForm, x: Array) -> Rest:
    """Return the continuous problem with the integer columns fixed at x (n,)."""
    columns = np.ones(len(x), dtype=bool)
    columns[form.integer] = False
    matrix = form.A.tocsc()
    taken, left = matrix[:, ~columns], matrix[:, columns]
    fixed = x[~columns]
    b = form.b - taken @ fixed
    noise = _NOISE * (np.abs(form.b) + abs(taken) @ np.abs(fixed))
    b = np.where(np.abs(b) <= noise, 0.0, b)
    linear = np.arange(len(b)) < form.cones.linear
    rows = ~linear | (np.bincount(left.indices, minlength=len(b)) > 0)
    zero = int(np.sum(rows[: form.cones.zero]))
    nonneg = int(np.sum(rows[form.cones.zero : form.cones.linear]))
    cones: Cones = replace(form.cones, zero=zero, nonneg=nonneg)
    curved = form.P.tocsc()
    rest = StandardForm(
        P=curved[columns][:, columns],
        c=form.c[columns] + curved[columns][:, ~columns] @ fixed,
        A=left.tocsr()[rows].tocsc(),
        b=b[rows],
        cones=cones,
        integer=np.zeros(0, dtype=np.int64),
        boolean=np.zeros(0, dtype=np.int64),
    )
    return Rest(rest, columns, rows)


def complete(
    form: StandardForm,
    x: Array,
    solve: Callable[[StandardForm], tuple[Array, Array, Array] | None],
) -> tuple[Array, Array, Array]:
    """Round the integers of x (n,), let `solve` answer the rest, and return x, z, s.

    Where the rest has no answer, the rounded integers make the problem infeasible: what the
    solver gave is returned as it is, and its certificate shows what is wrong.
    """
    rounded = x.copy()
    rounded[form.integer] = np.round(x[form.integer]) + 0.0
    rest = fix_integers(form, rounded)
    z, s = np.zeros(len(form.b)), form.b - form.A @ rounded
    if np.any(rest.columns):
        answer = solve(rest.form)
        if answer is None:
            point = tidy(form, x, np.zeros(len(form.b)), np.maximum(form.b - form.A @ x, 0.0))
            return x, point.z, point.s
        rounded[rest.columns] = answer[0]
        z[rest.rows], s[rest.rows] = answer[1], answer[2]
    point = tidy(form, rounded, np.zeros(len(form.b)), s)
    return point.x, z, point.s


def relax(form: StandardForm) -> StandardForm:
    """Return the problem without its integers: if it is infeasible, so is the problem."""
    nothing = np.zeros(0, dtype=np.int64)
    return replace(form, integer=nothing, boolean=nothing)
