"""Fits of convex problems written down by hand, and what is proved of them given."""

import math
from dataclasses import replace

import numpy as np
from convex_support import form

from assay.methods.base import Fit
from assay.methods.convex import curvature
from assay.methods.convex import diagnose as diagnosing
from assay.methods.convex.certificate import Optimality, Proof, Worst
from assay.methods.convex.settings import Convergence, Training

# x + y <= 4, x + 3y <= 9, -x <= 0 of three constraints; x is `x`, y the second column of `y`.
LP = form(np.zeros((3, 3)), [-3, -2, 0], [[1, 1, 0], [1, 3, 0], [-1, 0, 0]], [4, 9, 0], nonneg=3)


LABELS = {
    "row_labels": ["first", "second"],
    "column_labels": ["x", "y"],
    "row": np.array([0, 1, 1]),
    "column": np.array([0, 1, 1]),
}


NONE = Worst(0.0, -1)


def after(number):
    return math.nextafter(number, math.inf)


def make_fit(*, problem=LP, x=(3.0, 1.0, 0.0), z=(2.0, 1.0, 0.0), s=(0.0, 3.0, 3.0), **changes):
    arrays = {f"standard/{name}": values for name, values in problem.as_arrays().items()}
    arrays |= {"standard/row_label": LABELS["row"], "standard/column_label": LABELS["column"]}
    arrays |= {"x": np.array(x), "z": np.array(z), "s": np.array(s)}
    meta = {
        "cones": problem.cones.as_json(),
        "row_labels": LABELS["row_labels"],
        "column_labels": LABELS["column_labels"],
        "attempts": [],
        "solver": "CLARABEL",
    }
    for name, value in changes.items():
        owner = arrays if isinstance(value, np.ndarray) else meta
        owner[name.replace("__", "/")] = value
    return Fit(arrays, meta)


def optimal(**changes):
    numbers = {
        "primal_residual": NONE,
        "dual_residual": NONE,
        "duality_gap": 0.0,
        "objective_error": 0.0,
        "slack_outside": NONE,
        "multiplier_outside": NONE,
        "objective": -11.0,
        "unit": 11.0,
    }
    return Optimality(**{**numbers, **changes})


def judged(fit, tolerance=1e-8):
    found = diagnosing.diagnose(fit, Training(tolerance=tolerance), Convergence())
    return {criterion.name: criterion for criterion in found}


def proving(monkeypatch):
    """Return a function that sets what is proved, and returns the criteria."""

    def criteria(kind="optimal", *, smallest=0.0, fit=None, tolerance=1e-8, place=-1, **numbers):
        found = None if kind is None else optimal(**numbers)
        proof = Proof(kind or "unproven", 5e-9, place, found)
        monkeypatch.setattr(diagnosing, "prove", lambda *_: proof)
        monkeypatch.setattr(curvature, "smallest_eigenvalue", lambda _: smallest)
        return judged(fit or make_fit(), tolerance)

    return criteria


def refused(criteria):
    return [name for name, one in criteria.items() if one.gates and not one.passed]


WITH_PLACES = {
    "primal_residual": ("primal_residual", "first"),
    "cone_membership": ("slack_outside", "first"),
    "dual_residual": ("dual_residual", "x"),
    "dual_cone_membership": ("multiplier_outside", "first"),
}


def second(**changes):
    parts = {"x": [3.0, 1.0, 0.0], "z": [2.0, 1.0, 0.0], "s": [0.0, 3.0, 3.0], **changes}
    return {f"second__{name}": np.array(value) for name, value in parts.items()}


MIXED = replace(LP, integer=np.array([0]), boolean=np.array([], dtype=np.int64))


def mixed_fit(**changes):
    return make_fit(problem=MIXED, **{"bound": np.array(-11.0), **changes})
