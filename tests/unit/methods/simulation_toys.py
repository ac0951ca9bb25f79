"""Small simulations, and a job around them."""

from dataclasses import replace
from types import ModuleType

import numpy as np

from assay.methods.base import Inputs, Job, Quiet
from assay.methods.calls import caller
from assay.methods.simulation.diagnose import diagnose
from assay.methods.simulation.fit import fit
from assay.methods.simulation.settings import Convergence, Training

SEED = "cd" * 32


class Notebook(Quiet):
    """A channel that writes everything down."""

    heartbeat_seconds = 60.0

    def __init__(self):
        self.checkpoints, self.progressed, self.phases = {}, [], []

    def phase(self, name):
        self.phases.append(name)

    def progress(self, step, of, **metrics):
        self.progressed.append((step, of))

    def checkpoint(self, name, arrays, **meta):
        self.checkpoints[name] = (dict(arrays), meta)


def make_job(simulate, *, seed=SEED, cores=1, channel=None, convergence=None, **training):
    module = ModuleType("model_1")
    module.__file__ = __file__
    module.simulate = lambda inputs, rng: simulate(rng)
    return Job(
        model=module,
        inputs=Inputs(None, {}, {}),
        training=Training(**{"replicates": 500, **training}),
        convergence=Convergence(**(convergence or {})),
        seed=seed,
        cores=cores,
        channel=channel or Notebook(),
        call=caller(module),
    )


def judged(job):
    """Train and return the fit and the criteria by name."""
    fitted = fit(job)
    criteria = diagnose(fitted, job.training, job.convergence)
    return fitted, {criterion.name: criterion for criterion in criteria}


def outcome(simulate, **how):
    return judged(make_job(simulate, **how))[1]


def failed(criteria):
    return sorted(name for name, one in criteria.items() if one.gates and not one.passed)


def evidence(job):
    """Train and return the fit and the checkpoints, as a validator finds them."""
    notebook = Notebook()
    fitted = fit(replace(job, channel=notebook))
    return fitted, {name: arrays for name, (arrays, _) in notebook.checkpoints.items()}


def refused(criteria):
    return [one.name for one in criteria if one.gates and not one.passed]


def doubted(criteria):
    return [one.name for one in criteria if not one.gates and not one.passed]


def normals(rng):
    return {"x": rng.normal(), "y": rng.normal(size=(2, 3)), "n": rng.poisson(2, size=4)}


def waits(rng, load, customers, begin=0.0):
    """Return waiting times of an M/M/1 queue of service rate 1 by Lindley's recursion."""
    steps = rng.exponential(1.0, customers - 1) - rng.exponential(1 / load, customers - 1)
    walk = begin + np.concatenate([[0.0], np.cumsum(steps)])
    return walk - np.minimum(np.minimum.accumulate(walk), 0.0)


def rising(rng, steps, together=True):
    """Return a drifting course; without `together`, one whose neighbours are independent."""
    slow = np.cumsum(rng.normal(size=(420, steps)), axis=1)
    return (slow if together else rng.normal(size=(420, steps))) + np.linspace(0, 20, steps)
