"""Toy posteriors, jobs and forgeries that the tests of the bayesian method share."""

import types

import numpy as np
import pymc as pm

from assay.core.fit import Fit
from assay.methods.base import Inputs, Job, Quiet
from assay.methods.bayesian.settings import Convergence, Training
from assay.methods.calls import caller

SEED = "5eed"


class Channel(Quiet):
    """Keeps what it is told; every moment is a heartbeat."""

    heartbeat_seconds = 0.0

    def __init__(self):
        self.checkpoints = {}

    def progress(self, step, of, **metrics):
        assert 0 <= step <= of

    def checkpoint(self, name, arrays, **meta):
        assert name not in self.checkpoints
        self.checkpoints[name] = {key: np.array(values) for key, values in arrays.items()}

    def heartbeat_due(self):
        return True


def make_job(build, seed=SEED, cores=2, **training):
    code = types.ModuleType("model_1")
    code.__file__ = "model_1.py"
    code.__dict__["build"] = build
    return Job(
        model=code,
        inputs=Inputs(features=None, design={}, upstream={}),
        training=Training(**{"draws": 200, "tune": 200, "chains": 3, **training}),
        convergence=Convergence(),
        seed=seed,
        cores=cores,
        channel=Channel(),
        call=caller(code),
    )


def eight_schools(inputs, scale=5.0):
    effects = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    errors = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
    with pm.Model(coords={"school": list("ABCDEFGH")}) as model:
        mu = pm.Normal("mu", 0, scale)
        tau = pm.HalfCauchy("tau", 5)
        raw = pm.Normal("raw", 0, 1, dims="school")
        theta = pm.Deterministic("theta", mu + tau * raw, dims="school")
        pm.Normal("y", theta, errors, observed=effects)
    return model


def another_prior(inputs):
    return eight_schools(inputs, scale=5.5)


def normal(inputs):
    with pm.Model() as model:
        pm.Normal("x", 1.0, 2.0, shape=2)
    return model


def mixed(inputs):
    """Return a model with a continuous and discrete variables, and a simplex of weights."""
    with pm.Model() as model:
        k = pm.Poisson("k", 3)
        c = pm.Categorical("c", np.array([0.2, 0.3, 0.5]))
        x = pm.Normal("x", k + c, 1)
        pm.Dirichlet("w", np.ones(3))
        pm.Normal("y", x, 1, observed=2.0)
    return model


def mixed_backwards(inputs):
    """Return a model in which a discrete variable is drawn after the continuous one."""
    with pm.Model() as model:
        k = pm.Poisson("k", 3)
        x = pm.Normal("x", k, 1)
        c = pm.Categorical("c", np.array([0.2, 0.3, 0.5]))
        pm.Normal("y", x + c, 1, observed=2.0)
    return model


def counts(inputs):
    with pm.Model() as model:
        k = pm.Poisson("k", 3)
        pm.Normal("y", k, 1, observed=2.0)
    return model


def changed(fit, **arrays):
    """Return the fit with other arrays; "__" in a name stands for "/"."""
    named = {name.replace("__", "/"): values for name, values in arrays.items()}
    return Fit(arrays={**fit.arrays, **named}, meta=fit.meta)


def with_rows(fit, rows):
    """Return the fit with its draws picked anew: (chain, draw) numbers among all draws."""
    arrays = {n: v.reshape(-1, *v.shape[2:])[rows] for n, v in fit.arrays.items()}
    return Fit(arrays=arrays, meta=fit.meta)


def row_numbers(fit):
    chains, draws = fit.arrays["unconstrained"].shape[:2]
    return np.arange(chains * draws).reshape(chains, draws)


def flip_last_bit(values, *place):
    """Return a copy with the last bit of one value changed."""
    copy = np.array(values)
    flat = copy.reshape(-1)
    at = np.ravel_multi_index(place, copy.shape) if place else 0
    flat.view(np.uint8)[at * copy.dtype.itemsize] ^= 1
    return flat.reshape(copy.shape)


def failed(criteria):
    return {criterion.name for criterion in criteria if criterion.gates and not criterion.passed}


def doubts(criteria):
    return {c.name for c in criteria if not c.gates and not c.passed}
