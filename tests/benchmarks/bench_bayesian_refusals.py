"""How often ordinary bayesian models are refused: bench_bayesian_refusals.py [seeds].

Each model is one that people meet in a first course and that has no known trouble. Every seed is
a whole training (4 chains of 1,000 draws after 1,000 of tuning, target acceptance 0.95) judged by
the same gates as in the pipeline. Prints, per model, the share refused and by which gates.
"""

import os
import sys
from collections import Counter

from assay.core.environment import PINNED

os.environ.update(PINNED)  # before the numerical libraries are loaded

import numpy as np
import pymc as pm

from assay.methods.base import Quiet
from assay.methods.bayesian.chains import stack_chains
from assay.methods.bayesian.diagnose import diagnose
from assay.methods.bayesian.model import describe_layout
from assay.methods.bayesian.nutpie_sampler import NutpieSampler
from assay.methods.bayesian.settings import Convergence, Training

RNG = np.random.default_rng(2028)
X = RNG.normal(size=(120, 3))
GROUP = np.repeat(np.arange(12), 10)
EFFECTS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
ERRORS = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def normal_mean():
    """Mean and spread of 50 values."""
    mu, sigma = pm.Normal("mu", 0, 10), pm.HalfNormal("sigma", 5)
    pm.Normal("y", mu, sigma, observed=RNG.normal(3, 2, size=50))


def linear_regression():
    """Three slopes."""
    a, b = pm.Normal("a", 0, 5), pm.Normal("b", 0, 5, shape=3)
    y = 1 + X @ [1.0, -2.0, 0.5] + RNG.normal(size=120)
    pm.Normal("y", a + X @ b, pm.HalfNormal("sigma", 3), observed=y)


def logistic_regression():
    """Three slopes on a yes or no."""
    a, b = pm.Normal("a", 0, 2), pm.Normal("b", 0, 2, shape=3)
    p = 1 / (1 + np.exp(-(X @ [1.0, -1.0, 0.5])))
    pm.Bernoulli("y", logit_p=a + X @ b, observed=RNG.binomial(1, p))


def poisson_regression():
    """Counts with three slopes."""
    a, b = pm.Normal("a", 0, 2), pm.Normal("b", 0, 1, shape=3)
    y = RNG.poisson(np.exp(1 + X @ [0.3, -0.2, 0.1]))
    pm.Poisson("y", pm.math.exp(a + X @ b), observed=y)


def negative_binomial():
    """Overdispersed counts."""
    a, b = pm.Normal("a", 0, 2), pm.Normal("b", 0, 1, shape=3)
    y = RNG.negative_binomial(3, 3 / (3 + np.exp(1 + X @ [0.3, -0.2, 0.1])))
    mu = pm.math.exp(a + X @ b)
    pm.NegativeBinomial("y", mu=mu, alpha=pm.Exponential("alpha", 0.5), observed=y)


def varying_intercepts():
    """Twelve groups, non-centred."""
    mu, tau = pm.Normal("mu", 0, 5), pm.HalfNormal("tau", 2)
    raw = pm.Normal("raw", 0, 1, shape=12)
    y = RNG.normal(0, 1, 12)[GROUP] + RNG.normal(size=120)
    pm.Normal("y", mu + tau * raw[GROUP], pm.HalfNormal("sigma", 2), observed=y)


def eight_schools_noncentered():
    """The textbook's eight schools."""
    mu, tau = pm.Normal("mu", 0, 5), pm.HalfCauchy("tau", 5)
    pm.Normal("y", mu + tau * pm.Normal("raw", 0, 1, shape=8), ERRORS, observed=EFFECTS)


def ordered_mixture():
    """Two normal components, ordered."""
    mu = pm.Normal(
        "mu",
        0,
        5,
        shape=2,
        transform=pm.distributions.transforms.ordered,
        initval=np.array([-1.0, 1.0]),
    )
    y = np.concatenate([RNG.normal(-2, 1, 60), RNG.normal(3, 1, 60)])
    weights = pm.Dirichlet("w", np.ones(2))
    pm.NormalMixture("y", weights, mu, pm.HalfNormal("sigma", 2, shape=2), observed=y)


def correlated_effects():
    """Intercept and slope with an LKJ correlation."""
    chol, _, _ = pm.LKJCholeskyCov("chol", n=2, eta=2, sd_dist=pm.HalfNormal.dist(1))
    effects = pm.math.dot(pm.Normal("z", 0, 1, shape=(12, 2)), chol.T)
    y = RNG.normal(size=12)[GROUP] + X[:, 0] * 0.5 + RNG.normal(size=120)
    mean = effects[GROUP, 0] + effects[GROUP, 1] * X[:, 0]
    pm.Normal("y", mean, pm.HalfNormal("sigma", 2), observed=y)


MODELS = (
    normal_mean,
    linear_regression,
    logistic_regression,
    poisson_regression,
    negative_binomial,
    varying_intercepts,
    eight_schools_noncentered,
    ordered_mixture,
    correlated_effects,
)


def refusals(declare, seeds):
    """Return how many seeds are refused, a count of the gates, and the worst R-hat passed."""
    training, convergence = Training(), Convergence()
    with pm.Model() as model:
        declare()
    layout = describe_layout(model)
    sampler = NutpieSampler(model, layout, training, "0")
    meta = {
        "free": list(layout.free),
        "coordinates": [list(pair) for pair in layout.coordinates],
    }
    gates, refused, worst = Counter[str](), 0, 0.0
    for seed in range(seeds):
        sampler._seed = f"{seed + 1:x}"
        chains = dict(sampler.chains(list(range(4)), 2, Quiet()))
        criteria = diagnose(
            stack_chains([chains[k] for k in range(4)], meta), training, convergence
        )
        failed = [c.name for c in criteria if c.gates and not c.passed]
        gates.update(failed)
        refused += bool(failed)
        rhat = next(float(c.value) for c in criteria if c.name == "rhat")
        worst = max(worst, rhat)
    return refused, gates, worst


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{'model':28} {'refused':>8}  of {count}  worst R-hat  gates")
    for declare in MODELS:
        refused, gates, worst = refusals(declare, count)
        print(
            f"{declare.__name__:28} {refused:8}          {worst:11.4f}  {dict(gates)}", flush=True
        )
