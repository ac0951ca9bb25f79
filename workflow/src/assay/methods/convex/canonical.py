"""From CVXPY to the standard form, and from an answer back to the user's variables."""

import warnings
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import cvxpy
import numpy as np
import scipy.sparse as sp
from cvxpy.constraints import SOC, ExpCone

from assay.core.errors import Category, TrainingError
from assay.methods.convex.cvxpy_internals import CLARABEL, PowCone3D, SvecPSD
from assay.methods.convex.form import Array, Cones, StandardForm
from assay.methods.convex.labels import column_labels, row_labels

INFINITE = 1e20  # from here on solvers take a bound as absent


class _StandardForm(CLARABEL):
    """Clarabel's canonical form, for every class: with integers too, and power cones of three."""

    MIP_CAPABLE = True
    SUPPORTED_CONSTRAINTS = [  # noqa: RUF012  (CVXPY's own attribute)
        constraint
        for constraint in CLARABEL.SUPPORTED_CONSTRAINTS
        if constraint.__name__ != "PowConeND"
    ]
    MI_SUPPORTED_CONSTRAINTS = SUPPORTED_CONSTRAINTS

    def name(self) -> str:
        return "ASSAY_STANDARD_FORM"


@dataclass(frozen=True)
class Labels:
    """Names for rows and columns: `texts[index[i]]` is the name of row or column i."""

    texts: tuple[str, ...]
    index: Array


@dataclass(frozen=True)
class Canonical:
    """A problem in standard form and the way back.

    Attributes:
        form: the standard form, always a minimisation.
        offset: constant to add to its objective.
        sign: -1 if the user maximises, else 1: user's objective = sign * (objective + offset).
        rows: the user's constraint behind each row of A.
        columns: the user's variable behind each column of A.
        kept: (CVXPY's rows,) False where a bound is infinite and the row was left out.
        warnings: what CVXPY warned of, such as an exponent that was approximated.
        problem, chain, inverse: what CVXPY needs to fill in the variables' values.
    """

    form: StandardForm
    offset: float
    sign: float
    rows: Labels
    columns: Labels
    kept: Array
    warnings: tuple[str, ...]
    problem: cvxpy.Problem
    chain: Any
    inverse: Any

    def objective(self, x: Array) -> float:
        """Return the user's objective at x (n,), with the user's sign."""
        return self.sign * (self.form.objective(x) + self.offset)


def canonicalise(problem: cvxpy.Problem) -> Canonical:
    """Bring a checked problem to standard form.

    Raises:
        TrainingError: CVXPY refuses it, or its data holds NaN or a misplaced infinity.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data, chain, inverse = _problem_data(problem)
        final = data["param_prob"]
        rows = _labels(row_labels(problem, chain, inverse, final.constraints),
                       [_rows(constraint) for constraint in final.constraints])  # fmt: skip
    columns = _labels(
        column_labels(problem, inverse, chain, final.variables),
        [variable.size for variable in final.variables],
    )
    kept = _kept_rows(data, rows)
    dims = data["dims"]
    cones = Cones(
        zero=int(dims.zero),
        nonneg=int(dims.nonneg) - int(np.sum(~kept)),
        soc=tuple(map(int, dims.soc)),
        psd=tuple(map(int, dims.psd)),
        exp=int(dims.exp),
        power=tuple(map(float, dims.p3d)),
    )
    boolean, integer = _indices(final.x.boolean_idx), _indices(final.x.integer_idx)
    form = StandardForm(
        P=_symmetric(data.get("P"), len(data["c"])),
        c=np.asarray(data["c"], dtype=np.float64),
        A=_tidy(sp.csr_array(data["A"])[kept]),
        b=np.asarray(data["b"], dtype=np.float64)[kept],
        cones=cones,
        integer=np.union1d(boolean, integer).astype(np.int64),
        boolean=boolean,
    )
    rows = Labels(rows.texts, rows.index[kept])
    if len(boolean):
        form, rows = _with_boolean_bounds(form, rows)
    return Canonical(
        form=form,
        offset=float(np.squeeze(inverse[-1]["offset"])),
        sign=-1.0 if isinstance(problem.objective, cvxpy.Maximize) else 1.0,
        rows=rows,
        columns=columns,
        kept=kept,
        warnings=tuple(dict.fromkeys(" ".join(str(each.message).split()) for each in caught)),
        problem=problem,
        chain=chain,
        inverse=inverse,
    )


def unpack(
    canonical: Canonical, x: Array, z: Array | None
) -> tuple[dict[str, Array], dict[int, Any]]:
    """Return the user's variables by name and, given z, dual values by constraint number from 1.

    x is (n,), z (m,) of the standard form, None for mixed-integer problems. Dual values are
    CVXPY's: an array for each constraint, or a list of arrays where it has several parts.
    """
    full = None
    if z is not None:
        full = np.zeros(len(canonical.kept))
        full[canonical.kept] = z
    raw = SimpleNamespace(status="Solved", x=x, z=full, obj_val=canonical.form.objective(x),
                          iterations=0, solve_time=0.0)  # fmt: skip
    problem = canonical.problem
    problem.unpack_results(raw, canonical.chain, canonical.inverse)
    values = {variable.name(): _dense(variable.value) for variable in problem.variables()}
    duals: dict[int, Any] = {}
    if z is not None:
        for number, constraint in enumerate(problem.constraints, start=1):
            if constraint.dual_value is not None:
                duals[number] = constraint.dual_value
    return values, duals


def _problem_data(problem: cvxpy.Problem) -> tuple[dict[str, Any], Any, Any]:
    """Call CVXPY; parameters are taken at their values, so nothing depends on DPP."""
    try:
        data, chain, inverse = problem.get_problem_data(
            _StandardForm(), ignore_dpp=bool(problem.parameters()), solver_opts={}
        )
    except Exception as error:  # whatever an atom raises is about the user's problem
        text = " ".join(str(error).split())
        bad_numbers = "NaN" in text or "Inf" in text
        raise TrainingError(
            f"CVXPY cannot bring the problem to standard form: {text}",
            category=Category.DATA if bad_numbers else Category.IMPLEMENTATION,
            where="build",
            remedy="Look for NaN and infinite numbers in the features and what is made of them."
            if bad_numbers
            else "Rewrite the part of the problem that the message names.",
        ) from error
    return data, chain, inverse


def _rows(constraint: Any) -> int:
    """Return how many rows of A a canonical constraint has."""
    if isinstance(constraint, (SOC, ExpCone, PowCone3D)):
        return int(sum(argument.size for argument in constraint.args))
    if isinstance(constraint, SvecPSD):
        return int(constraint.args[0].size)
    return int(constraint.size)


def _labels(texts: list[str], sizes: list[int]) -> Labels:
    unique = tuple(dict.fromkeys(texts))
    number = {text: k for k, text in enumerate(unique)}
    return Labels(unique, np.repeat([number[text] for text in texts], sizes).astype(np.int64))


def _kept_rows(data: dict[str, Any], rows: Labels) -> Array:
    """Mark the rows to keep: an inequality with an infinite bound says nothing.

    Raises:
        TrainingError: a bound is infinite where that makes no sense.
    """
    b, zero, nonneg = np.asarray(data["b"]), data["dims"].zero, data["dims"].nonneg
    inequality = np.zeros(len(b), dtype=bool)
    inequality[zero : zero + nonneg] = True
    vacuous = inequality & (b >= INFINITE)
    wrong = np.flatnonzero(~np.isfinite(b) & ~vacuous)
    if len(wrong):
        label = rows.texts[rows.index[wrong[0]]]
        raise TrainingError(
            f"an infinite number where none can be met: {label}",
            category=Category.DATA,
            where=f"build, {label}",
            remedy="Leave out what is unbounded; only x <= infinity is allowed, and ignored.",
        )
    return ~vacuous


def _with_boolean_bounds(form: StandardForm, rows: Labels) -> tuple[StandardForm, Labels]:
    """Add 0 <= x <= 1 for every boolean column, which CVXPY leaves to the solver's interface."""
    columns, at = form.boolean, form.cones.linear
    count = len(columns)
    unit = sp.csr_array((np.ones(count), (np.arange(count), columns)), shape=(count, len(form.c)))
    matrix = form.A.tocsr()
    bounded = replace(
        form,
        A=_tidy(sp.vstack([matrix[:at], -unit, unit, matrix[at:]])),
        b=np.concatenate([form.b[:at], np.zeros(count), np.ones(count), form.b[at:]]),
        cones=replace(form.cones, nonneg=form.cones.nonneg + 2 * count),
    )
    texts = (*rows.texts, "the bounds 0 and 1 of boolean variables")
    index = np.insert(rows.index, at, np.full(2 * count, len(texts) - 1))
    return bounded, Labels(texts, index)


def _indices(positions: Any) -> Array:
    return np.array(sorted(int(np.squeeze(position)) for position in positions), dtype=np.int64)


def _symmetric(matrix: Any, n: int) -> Any:
    if matrix is None:
        return sp.csc_array((n, n))
    return _tidy(sp.csc_array((matrix + matrix.T) / 2))


def _tidy(matrix: Any) -> Any:
    """Return a CSC matrix in one unique layout: sorted, no duplicates, no stored zeros."""
    tidy = sp.csc_array(matrix)
    tidy.sum_duplicates()
    tidy.eliminate_zeros()
    tidy.sort_indices()
    return tidy


def _dense(value: Any) -> Array:
    return np.asarray(value.toarray() if sp.issparse(value) else value)
