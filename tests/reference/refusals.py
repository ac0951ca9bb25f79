"""What must not be published: runs that look converged and are not, each with its reason."""

import numpy as np
from case import Case
from folder import NO_OPTIMUM, PROOFS
from known import BOX, EIGHT_SCHOOLS, MISRA, MIXTURE

FREE = np.array([-np.inf, -np.inf])


def refusals() -> list[Case]:
    """Return every case that must be refused, whatever the reference folder holds."""
    return [*_bayesian(), *_convex(), *_iterative(), *_simulation()]


def _bayesian() -> list[Case]:
    return [
        _refused(
            "centred eight schools",
            "eight_schools",
            "bayesian",
            {"data": EIGHT_SCHOOLS, "centred": True},
            "divergences",
            rows=10,
            columns=("mean", "sd", "mcse_mean"),
        ),
        _refused(
            "mixture without an order",
            "mixture",
            "bayesian",
            {**MIXTURE, "ordered": False},
            "rhat",
            rows=3,
            columns=("mean", "sd", "mcse_mean"),
        ),
    ]


def _convex() -> list[Case]:
    saddle = {
        "P": np.array([[2.0, 0.0], [0.0, -1.0]]),
        "q": np.zeros(2),
        "r": 0.0,
        "A": np.zeros((0, 2)),
        "l": np.zeros(0),
        "u": np.zeros(0),
        "lb": -np.ones(2),
        "ub": np.ones(2),
    }
    open_below = {
        "c": np.array([-1.0, 0.0]),
        "A_ub": np.array([[1.0, -1.0]]),
        "b_ub": np.array([2.0]),
        "A_eq": np.zeros((0, 2)),
        "b_eq": np.zeros(0),
        "lb": np.zeros(2),
        "ub": -FREE,
    }
    return [
        _refused("saddle", "quadratic_program", "convex", saddle, "DCP"),
        _refused(
            "saddle, promised convex",
            "quadratic_program",
            "convex",
            {**saddle, "promised_convex": True},
            "curvature",
        ),
        _refused(
            "open below", "linear_program", "convex", open_below, "unbounded",
            proof=PROOFS["unbounded"],
        ),
    ]  # fmt: skip


def _iterative() -> list[Case]:
    """Least squares that stands still, or nearly so, before it has arrived."""
    return []


def _simulation() -> list[Case]:
    return []


def _refused(name, family, method, features, reason, **more) -> Case:
    tolerance = NO_OPTIMUM if more.get("proof") else f"refused: {reason}"
    return Case(
        name=name,
        family=family,
        method=method,
        features=features,
        refused=(reason,),
        tolerance=tolerance,
        **more,
    )
