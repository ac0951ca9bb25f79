"""Problems beside those of the folder whose answers are known: by theory, or by quadrature.

They are of the kinds that pipelines get wrong: degenerate and badly scaled linear programs,
optima of zero, a program that OSQP calls unbounded, least squares from far away, correlations near
one, likelihoods that are recursions, and events between the times at which a state is looked at.
"""

import math
from typing import Any

import numpy as np
from case import Case
from compare import optimum, posterior
from folder import least_squares, reactions
from quadrature import on_grid

EIGHT_SCHOOLS = {
    "J": 8,
    "y": [28, 8, -3, 7, -1, 1, 18, 12],
    "sigma": [15, 10, 16, 11, 9, 11, 10, 18],
}


def known_cases() -> list[Case]:
    """Return every case whose answer is known without the folder."""
    return [*_linear(), *_quadratic(), *_least_squares(), *_posteriors(), _reset()]


def linear(c: Any, a_ub: Any = (), b_ub: Any = (), a_eq: Any = (), b_eq: Any = ()) -> dict:
    """Return the features of a linear program with x >= 0."""
    n = len(c)
    return {
        "c": np.array(c, dtype=float),
        "A_ub": np.array(a_ub, dtype=float).reshape(-1, n),
        "b_ub": np.array(b_ub, dtype=float),
        "A_eq": np.array(a_eq, dtype=float).reshape(-1, n),
        "b_eq": np.array(b_eq, dtype=float),
        "lb": np.zeros(n),
        "ub": np.full(n, np.inf),
    }


def quadratic(p: Any, q: Any, r: float, *rows: Any, **bounds: Any) -> dict:
    """Return the features of a quadratic program.

    Args:
        p, q, r: the objective x'px/2 + q'x + r.
        rows: A, l and u of l <= Ax <= u, if there are such.
        bounds: `lb` and `ub`; variables without them are free.
    """
    n = len(q)
    a, low, high = rows or ((), (), ())
    return {
        "P": np.array(p, dtype=float),
        "q": np.array(q, dtype=float),
        "r": float(r),
        "A": np.array(a, dtype=float).reshape(-1, n),
        "l": np.array(low, dtype=float),
        "u": np.array(high, dtype=float),
        "lb": np.array(bounds.get("lb", np.full(n, -np.inf)), dtype=float),
        "ub": np.array(bounds.get("ub", np.full(n, np.inf)), dtype=float),
    }


def _linear() -> list[Case]:
    beale = linear(
        [-0.75, 150, -0.02, 6],
        [[0.25, -60, -0.04, 9], [0.5, -90, -0.02, 3], [0, 0, 1, 0]],
        [0, 0, 1],
    )
    klee = np.array(
        [[2 * 10.0 ** (j - i) * (i < j) + (i == j) for i in range(8)] for j in range(8)]
    )
    minty = linear(-(10.0 ** np.arange(7, -1, -1)), klee, 100.0 ** np.arange(8))
    numbers = np.arange(1, 7)
    sums = [np.kron(np.eye(6), np.ones(6)), np.kron(np.ones(6), np.eye(6))]
    assignment = linear(np.outer(numbers, numbers).ravel(), a_eq=np.vstack(sums), b_eq=np.ones(12))
    return [
        _convex("Beale, cycling", "linear_program", beale, -0.05),
        _convex("Klee-Minty 8, badly scaled", "linear_program", minty, -1e14),
        _convex("assignment, degenerate", "linear_program", assignment, 56.0),
    ]


def _quadratic() -> list[Case]:
    rows = np.array([[1, -1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1.0]])
    aim, equal = np.array([0, 2, 1, 1.0]), [[1, 3, 0, 0, 0], [0, 0, 1, 1, -2], [0, 1, 0, 0, -1]]
    hs51 = quadratic(2 * rows.T @ rows, -2 * rows.T @ aim, aim @ aim, equal, [4, 0, 0], [4, 0, 0])
    d = [
        [10197, -12454, -1013, 1948, 329],
        [-12454, 20909, -1733, -4914, -186],
        [-1013, -1733, 1755, 1089, -174],
        [1948, -4914, 1089, 1515, -22],
        [329, -186, -174, -22, 27],
    ]
    limits = [
        [-1] * 5,
        [10, 10, -3, 5, 4],
        [-8, 1, -2, -5, 3],
        [8, -1, 2, 5, -3],
        [-4, -2, 3, -5, 1],
    ]
    hs268 = quadratic(
        2 * np.array(d), [18340, -34198, 4542, 8672, 86], 14463,
        limits, [-5, 20, -40, 11, -30], [np.inf] * 5,
    )  # fmt: skip
    tame = quadratic([[2, -2], [-2, 2]], [0, 0], 0, [[1, 1]], [1], [1], lb=[0, 0])
    flat = quadratic(np.diag([1e-10, 1]), [-1, -1], 0, [[1, 1]], [0], [np.inf])
    return [
        _convex("HS51, optimum 0", "quadratic_program", hs51, 0.0),
        _convex("HS268, optimum 0", "quadratic_program", hs268, 0.0),
        _convex("TAME, optimum 0", "quadratic_program", tame, 0.0),
        _convex(FLAT, "quadratic_program", flat, -5e9 - 0.5, solver="OSQP"),
    ]


FLAT = "flat, 'unbounded' by OSQP"


def _convex(name: str, family: str, features: Any, value: float, **training: Any) -> Case:
    return Case(
        name=name,
        family=family,
        method="convex",
        features=features,
        tolerance="1e-6",
        training=training,
        compare=optimum(value),
    )


def _least_squares() -> list[Case]:
    every = [case for name, entry in NIST.items() for case in least_squares(name, entry)]
    return [case for case in every if case.name not in TOO_FAR]


# From here Levenberg-Marquardt does not find the answer, and must say so; see refusals.py.
TOO_FAR = {"BoxBOD, start 1": "at_infinity", "MGH10, start 1": "steps"}


# NIST StRD, nonlinear regression (public domain): higher level of difficulty.
NIST = {
    "BoxBOD": {
        "model": "y = b1*(1-exp[-b2*x])",
        "x": [1, 2, 3, 5, 7, 10],
        "y": [109, 149, 149, 191, 213, 224],
        "start1": [1, 1],
        "start2": [100, 0.75],
        "certified_params": [213.80940889, 0.54723748542],
        "certified_rss": 1168.0088766,
    },
    "Rat42": {
        "model": "y = b1 / (1+exp[b2-b3*x])",
        "x": [9, 14, 21, 28, 42, 57, 63, 70, 79],
        "y": [8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08],
        "start1": [100, 1, 0.1],
        "start2": [75, 2.5, 0.07],
        "certified_params": [72.462237576, 2.6180768402, 0.067359200066],
        "certified_rss": 8.0565229338,
    },
    "MGH09": {
        "model": "y = b1*(x**2+x*b2) / (x**2+x*b3+b4)",
        "x": [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
        "y": [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
        "start1": [25, 39, 41.5, 39],
        "start2": [0.25, 0.39, 0.415, 0.39],
        "certified_params": [0.19280693458, 0.19128232873, 0.12305650693, 0.13606233068],
        "certified_rss": 3.0750560385e-4,
    },
    "MGH10": {
        "model": "y = b1 * exp[b2/(x+b3)]",
        "x": list(range(50, 126, 5)),
        "y": [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744,
              8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872],
        "start1": [2, 400000, 25000],
        "start2": [0.02, 4000, 250],
        "certified_params": [0.005609636471, 6181.3463463, 345.22363462],
        "certified_rss": 87.945855171,
    },
}  # fmt: skip


def _mixture_data() -> dict[str, Any]:
    rng = np.random.default_rng(7)
    left = rng.random(60) < 0.4
    return {"y": np.where(left, -2.0, 2.0) + rng.normal(size=60), "sigma": 1.0}


MIXTURE = _mixture_data()


def _posteriors() -> list[Case]:
    covariance = np.array([[1, 0.999], [0.999, 1]])
    return [
        _posterior(
            "normal, correlation 0.999",
            "correlated_normal",
            {"covariance": covariance},
            {name: {"mean": 0.0, "sd": 1.0} for name in ("x[1]", "x[2]")},
            draws=4000,
        ),
        _posterior("two components in order", "mixture", {**MIXTURE, "ordered": True}, _mixture()),
        _posterior("GARCH(1,1)", "garch", _GARCH, _garch()),
        _posterior("hidden Markov model", "hidden_markov", _MARKOV, _markov()),
        _posterior("Gaussian process", "gaussian_process", _PROCESS, _process()),
    ]


def _posterior(name: str, family: str, features: Any, exact: dict, **training: Any) -> Case:
    return Case(
        name=name,
        family=family,
        method="bayesian",
        features=features,
        tolerance="4 MCSE, sd 10 %",
        rows=len(exact),
        training={"draws": 2500, **training},
        columns=("mean", "sd", "mcse_mean"),
        compare=posterior({key: {**value, "mcse_mean": 0.0} for key, value in exact.items()}),
    )


def _mixture() -> dict[str, dict[str, float]]:
    y, sigma = MIXTURE["y"], MIXTURE["sigma"]

    def density(low, high, weight):
        first, second = (np.exp(-0.5 * ((y - mu[..., None]) / sigma) ** 2) for mu in (low, high))
        each = np.log(weight[..., None] * first + (1 - weight[..., None]) * second)
        prior = -(low**2 + high**2) / 8 + 4 * np.log(weight * (1 - weight))
        return np.where(low < high, each.sum(axis=-1) + prior, -np.inf)

    ranges = {"mu[1]": (-4, 0), "mu[2]": (0, 4), "weight": (0, 1)}
    return on_grid(density, ranges, points=60)


def _garch_data() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    y, variance = [], 1.0
    for _ in range(150):
        y.append(math.sqrt(variance) * rng.normal())
        variance = 0.2 + 0.4 * y[-1] ** 2 + 0.4 * variance
    return {"y": np.array(y), "first": 1.0}


_GARCH = _garch_data()


def _garch() -> dict[str, dict[str, float]]:
    y = _GARCH["y"]

    def density(base, shock, memory):
        variance = np.full(base.shape, _GARCH["first"])
        total = -0.5 * base**2 - np.log(np.maximum(1 - shock, 1e-300))  # of the uniform `memory`
        for before, now in zip([None, *y[:-1]], y, strict=True):
            if before is not None:
                variance = base + shock * before**2 + memory * variance
            total = total - 0.5 * (np.log(variance) + now**2 / variance)
        return np.where(shock + memory < 1, total, -np.inf)

    return on_grid(density, {"base": (0, 1.6), "shock": (0, 1), "memory": (0, 1)}, points=90)


def _markov_data() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    state, y = 0, []
    for _ in range(100):
        y.append((-1.0, 2.0)[state] + rng.normal())
        state = state if rng.random() < (0.9, 0.8)[state] else 1 - state
    return {"y": np.array(y), "means": [-1.0, 2.0], "sigma": 1.0}


_MARKOV = _markov_data()


def _markov() -> dict[str, dict[str, float]]:
    y, means = _MARKOV["y"], np.array(_MARKOV["means"])
    likely = np.exp(-0.5 * ((y[:, None] - means) / _MARKOV["sigma"]) ** 2)

    def density(first, second):
        before = [0.5 * likely[0, 0] + 0 * first, 0.5 * likely[0, 1] + 0 * second]
        total = np.log(first * (1 - first)) + np.log(second * (1 - second))
        for now in likely[1:]:
            zero = (before[0] * first + before[1] * (1 - second)) * now[0]
            one = (before[0] * (1 - first) + before[1] * second) * now[1]
            size = zero + one
            before, total = [zero / size, one / size], total + np.log(size)
        return total

    return on_grid(density, {"stay[1]": (0, 1), "stay[2]": (0, 1)}, points=300)


def _process_data() -> dict[str, Any]:
    rng = np.random.default_rng(11)
    x = np.linspace(0, 6, 25)
    return {"x": x, "y": np.sin(x) + 0.3 * rng.normal(size=25)}


_PROCESS = _process_data()


def _process() -> dict[str, dict[str, float]]:
    x, y = _PROCESS["x"], _PROCESS["y"]
    squares = (x[:, None] - x) ** 2

    def density(length, noise):
        kernel = np.exp(-0.5 * squares / length[..., None, None] ** 2)
        kernel = kernel + (noise[..., None, None] ** 2 + 1e-9) * np.eye(len(x))
        fit = np.einsum("i,...i->...", y, np.linalg.solve(kernel, y[:, None])[..., 0])
        prior = -0.5 * (np.log(length) / 0.5) ** 2 - np.log(length) - 0.5 * noise**2
        return prior - 0.5 * (fit + np.linalg.slogdet(kernel)[1])

    return on_grid(density, {"length": (0.05, 8), "noise": (0.02, 1.5)}, points=150)


def _reset() -> Case:
    """Immigration and death, set to 50 at t = 22.5: between two of the times looked at."""
    birth, death, at, to = 1.0, 0.1, 22.5, 50
    times = np.arange(51.0)
    mean, variance = np.empty(51), np.empty(51)
    for place, time in enumerate(times):
        since = time - at if time >= at else time
        alive, fresh = math.exp(-death * since), birth / death * (1 - math.exp(-death * since))
        start = to if time >= at else 0
        mean[place], variance[place] = start * alive + fresh, start * alive * (1 - alive) + fresh
    entry = {
        "spec": {
            "x0": {"X": 0},
            "reactions": [["0 -> X", "alpha"], ["X -> 0", "mu*X"]],
            "params": {"alpha": birth, "mu": death},
            "events": [{"time": at, "set": {"X": to}}],
        },
        "time": times.tolist(),
        "species": {"X": {"mean": mean.tolist(), "sd": np.sqrt(variance).tolist()}},
    }
    return reactions("immigration-death, set at 22.5", entry)
