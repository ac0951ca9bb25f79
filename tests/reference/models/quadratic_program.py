"""Any quadratic program: minimise x'Px/2 + q'x + r with l <= Ax <= u, lb <= x <= ub."""

import cvxpy as cp
import numpy as np
import pandas as pd


def build(inputs):
    case = inputs.features
    x = cp.Variable(len(case["q"]), name="x")
    matrix = cp.psd_wrap(case["P"]) if case.get("promised_convex") else case["P"]
    objective = 0.5 * cp.quad_form(x, matrix) + case["q"] @ x + float(case["r"])
    constraints = [
        *between(case["A"], x, case["l"], case["u"]),
        *between(np.eye(len(case["q"])), x, case["lb"], case["ub"]),
    ]
    return cp.Problem(cp.Minimize(objective), constraints)


def between(matrix, x, low, high):
    """Return low <= matrix x <= high: equalities first, and nothing where a side is infinite."""
    equal = low == high
    below, above = np.isfinite(low) & ~equal, np.isfinite(high) & ~equal
    parts = [
        (equal, lambda rows: matrix[rows] @ x == low[rows]),
        (below, lambda rows: matrix[rows] @ x >= low[rows]),
        (above, lambda rows: matrix[rows] @ x <= high[rows]),
    ]
    return [make(rows) for rows, make in parts if rows.any()]


def results(inputs, fit):
    return pd.DataFrame({"quantity": ["objective"], "value": [fit.objective]})
