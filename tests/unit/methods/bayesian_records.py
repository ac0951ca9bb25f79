"""Bayesian evidence written down by hand: nothing is sampled."""

import numpy as np

from assay.core.fit import Fit
from assay.methods.bayesian.consistency import inspect
from assay.methods.bayesian.settings import Training

CHAINS, DRAWS = 3, 100
STATS = (
    "logp", "energy", "diverging", "depth", "maxdepth_reached", "n_steps", "step_size",
    "mean_tree_accept",
)  # fmt: skip
META = {
    "free": ["x", "k"],
    "deterministics": ["d"],
    "coordinates": [["x[0]", "x"], ["x[1]", "x"], ["k", "k"]],
    "sampler": "nutpie",
}


def make_fit(seed=1, meta=None, **changes):
    """Return a fit of two continuous coordinates and a discrete one; None leaves an array out."""
    rng = np.random.default_rng(seed)
    draws = rng.normal(size=(CHAINS, DRAWS, 3))
    draws[..., 2] = rng.poisson(3, size=(CHAINS, DRAWS))
    logp = -0.5 * (draws[..., :2] ** 2).sum(axis=-1)
    arrays = {
        "unconstrained": draws,
        "posterior/x": draws[..., :2],
        "posterior/k": draws[..., 2].astype(np.int64),
        "posterior/d": draws[..., 0] > 0,
        **{f"stats/{name}": np.ones((CHAINS, DRAWS)) for name in STATS},
        "stats/logp": logp,
        "stats/energy": rng.chisquare(2, size=(CHAINS, DRAWS)) / 2 - logp,
        **{name.replace("__", "/"): values for name, values in changes.items()},
    }
    there = {name: values for name, values in arrays.items() if values is not None}
    return Fit(there, {**META, **(meta or {})})


def judged(fit, **training):
    settings = Training(**{"draws": DRAWS, "chains": CHAINS, **training})
    chains = {
        f"chain_{k}": {name: values[k] for name, values in fit.arrays.items() if k < len(values)}
        for k in range(CHAINS)
    }
    return {criterion.name: criterion for criterion in inspect(fit, settings, chains)}
