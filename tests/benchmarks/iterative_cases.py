"""Ordinary iterative models, and bad ones that must be refused."""
# ruff: noqa: E501  # the cases are tables

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from iterative_algorithms import (
    adam,
    adam_start,
    als,
    als_start,
    at_best,
    backtracking,
    bellman,
    best_logistic,
    bfgs,
    coordinates,
    descend,
    em,
    em_start,
    evolution,
    flip,
    gn,
    gn_start,
    ista,
    kmeans,
    kmeans_start,
    lm,
    lm_start,
    momentum,
    nesterov,
    newton_logistic,
    nmf,
    one_step,
    pagerank,
    pagerank_start,
    power,
    sgd,
    sgd_average_start,
    sgd_start,
    shrinking,
    start_normal,
    start_zero,
    warm,
    wells,
    without_gradient,
)
from iterative_data import (
    NIST,
    best_squares,
    blobs,
    classes,
    counts,
    decisions,
    exact_decay,
    lasso_data,
    logistic,
    markov,
    mixture,
    nist,
    poisson,
    regression,
    separable,
    single,
    squares,
    symmetric,
    table,
)


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


def creeping(cond, steps, **training):
    return Case(lambda r: regression(r, cond=cond), start_normal, descend(squares, lambda d: d.lr), {"max_steps": steps, **training}, best_squares)  # fmt: skip


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
