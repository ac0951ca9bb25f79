"""HiGHS: simplex for linear programs, active sets for quadratic, branch and bound for integers."""

from typing import Any

import highspy
import numpy as np
import scipy.sparse as sp

from assay.methods.convex.form import StandardForm
from assay.methods.convex.solvers.answer import (
    Answer,
    linear_multipliers,
    linear_slack,
    vector,
)

_OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
    "mip_feasibility_tolerance": 1e-9,
    "mip_rel_gap": 5e-7,
    "mip_abs_gap": 1e-12,
}
_EFFORTS: tuple[dict[str, Any], ...] = (
    {},
    {"presolve": "off", "simplex_scale_strategy": 4},
)
UNITS = ("data", "point")  # of each effort, see `scaling`


def solve(form: StandardForm, effort: int, nodes: int | None = None) -> Answer:
    """Answer a linear, quadratic or mixed-integer linear program, this in at most `nodes` nodes.

    Where it says infeasible or unbounded, it runs once more without presolve: the simplex
    method then ends with a proof (a dual or a primal ray).
    """
    options = _EFFORTS[effort] if nodes is None else {**_EFFORTS[effort], "mip_max_nodes": nodes}
    solver = _run(form, options)
    status = solver.getModelStatus()
    words = highspy.HighsModelStatus
    unsolved = (words.kInfeasible, words.kUnbounded, words.kUnboundedOrInfeasible)
    if status in unsolved and not form.mixed and not form.quadratic:
        solver = _run(form, {"presolve": "off"})
        return _rays(form, solver)
    return _point(form, solver)


def _run(form: StandardForm, options: dict[str, Any]) -> Any:
    solver = highspy.Highs()
    for name, value in {**_OPTIONS, **options}.items():
        solver.setOptionValue(name, value)
    solver.passModel(_model(form))
    solver.run()
    return solver


def _model(form: StandardForm) -> Any:
    n, m = len(form.c), len(form.b)
    boolean = np.isin(np.arange(n), form.boolean)
    model = highspy.HighsModel()
    lp = model.lp_
    lp.num_col_, lp.num_row_ = n, m
    lp.col_cost_ = form.c
    lp.col_lower_ = np.where(boolean, 0.0, -highspy.kHighsInf)
    lp.col_upper_ = np.where(boolean, 1.0, highspy.kHighsInf)
    lp.row_lower_ = np.where(np.arange(m) < form.cones.zero, form.b, -highspy.kHighsInf)
    lp.row_upper_ = form.b
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = form.A.indptr, form.A.indices
    lp.a_matrix_.value_ = form.A.data
    if form.mixed:
        kinds = np.full(n, highspy.HighsVarType.kContinuous)
        kinds[form.integer] = highspy.HighsVarType.kInteger
        lp.integrality_ = list(kinds)
    if form.quadratic:
        lower = sp.csc_array(sp.tril(form.P))
        model.hessian_.dim_, model.hessian_.format_ = n, highspy.HessianFormat.kTriangular
        model.hessian_.start_, model.hessian_.index_ = lower.indptr, lower.indices
        model.hessian_.value_ = lower.data
    return model


def _point(form: StandardForm, solver: Any) -> Answer:
    solution, info = solver.getSolution(), solver.getInfo()
    x = vector(solution.col_value if solution.value_valid else None, len(form.c))
    z = -vector(solution.row_dual if solution.dual_valid else None, len(form.b))
    return Answer(
        status=solver.modelStatusToString(solver.getModelStatus()),
        x=x,
        z=linear_multipliers(form, z),
        s=linear_slack(form, x),
        iterations=_iterations(form, info),
        bound=float(info.mip_dual_bound) if form.mixed else float("nan"),
    )


def _rays(form: StandardForm, solver: Any) -> Answer:
    """Return the proofs the simplex method ended with, if any."""
    _, has_dual, dual = solver.getDualRay()
    _, has_primal, primal = solver.getPrimalRay()
    z = vector(dual if has_dual else None, len(form.b))
    if form.b @ z > 0:
        z = -z
    return Answer(
        status=solver.modelStatusToString(solver.getModelStatus()),
        x=vector(primal if has_primal else None, len(form.c)),
        z=linear_multipliers(form, z),
        s=np.full(len(form.b), np.nan),
        iterations=_iterations(form, solver.getInfo()),
    )


def _iterations(form: StandardForm, info: Any) -> int:
    if form.mixed:
        return max(int(info.mip_node_count), 0)
    counts = (info.simplex_iteration_count, info.ipm_iteration_count, info.qp_iteration_count)
    return sum(max(int(count), 0) for count in counts)
