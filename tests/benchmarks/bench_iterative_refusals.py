"""Print how often ordinary iterative models are refused, and how often bad ones pass.

    python tests/benchmarks/bench_iterative_refusals.py [seeds] [model ...]

Every seed draws new data and a new start. `excess` is how far the published loss lies above the
best one known, relative to it: what a false pass would cost.
"""
# ruff: noqa: E501  # the cases are tables

import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from assay.core.criteria import all_passed
from assay.core.errors import TrainingError
from assay.methods.base import Inputs, Job, Quiet
from assay.methods.calls import caller
from assay.methods.iterative.diagnose import diagnose
from assay.methods.iterative.fit import fit
from assay.methods.iterative.settings import Convergence, Training
from assay.methods.iterative.traits import TRAITS


@dataclass
class Case:
    """A model as its author would write it.

    Attributes:
        make: draws the data of a seed, a namespace that init and step read as `features`.
        init, step: the model's functions, of (data, rng) and (data, state, rng).
        training: the design's block.
        best: the best loss known, from the data; None where there is none.
        convergence: the design's block.
    """

    make: Any
    init: Any
    step: Any
    training: dict
    best: Any = None
    convergence: dict = field(default_factory=dict)


def train(case, seed):
    data = case.make(np.random.default_rng(seed))
    module = ModuleType("model_1")
    module.__file__ = "model_1.py"
    module.init = lambda inputs, rng: case.init(inputs.features, rng)
    module.step = lambda inputs, state, rng: case.step(inputs.features, state, rng)
    job = Job(
        model=module,
        inputs=Inputs(data, {}, {}),
        training=Training(**case.training),
        convergence=Convergence(**case.convergence),
        seed=f"{seed + 1:064x}",
        cores=1,
        channel=Quiet(),
        call=caller(module, TRAITS.called_often),
    )
    fitted = fit(job)
    return data, fitted, diagnose(fitted, job.training, job.convergence)


def report(name, case, seeds):
    passed, steps, excess, causes = 0, [], [], Counter()
    began = time.perf_counter()
    for seed in range(seeds):
        try:
            data, fitted, criteria = train(case, seed)
        except TrainingError as error:
            causes[str(error)[:60]] += 1
            continue
        good = all_passed(criteria)
        passed += good
        steps.append(fitted.meta["starts"][0]["steps"])
        causes.update(c.name for c in criteria if c.gates and not c.passed)
        if good and case.best is not None:
            best = case.best(data)
            loss = fitted.arrays["history/loss"][-1]
            excess.append((loss - best) / abs(best) if best else loss)
    worst = f"{max(excess):9.1e}" if excess else " " * 9
    seconds = time.perf_counter() - began
    print(
        f"{name:34} {passed:4}/{seeds:<4} steps {int(np.median(steps or [0])):6} "
        f"excess {worst} {seconds:6.1f} s  {dict(causes) or ''}",
        flush=True,
    )


# ---------------------------------------------------------------- data


def regression(rng, n=200, p=5, noise=1.0, cond=1.0):
    scale = np.geomspace(1, 1 / np.sqrt(cond), p)
    x = rng.normal(size=(n, p)) * scale
    y = x @ (rng.normal(size=p) / scale) + noise * rng.normal(size=n)
    lipschitz = np.linalg.eigvalsh(x.T @ x / n).max()
    return SimpleNamespace(x=x, y=y, n=n, p=p, lr=1 / lipschitz)


def best_squares(d):
    w = np.linalg.lstsq(d.x, d.y, rcond=None)[0]
    return 0.5 * np.mean((d.x @ w - d.y) ** 2)


def squares(d, w):
    r = d.x @ w - d.y
    return 0.5 * np.mean(r**2), d.x.T @ r / d.n


def classes(rng, n=300, p=4, scale=1.0):
    x = np.c_[np.ones(n), rng.normal(size=(n, p - 1))]
    y = (rng.random(n) < 1 / (1 + np.exp(-x @ rng.normal(size=p) * scale))).astype(float)
    return SimpleNamespace(x=x, y=y, n=n, p=p)


def logistic(d, w, ridge=0.0):
    z = d.x @ w
    mu = 1 / (1 + np.exp(-z))
    loss = np.mean(np.logaddexp(0, z) - d.y * z) + ridge / 2 * w @ w
    return loss, d.x.T @ (mu - d.y) / d.n + ridge * w, mu


def counts(rng, n=200, p=3):
    x = np.c_[np.ones(n), rng.normal(size=(n, p - 1)) * 0.5]
    y = rng.poisson(np.exp(x @ np.r_[1.0, rng.normal(size=p - 1) * 0.5]))
    return SimpleNamespace(x=x, y=y, n=n, p=p)


def poisson(d, w):
    eta = d.x @ w
    return np.mean(np.exp(eta) - d.y * eta), d.x.T @ (np.exp(eta) - d.y) / d.n


# ---------------------------------------------------------------- steps


def start_normal(d, rng):
    return {"w": rng.normal(size=d.p)}


def start_zero(d, rng):
    return {"w": np.zeros(d.p)}


def descend(objective, rate):
    def step(d, state, rng):
        loss, gradient = objective(d, state["w"])[:2]
        lr = rate(d) if callable(rate) else rate
        return {"w": state["w"] - lr * gradient}, {
            "loss": float(loss),
            "grad_norm": float(np.linalg.norm(gradient)),
        }

    return step


def momentum(d, state, rng):
    loss, g = squares(d, state["w"])
    v = 0.9 * state["v"] - 0.1 * d.lr * g
    return {"w": state["w"] + v, "v": v}, {"loss": loss, "grad_norm": np.linalg.norm(g)}


def nesterov(d, state, rng):
    t = state["t"] + 1
    y = state["w"] + (t - 1) / (t + 2) * (state["w"] - state["old"])
    g = squares(d, y)[1]
    w = y - d.lr * g
    return {"w": w, "old": state["w"], "t": t}, {
        "loss": squares(d, w)[0],
        "grad_norm": np.linalg.norm(g),
    }


def adam(objective, rate):
    def step(d, s, rng):
        loss, g = objective(d, s["w"])[:2]
        t = s["t"] + 1
        m, v = 0.9 * s["m"] + 0.1 * g, 0.999 * s["v"] + 0.001 * g**2
        w = s["w"] - rate(t) * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return {"w": w, "m": m, "v": v, "t": t}, {"loss": loss, "grad_norm": np.linalg.norm(g)}

    return step


def adam_start(d, rng):
    return {
        "w": rng.normal(size=d.p) * 0.1,
        "m": np.zeros(d.p),
        "v": np.zeros(d.p),
        "t": np.array(0),
    }


def newton_logistic(d, state, rng):
    loss, g, mu = logistic(d, state["w"])
    h = (d.x * (mu * (1 - mu))[:, None]).T @ d.x / d.n
    return {"w": state["w"] - np.linalg.solve(h, g)}, {
        "loss": loss,
        "grad_norm": np.linalg.norm(g),
    }


def best_logistic(d):
    state = {"w": np.zeros(d.p)}
    for _ in range(30):
        state, metrics = newton_logistic(d, state, None)
    return metrics["loss"]


def backtracking(d, state, rng):
    loss, g = poisson(d, state["w"])
    t = float(state["t"]) * 2
    while poisson(d, state["w"] - t * g)[0] > loss - 0.5 * t * g @ g and t > 1e-12:
        t /= 2
    return {"w": state["w"] - t * g, "t": t}, {"loss": loss, "grad_norm": np.linalg.norm(g)}


def bfgs(d, s, rng):
    loss, g = poisson(d, s["w"])
    direction, t = -s["H"] @ g, 1.0
    while poisson(d, s["w"] + t * direction)[0] > loss + 1e-4 * t * (g @ direction) and t > 1e-10:
        t /= 2
    w = s["w"] + t * direction
    change, y = w - s["w"], poisson(d, w)[1] - g
    h = s["H"]
    if change @ y > 1e-12:
        rho, eye = 1 / (change @ y), np.eye(d.p)
        a = eye - rho * np.outer(change, y)
        h = a @ h @ a.T + rho * np.outer(change, change)
    return {"w": w, "H": h}, {"loss": loss, "grad_norm": np.linalg.norm(g)}


# nonlinear least squares: model value and Jacobian


def decay(b, x):
    e = np.exp(-b[1] * x)
    return b[0] * (1 - e), np.c_[1 - e, b[0] * x * e]


def rational(b, x):
    n, m = x**2 + x * b[1], x**2 + x * b[2] + b[3]
    return b[0] * n / m, np.c_[n / m, b[0] * x / m, -b[0] * n * x / m**2, -b[0] * n / m**2]


def growth(b, x):
    e = np.exp(b[1] - b[2] * x)
    return b[0] / (1 + e), np.c_[1 / (1 + e), -b[0] * e / (1 + e) ** 2, b[0] * x * e / (1 + e) ** 2]


def thermistor(b, x):
    f = b[0] * np.exp(b[1] / (x + b[2]))
    return f, np.c_[f / b[0], f / (x + b[2]), -f * b[1] / (x + b[2]) ** 2]


# Observations of three problems of NIST's StRD (public domain).
NIST = {
    "BoxBOD": (decay, [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224], [100, 0.75], 1168.0088766),
    "Rat42": (
        growth,
        [9, 14, 21, 28, 42, 57, 63, 70, 79],
        [8.93, 10.8, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08],
        [75, 2.5, 0.07],
        8.0565229338,
    ),
    "MGH09": (
        rational,
        [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
        [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246],
        [0.25, 0.39, 0.415, 0.39],
        3.0750560385e-4,
    ),
    "MGH10": (
        thermistor,
        list(range(50, 130, 5)),
        [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820,
         3307, 2872],
        [0.02, 4000, 250],
        87.945855171,
    ),
}  # fmt: skip


def nist(name):
    model, x, y, start, _ = NIST[name]

    def make(rng):
        jitter = 1 + 0.02 * rng.normal(size=len(start))
        return SimpleNamespace(
            model=model, x=np.array(x, float), y=np.array(y, float), start=np.array(start) * jitter
        )

    return make


def exact_decay(rng):
    x = np.linspace(0.5, 5, 12)
    b = np.array([rng.uniform(1, 3), rng.uniform(0.5, 1.5)])
    return SimpleNamespace(model=decay, x=x, y=decay(b, x)[0], start=b * rng.uniform(0.6, 1.6, 2))


def lm_start(d, rng):
    return {"b": d.start.copy(), "damping": np.array(1e-3)}


def lm(d, state, rng):
    b, damping = state["b"], float(state["damping"])
    f, j = d.model(b, d.x)
    r = d.y - f
    a, g = j.T @ j, j.T @ r
    trial = b + np.linalg.solve(a + damping * np.diag(np.diag(a)), g)
    with np.errstate(over="ignore", invalid="ignore"):
        rss = np.sum((d.y - d.model(trial, d.x)[0]) ** 2)
    if rss < r @ r:
        b, damping = trial, damping / 10
    else:
        rss, damping = r @ r, min(damping * 10, 1e12)
    return {"b": b, "damping": np.array(damping)}, {
        "loss": float(rss),
        "grad_norm": float(np.linalg.norm(g)),
    }


def gn_start(d, rng):
    return {"b": d.start.copy()}


def gn(d, state, rng):
    f, j = d.model(state["b"], d.x)
    r = d.y - f
    b = state["b"] + np.linalg.lstsq(j, r, rcond=None)[0]
    return {"b": b}, {"loss": float(r @ r), "grad_norm": float(np.linalg.norm(j.T @ r))}


def one_step(d, state, rng):
    w = state["w"] + np.linalg.lstsq(d.x, d.y - d.x @ state["w"], rcond=None)[0]
    loss, g = squares(d, w)
    return {"w": w}, {"loss": float(loss), "grad_norm": float(np.linalg.norm(g))}


def mixture(rng, n=300):
    apart = rng.uniform(2.5, 4)
    x = np.where(rng.random(n) < 0.4, rng.normal(0, 1, n), rng.normal(apart, 1, n))
    return SimpleNamespace(x=x)


def em_start(d, rng):
    mu = rng.choice(d.x, 2, replace=False)
    return {"pi": np.array([0.5, 0.5]), "mu": mu, "sd": np.array([1.0, 1.0])}


def em(d, s, rng):
    z = (d.x[:, None] - s["mu"]) / s["sd"]
    log = np.log(s["pi"] / s["sd"]) - z**2 / 2 - 0.5 * np.log(2 * np.pi)
    total = np.logaddexp.reduce(log, axis=1)
    r = np.exp(log - total[:, None])
    n = r.sum(0)
    mu = (r * d.x[:, None]).sum(0) / n
    sd = np.sqrt((r * (d.x[:, None] - mu) ** 2).sum(0) / n + 1e-6)
    return {"pi": n / len(d.x), "mu": mu, "sd": sd}, {"loss": float(-total.sum())}


def blobs(rng, n=200, k=3):
    centre = rng.normal(size=(k, 2)) * 4
    return SimpleNamespace(x=centre[rng.integers(k, size=n)] + rng.normal(size=(n, 2)), k=k)


def kmeans_start(d, rng):
    labels = np.zeros(len(d.x), dtype=int)
    return {"centre": d.x[rng.choice(len(d.x), d.k, replace=False)], "label": labels}


def kmeans(d, s, rng):
    distance = ((d.x[:, None] - s["centre"]) ** 2).sum(2)
    label = distance.argmin(1)
    centre = np.array(
        [d.x[label == k].mean(0) if (label == k).any() else s["centre"][k] for k in range(d.k)]
    )
    return {"centre": centre, "label": label}, {"loss": float(distance.min(1).sum())}


def symmetric(rng, p=20):
    a = rng.normal(size=(p, p))
    return SimpleNamespace(a=a @ a.T / p, p=p)


def power(d, s, rng):
    v = d.a @ s["w"]
    v /= np.linalg.norm(v)
    return {"w": v}, {"loss": float(-v @ d.a @ v)}


def markov(rng, p=30):
    a = rng.dirichlet(np.ones(p), size=p)
    return SimpleNamespace(a=0.85 * a + 0.15 / p, p=p)


def pagerank(d, s, rng):
    new = s["w"] @ d.a
    return {"w": new}, {"loss": float(np.abs(new - s["w"]).sum())}


def pagerank_start(d, rng):
    return {"w": np.ones(d.p) / d.p}


def bellman(d, s, rng):
    new = (d.reward + 0.95 * d.p @ s["v"]).max(0)
    return {"v": new}, {"loss": float(np.abs(new - s["v"]).max())}


def decisions(rng, states=10, actions=3):
    return SimpleNamespace(
        p=rng.dirichlet(np.ones(states), size=(actions, states)),
        reward=rng.random((actions, states)),
        n=states,
    )


def lasso_data(rng):
    return regression(rng, n=100, p=10)


def lasso_loss(d, w):
    return squares(d, w)[0] + 0.1 * np.abs(w).sum()


def soft(x, t):
    return np.sign(x) * np.maximum(np.abs(x) - t, 0)


def ista(d, s, rng):
    g = squares(d, s["w"])[1]
    w = soft(s["w"] - d.lr * g, 0.1 * d.lr)
    return {"w": w}, {"loss": lasso_loss(d, w), "grad_norm": np.linalg.norm(w - s["w"]) / d.lr}


def coordinates(random):
    def step(d, s, rng):
        w = s["w"].copy()
        for j in [rng.integers(d.p)] if random else range(d.p):
            r = d.y - d.x @ w + d.x[:, j] * w[j]
            w[j] = soft(d.x[:, j] @ r / d.n, 0.1) / (d.x[:, j] @ d.x[:, j] / d.n)
        return {"w": w}, {"loss": lasso_loss(d, w)}

    return step


def table(rng, n=20, m=15, k=2):
    return SimpleNamespace(
        m=rng.random((n, k)) @ rng.random((k, m)) + 0.05 * rng.random((n, m)), k=k
    )


def als_start(d, rng):
    return {"u": rng.random((len(d.m), d.k)), "v": rng.random((d.k, d.m.shape[1]))}


def als(d, s, rng):
    ridge = 1e-3 * np.eye(d.k)
    u = np.linalg.solve(s["v"] @ s["v"].T + ridge, s["v"] @ d.m.T).T
    v = np.linalg.solve(u.T @ u + ridge, u.T @ d.m)
    loss = ((d.m - u @ v) ** 2).sum() + 1e-3 * ((u**2).sum() + (v**2).sum())
    return {"u": u, "v": v}, {"loss": float(loss)}


def nmf(d, s, rng):
    u = s["u"] * (d.m @ s["v"].T) / (s["u"] @ s["v"] @ s["v"].T + 1e-12)
    v = s["v"] * (u.T @ d.m) / (u.T @ u @ s["v"] + 1e-12)
    return {"u": u, "v": v}, {"loss": float(((d.m - u @ v) ** 2).sum())}


def sgd(batch, full, decay=100.0, average=False):
    def step(d, s, rng):
        t = s["t"] + 1
        rows = rng.integers(d.n, size=batch)
        r = d.x[rows] @ s["w"] - d.y[rows]
        w = s["w"] - 0.5 * d.lr / (1 + t / decay) * d.x[rows].T @ r / batch
        new = {"w": w, "t": t}
        if average:
            new["mean"] = s["mean"] + (w - s["mean"]) / (t + 1)
        loss = squares(d, w)[0] if full else 0.5 * np.mean(r**2)
        return new, {"loss": float(loss)}

    return step


def sgd_start(d, rng):
    return {"w": rng.normal(size=d.p), "t": np.array(0)}


def sgd_average_start(d, rng):
    return {**sgd_start(d, rng), "mean": np.zeros(d.p)}


def evolution(d, s, rng):
    trial = s["w"] + s["sigma"] * rng.normal(size=d.p)
    better = squares(d, trial)[0] < squares(d, s["w"])[0]
    w = trial if better else s["w"]
    sigma = s["sigma"] * (1.5 if better else 1.5**-0.25)
    return {"w": w, "sigma": sigma}, {"loss": squares(d, w)[0]}


def warm(d, rng):
    w = np.linalg.lstsq(d.x, d.y, rcond=None)[0]
    return {"w": w * (1 + 1e-6 * rng.normal(size=d.p))}


def at_best(d, rng):
    return {"w": np.linalg.lstsq(d.x, d.y, rcond=None)[0]}


def single(rng):
    d = regression(rng, cond=30)
    d.x, d.y = d.x.astype(np.float32), d.y.astype(np.float32)
    d.lr = np.float32(d.lr)
    return d


ORDINARY = {
    "gd squares": Case(regression, start_normal, descend(squares, lambda d: d.lr), {"max_steps": 2000}, best_squares),
    "gd squares cond 100": Case(lambda r: regression(r, cond=100), start_normal, descend(squares, lambda d: d.lr), {"max_steps": 20000}, best_squares),
    "gd squares from zero, 2 restarts": Case(regression, start_normal, descend(squares, lambda d: d.lr), {"max_steps": 2000, "restarts": 2}, best_squares),
    "gd squares weak signal": Case(lambda r: regression(r, noise=20.0), start_zero, descend(squares, lambda d: d.lr), {"max_steps": 2000}, best_squares),
    "gd squares exact fit": Case(lambda r: regression(r, noise=0.0), start_normal, descend(squares, lambda d: d.lr), {"max_steps": 5000}),
    "gd squares warm": Case(regression, warm, descend(squares, lambda d: d.lr), {"max_steps": 2000}, best_squares),
    "gd squares from the solution": Case(regression, at_best, descend(squares, lambda d: d.lr), {"max_steps": 2000}, best_squares),
    "gd logistic": Case(classes, start_zero, descend(logistic, 2.0), {"max_steps": 5000}, best_logistic),
    "gd logistic ridge tol 1e-4": Case(classes, start_normal, descend(lambda d, w: logistic(d, w, 0.01), 1.0), {"max_steps": 5000, "tolerance": 1e-4}),
    "gd float32 tol 1e-5": Case(single, lambda d, rng: {"w": rng.normal(size=d.p).astype(np.float32)}, descend(squares, lambda d: d.lr), {"max_steps": 5000, "tolerance": 1e-5}),
    "momentum squares cond 30": Case(lambda r: regression(r, cond=30), lambda d, rng: {"w": rng.normal(size=d.p), "v": np.zeros(d.p)}, momentum, {"max_steps": 20000}, best_squares),
    "nesterov squares cond 30": Case(lambda r: regression(r, cond=30), lambda d, rng: {"w": np.zeros(d.p), "old": np.zeros(d.p), "t": 0}, nesterov, {"max_steps": 20000}, best_squares),
    "adam poisson constant rate 1e-4": Case(counts, adam_start, adam(poisson, lambda t: 0.02), {"max_steps": 10000, "tolerance": 1e-4}),
    "adam poisson 1e-6 decaying": Case(counts, adam_start, adam(poisson, lambda t: 0.05 / np.sqrt(t)), {"max_steps": 20000, "tolerance": 1e-6}),
    "newton logistic": Case(classes, start_zero, newton_logistic, {"max_steps": 50}, best_logistic),
    "newton logistic 2 restarts": Case(classes, lambda d, rng: {"w": 0.1 * rng.normal(size=d.p)}, newton_logistic, {"max_steps": 100, "restarts": 2}, best_logistic),
    "backtracking poisson": Case(counts, lambda d, rng: {"w": rng.normal(size=d.p) * 0.1, "t": 1.0}, backtracking, {"max_steps": 2000}),
    "bfgs poisson": Case(counts, lambda d, rng: {"w": rng.normal(size=d.p) * 0.1, "H": np.eye(d.p)}, bfgs, {"max_steps": 500}),
    **{f"lm {name}": Case(nist(name), lm_start, lm, {"max_steps": 20000}, lambda d, name=name: NIST[name][4]) for name in NIST},
    "gn BoxBOD": Case(nist("BoxBOD"), gn_start, gn, {"max_steps": 200}, lambda d: NIST["BoxBOD"][4]),
    "gn Rat42": Case(nist("Rat42"), gn_start, gn, {"max_steps": 100}, lambda d: NIST["Rat42"][4]),
    "lm exact fit": Case(exact_decay, lm_start, lm, {"max_steps": 200}),
    "gn exact fit": Case(exact_decay, gn_start, gn, {"max_steps": 100}),
    "ols in one step": Case(regression, start_normal, one_step, {"max_steps": 50}, best_squares),
    "ols in one step, exact fit": Case(lambda r: regression(r, noise=0.0), start_normal, one_step, {"max_steps": 500}),
    "em mixture": Case(mixture, em_start, em, {"max_steps": 5000}),
    "k-means": Case(blobs, kmeans_start, kmeans, {"max_steps": 200}),
    "power iteration": Case(symmetric, start_normal, power, {"max_steps": 10000}, lambda d: -np.linalg.eigvalsh(d.a).max()),
    "pagerank": Case(markov, pagerank_start, pagerank, {"max_steps": 1000}),
    "value iteration": Case(decisions, lambda d, rng: {"v": np.zeros(d.n)}, bellman, {"max_steps": 5000}),
    "ista lasso": Case(lasso_data, start_zero, ista, {"max_steps": 5000}),
    "coordinate descent lasso": Case(lasso_data, start_zero, coordinates(False), {"max_steps": 1000}),
    "random coordinates lasso": Case(lasso_data, start_zero, coordinates(True), {"max_steps": 10000}),
    "als tol 1e-6": Case(table, als_start, als, {"max_steps": 20000, "tolerance": 1e-6}),
    "nmf tol 1e-4": Case(table, als_start, nmf, {"max_steps": 20000, "tolerance": 1e-4}),
    "evolution strategy": Case(regression, lambda d, rng: {"w": rng.normal(size=d.p), "sigma": 1.0}, evolution, {"max_steps": 20000}, best_squares),
    "sgd full loss tol 1e-3": Case(regression, sgd_start, sgd(20, True), {"max_steps": 20000, "tolerance": 1e-3}, best_squares),
    "sgd minibatch loss tol 1e-2": Case(regression, sgd_start, sgd(50, False), {"max_steps": 100000, "tolerance": 1e-2}),
    "sgd averaged minibatch tol 1e-2": Case(regression, sgd_average_start, sgd(50, False, average=True), {"max_steps": 100000, "tolerance": 1e-2}),
}  # fmt: skip


# ---------------------------------------------------------------- models that must be refused


def separable(rng):
    d = classes(rng)
    d.y = (d.x @ rng.normal(size=d.p) > 0).astype(float)
    return d


def flip(d, s, rng):
    return {"w": -s["w"]}, {"loss": float(1 + s["w"] @ s["w"])}


def shrinking(d, s, rng):
    loss, g = squares(d, s["w"])
    lr = float(s["lr"])
    return {"w": s["w"] - lr * d.lr * g, "lr": 0.9 * lr}, {
        "loss": loss,
        "grad_norm": np.linalg.norm(g),
    }


def wells(d, s, rng):
    x = s["w"]
    g = 4 * x * (x**2 - 1) + 0.3
    loss = ((x**2 - 1) ** 2 + 0.3 * x).sum() + 3
    return {"w": x - 0.02 * g}, {"loss": float(loss), "grad_norm": np.linalg.norm(g)}


def creeping(cond, steps, **training):
    return Case(lambda r: regression(r, cond=cond), start_normal, descend(squares, lambda d: d.lr), {"max_steps": steps, **training}, best_squares)  # fmt: skip


def without_gradient(step):
    def bare(d, s, rng):
        state, metrics = step(d, s, rng)
        return state, {"loss": metrics["loss"]}

    return bare


BAD = {
    "iteration limit": Case(lambda r: regression(r, cond=100), start_normal, descend(squares, lambda d: d.lr), {"max_steps": 100}, best_squares),
    "exploding gd": Case(regression, start_normal, descend(squares, lambda d: 2.5 * d.lr), {"max_steps": 2000}),
    "exploding, not to infinity": Case(regression, start_normal, descend(squares, lambda d: 2.1 * d.lr), {"max_steps": 200}),
    "creeping cond 1e5": creeping(1e5, 3000),
    "creeping cond 1e7": creeping(1e7, 3000),
    "creeping cond 1e9": creeping(1e9, 3000),
    "creeping cond 1e5 tol 1e-4": creeping(1e5, 3000, tolerance=1e-4),
    "creeping cond 1e7 tol 1e-4": creeping(1e7, 3000, tolerance=1e-4),
    "tiny step 1e-6": Case(regression, start_normal, descend(squares, lambda d: 1e-6 * d.lr), {"max_steps": 3000}, best_squares),
    "tiny step 1e-10": Case(regression, start_normal, descend(squares, lambda d: 1e-10 * d.lr), {"max_steps": 3000}, best_squares),
    "tiny step 1e-14": Case(regression, start_normal, descend(squares, lambda d: 1e-14 * d.lr), {"max_steps": 3000}, best_squares),
    "tiny step 1e-10, no gradient": Case(regression, start_normal, without_gradient(descend(squares, lambda d: 1e-10 * d.lr)), {"max_steps": 3000}, best_squares),
    "tiny step 1e-14, no gradient": Case(regression, start_normal, without_gradient(descend(squares, lambda d: 1e-14 * d.lr)), {"max_steps": 3000}, best_squares),
    "tiny step 1e-14, from 0, no grad": Case(regression, start_zero, without_gradient(descend(squares, lambda d: 1e-14 * d.lr)), {"max_steps": 3000}, best_squares),
    "step size shrinks too soon": Case(lambda r: regression(r, cond=30), lambda d, rng: {"w": rng.normal(size=d.p), "lr": 1.0}, shrinking, {"max_steps": 3000}, best_squares),
    "same, no gradient, 1 restart": Case(lambda r: regression(r, cond=30), lambda d, rng: {"w": rng.normal(size=d.p), "lr": 1.0}, without_gradient(shrinking), {"max_steps": 3000, "restarts": 1}, best_squares),
    "separable logistic newton": Case(separable, start_zero, newton_logistic, {"max_steps": 50}),
    "separable logistic gd": Case(separable, start_zero, descend(logistic, 2.0), {"max_steps": 5000}),
    "x -> -x": Case(regression, start_normal, flip, {"max_steps": 1000}),
    "two minima, 3 restarts": Case(lambda rng: SimpleNamespace(p=4), start_normal, wells, {"max_steps": 5000, "restarts": 3}),
    "sgd minibatch tol 1e-8": Case(regression, sgd_start, sgd(20, False), {"max_steps": 5000}),
    "sgd slow, minibatch tol 1e-2": Case(lambda r: regression(r, cond=300), sgd_start, sgd(20, False, decay=30.0), {"max_steps": 20000, "tolerance": 1e-2}),
    "sgd stops soon, full tol 1e-3": Case(lambda r: regression(r, cond=1000), sgd_start, sgd(20, True, decay=100.0), {"max_steps": 5000, "tolerance": 1e-3}, best_squares),
}  # fmt: skip


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    chosen = sys.argv[2:]
    for title, cases in (("ordinary models, passed", ORDINARY), ("bad models, passed", BAD)):
        print(title)
        for name, case in cases.items():
            if not chosen or any(word in name for word in chosen):
                report(name, case, seeds)
    print(Path(__file__).name, "done")


if __name__ == "__main__":
    main()
