"""What must not be published: runs that look converged and are not, each with its reason."""

from dataclasses import replace

from case import Case
from folder import NO_OPTIMUM, PROOFS, least_squares
from known import EIGHT_SCHOOLS, MIXTURE, NIST, TOO_FAR, linear, quadratic

SHRINK = 0.85  # leaves it 0.5 % from the answer
# NIST StRD, nonlinear regression (public domain): lower level of difficulty.
MISRA = {
    "model": "y = b1*(1-exp(-b2*x))",
    "x": [
        77.6,
        114.9,
        141.1,
        190.8,
        239.9,
        289.0,
        332.8,
        378.4,
        434.8,
        477.3,
        536.8,
        593.1,
        689.1,
        760.0,
    ],
    "y": [
        10.07,
        14.73,
        17.94,
        23.93,
        29.61,
        35.18,
        40.02,
        44.82,
        50.76,
        55.05,
        61.01,
        66.4,
        75.47,
        81.78,
    ],
    "start1": [500, 0.0001],
    "start2": [250, 0.0005],
    "certified_params": [238.94212918, 0.00055015643181],
    "certified_rss": 0.12455138894,
}


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
            "rhat, labels_visited",  # whichever way the chains have fallen
            rows=3,
            columns=("mean", "sd", "mcse_mean"),
        ),
    ]


def _convex() -> list[Case]:
    saddle = quadratic([[2, 0], [0, -1]], [0, 0], 0, lb=[-1, -1], ub=[1, 1])
    open_below = linear([-1, 0], [[1, -1]], [2])
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
    """Least squares that stands still to the last digit, about 0.5 % from the answer."""
    misra = least_squares("Misra1a", MISRA)[1]
    short = {**misra.features, "shrink": SHRINK}
    far = [case for name, entry in NIST.items() for case in least_squares(name, entry)]
    lost = [
        replace(case, compare=None, refused=(TOO_FAR[case.name],),
                tolerance=f"refused: {TOO_FAR[case.name]}")
        for case in far
        if case.name in TOO_FAR
    ]  # fmt: skip
    return lost + [
        replace(misra, name=name, features=features, compare=None, refused=(reason,),
                tolerance=f"refused: {reason}", training={"max_steps": 5000})
        for name, features, reason in (
            ("Misra1a, 0.5 % off", {**short, "gradient": False}, "lower_nearby"),
            ("Misra1a, 0.5 % off, with its gradient", short, "grad_norm"),
        )
    ]  # fmt: skip


def _simulation() -> list[Case]:
    """A queue at 95 % load: its mean wait is 3.8, and most of that after thousands of customers."""
    queue = {"lam": 4.75, "mu": 5, "c": 1}
    training = {"replicates": 1000, "series": ["wait_series", "found_series"]}
    return [
        _refused(
            name, "queueing", "simulation", {**queue, **sizes}, reason, rows=7, training=training
        )
        for name, sizes, reason in (
            ("queue at 95 %, from empty", {"customers": 2000, "warm_up": 0}, "drift/wait_series"),
            (
                "queue at 95 %, too short",
                {"customers": 30_000, "warm_up": 10_000},
                "series_length/wait_series",
            ),
        )
    ]


def _refused(name, family, method, features, reason, **more) -> Case:
    tolerance = NO_OPTIMUM if more.get("proof") else f"refused: {reason.replace(', ', ' or ')}"
    return Case(
        name=name,
        family=family,
        method=method,
        features=features,
        refused=tuple(reason.split(", ")),
        tolerance=tolerance,
        **more,
    )
