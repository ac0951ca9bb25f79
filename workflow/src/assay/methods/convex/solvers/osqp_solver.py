"""OSQP: a first-order method for quadratic programs."""

import numpy as np
import osqp
import scipy.sparse as sp

from assay.methods.convex.form import StandardForm
from assay.methods.convex.solvers.answer import (
    Answer,
    linear_multipliers,
    linear_slack,
    vector,
)

_ACCURACY = (1e-9, 1e-11)
_ITERATIONS = (20_000, 200_000)
UNITS = ("data", "point")  # of each effort, see `scaling`


def solve(form: StandardForm, effort: int) -> Answer:
    """Answer a linear or quadratic program."""
    n, m = len(form.c), len(form.b)
    lower = np.where(np.arange(m) < form.cones.zero, form.b, -np.inf)
    solver = osqp.OSQP(algebra="builtin")
    solver.setup(
        sp.csc_matrix(sp.triu(form.P)),
        form.c,
        sp.csc_matrix(form.A),
        lower,
        form.b,
        verbose=False,
        eps_abs=_ACCURACY[effort],
        eps_rel=_ACCURACY[effort],
        eps_prim_inf=1e-9,
        eps_dual_inf=1e-9,
        max_iter=_ITERATIONS[effort],
        polishing=False,  # `refine` polishes every solver's answer
        adaptive_rho=1,  # by iterations, never by the clock
        adaptive_rho_interval=50,
    )
    found = solver.solve(raise_error=False)
    x = vector(found.x, n)
    z = vector(found.y, m)
    if not np.all(np.isfinite(x)):
        x, z = vector(found.dual_inf_cert, n), vector(found.prim_inf_cert, m)
    return Answer(
        status=str(found.info.status),
        x=x,
        z=linear_multipliers(form, z),
        s=linear_slack(form, x),
        iterations=int(found.info.iter),
    )
