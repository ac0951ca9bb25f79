"""Any linear program: minimise c'x with A_ub x <= b_ub, A_eq x = b_eq, lb <= x <= ub."""

import cvxpy as cp
import numpy as np
import pandas as pd


def build(inputs):
    case = inputs.features
    x = cp.Variable(len(case["c"]), name="x")
    below, above = np.isfinite(case["lb"]), np.isfinite(case["ub"])
    parts = [
        (case["A_ub"] @ x <= case["b_ub"], len(case["b_ub"])),
        (case["A_eq"] @ x == case["b_eq"], len(case["b_eq"])),
        (x[below] >= case["lb"][below], below.sum()),
        (x[above] <= case["ub"][above], above.sum()),
    ]
    return cp.Problem(cp.Minimize(case["c"] @ x), [part for part, rows in parts if rows])


def results(inputs, fit):
    return pd.DataFrame({"quantity": ["objective"], "value": [fit.objective]})
