"""Units for solvers: they stop at absolute tolerances, so a problem is handed over near size 1.

With x = βDx̂, rows times E and the objective times κ the form becomes P̂ = κβ²DPD, ĉ = κβDc,
Â = EAD, b̂ = Eb/β, and back x = βDx̂, s = βE⁻¹ŝ, z = Eẑ/(κβ). D and E equilibrate the matrix of
the optimality conditions (Ruiz 2001, A scaling algorithm to equilibrate both rows and columns
norms in matrices). All rows of one cone share a factor, so cones do not mind. Every factor is a
power of two, so not a single bit of the data changes but its exponents.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from assay.methods.convex.form import Array, StandardForm
from assay.methods.convex.solvers.answer import Answer

_SWEEPS = 10
_MOST = 60  # exponents of the equilibration stay within ±60


@dataclass(frozen=True)
class Scaling:
    """Powers of two.

    Attributes:
        columns: (n,) D, 1 for integer columns.
        rows: (m,) E.
        size: β, of all variables together.
        objective: κ.
    """

    columns: Array
    rows: Array
    size: float
    objective: float

    def apply(self, form: StandardForm) -> StandardForm:
        """Return the problem in the new units."""
        d, e = sp.diags_array(self.columns), sp.diags_array(self.rows)
        beta, kappa = self.size, self.objective
        return replace(
            form,
            P=sp.csc_array(d @ form.P @ d * (kappa * beta**2)),
            c=form.c * self.columns * (kappa * beta),
            A=sp.csc_array(e @ form.A @ d),
            b=form.b * self.rows / beta,
        )

    def undo(self, answer: Answer) -> Answer:
        """Return an answer in the problem's own units; proofs may keep any length."""
        beta, kappa = self.size, self.objective
        return replace(
            answer,
            x=answer.x * self.columns * beta,
            s=answer.s / self.rows * beta,
            z=answer.z * self.rows / (kappa * beta),
            bound=answer.bound / kappa,
        )


def from_data(form: StandardForm) -> Scaling:
    """Choose units in which the matrices, the right-hand side and the cost are near 1."""
    columns, rows = _equilibrate(form)
    beta = 1.0 if form.mixed else _power_of_two(form.b * rows)  # integers keep their unit
    return _with_objective(form, columns, rows, beta)


def from_point(form: StandardForm, x: Array, unit: float) -> Scaling:
    """Choose units in which an approximate solution and its objective are near 1."""
    columns, rows = _equilibrate(form)
    beta = _power_of_two(np.concatenate([x / columns, form.b * rows]))
    kappa = _power_of_two(np.array([unit]))
    return Scaling(columns, rows, beta, 1.0 / kappa)


def _with_objective(form: StandardForm, columns: Array, rows: Array, beta: float) -> Scaling:
    curved = form.P.tocoo()
    quadratic = curved.data * columns[curved.row] * columns[curved.col]
    costs = np.concatenate([form.c * columns * beta, quadratic * beta**2])
    return Scaling(columns, rows, beta, 1.0 / _power_of_two(costs))


def _equilibrate(form: StandardForm) -> tuple[Array, Array]:
    """Return D and E for which the largest entry of each row and column is near 1."""
    matrix, curved = abs(form.A).tocoo(), abs(form.P).tocoo()
    columns, rows = np.zeros(len(form.c)), np.zeros(len(form.b))  # binary exponents
    free = np.ones(len(form.c), dtype=bool)
    free[form.integer] = False
    for _ in range(_SWEEPS):
        d, e = np.exp2(columns), np.exp2(rows)
        entries = matrix.data * e[matrix.row] * d[matrix.col]
        bends = curved.data * d[curved.row] * d[curved.col]
        across, down = np.zeros(len(e)), np.zeros(len(d))
        np.maximum.at(across, matrix.row, entries)
        np.maximum.at(down, matrix.col, entries)
        np.maximum.at(down, curved.row, bends / max(np.max(bends, initial=0.0), 1e-300))
        rows -= 0.5 * _exponents(form.cones.spread(across))
        columns -= np.where(free, 0.5 * _exponents(down), 0.0)
    limited = (np.clip(np.rint(each), -_MOST, _MOST) for each in (columns, rows))
    columns, rows = limited
    return np.exp2(columns), np.exp2(rows)


def _exponents(values: Array) -> Array:
    return np.log2(np.where((values > 0) & np.isfinite(values), values, 1.0))


def _power_of_two(values: Array) -> float:
    """Return the power of two below the largest absolute value, 1 where there is none."""
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return 1.0
    return float(2.0 ** np.clip(np.floor(np.log2(largest)), -100, 100))
