"""Clarabel: an interior-point method for every continuous class."""

from typing import Any

import clarabel
import scipy.sparse as sp

from assay.methods.convex.form import StandardForm
from assay.methods.convex.solvers.answer import Answer, vector

# Asked for more than needed: it then stops where the arithmetic does.
_ASKED = {
    "tol_gap_abs": 1e-12,
    "tol_gap_rel": 1e-12,
    "tol_feas": 1e-12,
    "tol_infeas_abs": 1e-10,
    "tol_infeas_rel": 1e-10,
    "tol_ktratio": 1e-9,
}
_REFINED = {
    "iterative_refinement_max_iter": 50,
    "iterative_refinement_reltol": 1e-15,
    "iterative_refinement_abstol": 1e-18,
    "iterative_refinement_stop_ratio": 1.5,
}
_AS_IT_IS = {
    "presolve_enable": False,
    "chordal_decomposition_enable": False,
    "equilibrate_enable": False,
}
# Each further effort is another road through the same problem. What limits the accuracy of
# semidefinite and exponential problems of mixed size is the regularisation (measured: 1e-3 with
# the default 1e-8, 1e-9 with 1e-12), that of second-order ones mostly the refinement.
_EFFORTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("data", {}),
    ("point", {}),
    ("data", {"static_regularization_constant": 1e-12}),
    ("data", {"static_regularization_constant": 1e-10}),
    ("data", _REFINED),
    ("data", {"static_regularization_enable": False}),
    ("point", {**_REFINED, "static_regularization_constant": 1e-12, "max_step_fraction": 0.9}),
    ("data", {**_REFINED, **_AS_IT_IS}),
)
UNITS = tuple(units for units, _ in _EFFORTS)  # of each effort, see `scaling`


def solve(form: StandardForm, effort: int) -> Answer:
    """Answer a continuous problem."""
    settings = clarabel.DefaultSettings()
    for name, value in {**_ASKED, **_EFFORTS[effort][1]}.items():
        setattr(settings, name, value)
    settings.verbose, settings.max_threads, settings.max_iter = False, 1, 500
    solver = clarabel.DefaultSolver(
        sp.csc_matrix(sp.triu(form.P)),
        form.c,
        sp.csc_matrix(form.A),
        form.b,
        _cones(form),
        settings,
    )
    found = solver.solve()
    n, m = len(form.c), len(form.b)
    return Answer(
        status=str(found.status),
        x=vector(found.x, n),
        z=vector(found.z, m),
        s=vector(found.s, m),
        iterations=int(found.iterations),
    )


def _cones(form: StandardForm) -> list[Any]:
    cones = form.cones
    listed: list[Any] = []
    if cones.zero:
        listed.append(clarabel.ZeroConeT(cones.zero))
    if cones.nonneg:
        listed.append(clarabel.NonnegativeConeT(cones.nonneg))
    listed += [clarabel.SecondOrderConeT(size) for size in cones.soc]
    listed += [clarabel.PSDTriangleConeT(order) for order in cones.psd]
    listed += [clarabel.ExponentialConeT() for _ in range(cones.exp)]
    listed += [clarabel.PowerConeT(exponent) for exponent in cones.power]
    return listed
