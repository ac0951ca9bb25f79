"""Small iterative models, and a job around them."""

from dataclasses import replace
from types import ModuleType, SimpleNamespace

import numpy as np

from assay.methods.base import Inputs, Job, Quiet
from assay.methods.calls import caller
from assay.methods.iterative.diagnose import diagnose
from assay.methods.iterative.fit import fit
from assay.methods.iterative.settings import Convergence, Training
from assay.methods.iterative.traits import TRAITS

SEED = "ab" * 32


class Notebook(Quiet):
    """A channel that writes everything down."""

    heartbeat_seconds = 60.0

    def __init__(self, due=False):
        self.checkpoints, self.progressed, self.phases, self.due = {}, [], [], due

    def phase(self, name):
        self.phases.append(name)

    def progress(self, step, of, **metrics):
        self.progressed.append((step, of, metrics))

    def checkpoint(self, name, arrays, **meta):
        self.checkpoints[name] = (dict(arrays), meta)

    def checkpoint_due(self, name):
        return self.due


def make_job(init, step, features=None, *, seed=SEED, channel=None, convergence=None, **training):
    module = ModuleType("model_1")
    module.__file__ = "/somewhere/model_1.py"
    module.__dict__.update(init=init, step=step)
    return Job(
        model=module,
        inputs=Inputs(features, {}, {}),
        training=Training(**{"max_steps": 2000, **training}),
        convergence=Convergence(**(convergence or {})),
        seed=seed,
        cores=1,
        channel=channel or Notebook(),
        call=caller(module, TRAITS.called_often),
    )


def judged(job):
    """Train and return the fit and the criteria by name."""
    fitted = fit(job)
    criteria = diagnose(fitted, job.training, job.convergence)
    return fitted, {criterion.name: criterion for criterion in criteria}


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


def regression(seed=0, n=100, p=3, condition=1.0, noise=1.0):
    rng = np.random.default_rng(seed)
    scale = np.geomspace(1, 1 / np.sqrt(condition), p)
    x = rng.normal(size=(n, p)) * scale
    y = x @ (np.ones(p) / scale) + noise * rng.normal(size=n)
    return SimpleNamespace(x=x, y=y, rate=n / np.linalg.eigvalsh(x.T @ x).max())


def squares(data, w):
    r = data.x @ w - data.y
    return float(0.5 * np.mean(r**2)), data.x.T @ r / len(r)


def least_squares(data):
    return squares(data, np.linalg.lstsq(data.x, data.y, rcond=None)[0])[0]


def zeros(inputs, rng):
    return {"w": np.zeros(inputs.features.x.shape[1])}


def normals(inputs, rng):
    return {"w": rng.normal(size=inputs.features.x.shape[1])}


def descent(factor=1.0, gradient=True):
    def step(inputs, state, rng):
        loss, g = squares(inputs.features, state["w"])
        metrics = {"loss": loss, "grad_norm": float(np.linalg.norm(g))}
        if not gradient:
            del metrics["grad_norm"]
        return {"w": state["w"] - factor * inputs.features.rate * g}, metrics

    return step


def minibatch(inputs, state, rng):
    """Stochastic gradient with a decaying step, in place, spawning a child stream at every step."""
    data = inputs.features
    rows = rng.spawn(1)[0].integers(len(data.y), size=10)
    state["w"] -= (
        0.3
        / (1 + 0.05 * float(state["t"]))
        * data.x[rows].T
        @ (data.x[rows] @ state["w"] - data.y[rows])
        / 10
    )
    state["t"] = state["t"] + np.float32(rng.integers(2, dtype=np.uint32)) * 0 + 1
    return state, {"loss": squares(data, state["w"])[0]}


def minibatch_start(inputs, rng):
    return {"w": rng.normal(size=inputs.features.x.shape[1]), "t": np.array(0.0)}
