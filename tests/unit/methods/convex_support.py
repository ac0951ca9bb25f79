"""What the tests of the convex method share."""

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import cvxpy as cp
import numpy as np
import scipy.sparse as sp

from assay.core.criteria import Criterion
from assay.core.fit import Fit
from assay.methods.base import Inputs, Job, Quiet
from assay.methods.convex.diagnose import diagnose
from assay.methods.convex.fit import fit
from assay.methods.convex.form import Cones, StandardForm
from assay.methods.convex.settings import Convergence, Training


@dataclass
class Listener(Quiet):
    """A channel that keeps what it hears."""

    heartbeat_seconds: float = 60.0
    phases: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    checkpoints: dict[str, dict[str, Any]] = field(default_factory=dict)

    def phase(self, name):
        self.phases.append(name)

    def progress(self, step, of, **metrics):
        assert all(np.isfinite(value) for value in metrics.values())
        self.steps.append(step)

    def checkpoint(self, name, arrays, **meta):
        self.checkpoints[name] = dict(arrays)


def job_for(problem: Any, channel: Any = None, **training: Any) -> Job:
    return Job(
        model=ModuleType("model_1"),
        inputs=Inputs(features=None, design={}, upstream={}),
        training=Training(**training),
        convergence=Convergence(),
        seed="00",
        cores=1,
        channel=channel or Listener(),
        call=lambda name, inputs: problem() if callable(problem) else problem,
    )


def train(problem: Any, **training: Any) -> Fit:
    return fit(job_for(problem, **training))


def evidence(problem: Any, **training: Any) -> tuple[Fit, dict[str, dict[str, Any]]]:
    """Train and return the fit and the checkpoints, as a validator finds them."""
    listener = Listener()
    found = fit(job_for(problem, listener, **training))
    stored = {
        name: {part: np.array(array) for part, array in arrays.items()}
        for name, arrays in listener.checkpoints.items()
    }
    return found, stored


def refused(criteria: list[Criterion]) -> list[str]:
    return [one.name for one in criteria if one.gates and not one.passed]


def doubted(criteria: list[Criterion]) -> list[str]:
    return [one.name for one in criteria if not one.gates and not one.passed]


def judged(found: Fit, **training: Any) -> dict[str, Criterion]:
    criteria = diagnose(found, Training(**training), Convergence())
    return {criterion.name: criterion for criterion in criteria}


def failed(found: Fit, **training: Any) -> list[str]:
    """Return the gates that do not pass."""
    return [c.name for c in judged(found, **training).values() if c.gates and not c.passed]


def changed(found: Fit, **arrays: Any) -> Fit:
    """Return a fit with other arrays, as a forger would leave it."""
    return Fit(arrays={**found.arrays, **arrays}, meta=found.meta)


def form(P, c, A, b, **cones) -> StandardForm:
    nothing = np.zeros(0, dtype=np.int64)
    return StandardForm(
        P=sp.csc_array(np.atleast_2d(np.asarray(P, dtype=float))),
        c=np.asarray(c, dtype=float),
        A=sp.csc_array(np.asarray(A, dtype=float).reshape(len(b), len(c))),
        b=np.asarray(b, dtype=float),
        cones=Cones(**cones),
        integer=nothing,
        boolean=nothing,
    )


def small_lp() -> cp.Problem:
    """Maximise 3x + 2y subject to x + y <= 4, x + 3y <= 9, x <= 3: 11 at (3, 1)."""
    x = cp.Variable(2, name="x", nonneg=True)
    return cp.Problem(
        cp.Maximize(3 * x[0] + 2 * x[1]), [x[0] + x[1] <= 4, x[0] + 3 * x[1] <= 9, x[0] <= 3]
    )


def small_qp() -> cp.Problem:
    """Project (2, 2) on the simplex x + y <= 1: squared distance 4.5."""
    x = cp.Variable(2, name="x")
    return cp.Problem(cp.Minimize(cp.sum_squares(x - 2)), [cp.sum(x) <= 1, x >= 0])


def everything() -> cp.Problem:
    """Norms, exponentials and a semidefinite matrix in one problem."""
    x = cp.Variable(3, name="x", nonneg=True)
    X = cp.Variable((2, 2), name="X", PSD=True)
    return cp.Problem(
        cp.Minimize(cp.trace(X) + cp.norm(x - 1) + cp.sum(cp.exp(-x)) + 5),
        [X[0, 1] == 1, cp.sum(x) <= 2, cp.norm(x) <= 3],
    )


def small_knapsack() -> cp.Problem:
    """Take two of three items, worth 1, 2 and 3: 5."""
    take = cp.Variable(3, name="take", boolean=True)
    return cp.Problem(cp.Maximize(np.arange(1, 4) @ take), [cp.sum(take) <= 2])


def whole_and_real() -> cp.Problem:
    """Integers, a boolean and a real number: 7 + 3.5 at k = (2, 1), b = 1, x = 3.5."""
    k, x = cp.Variable(2, name="k", integer=True), cp.Variable(name="x")
    b = cp.Variable(name="b", boolean=True)
    limits = [k >= 0, k <= 2, cp.sum(k) <= 3, x <= 2.5 + b, x >= 0]
    return cp.Problem(cp.Maximize(3 * k[0] + k[1] + x), limits)
