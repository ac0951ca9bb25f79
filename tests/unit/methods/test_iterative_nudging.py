"""Steps that stand still: at a minimum, or because they have grown too small."""

import numpy as np
import pytest
from iterative_toys import (
    descent,
    evidence,
    failed,
    judged,
    make_job,
    refused,
    regression,
    zeros,
)

from assay.core.fit import Fit
from assay.methods.base import Quiet
from assay.methods.iterative.fit import fit
from assay.methods.iterative.nudging import PUSHES, lowest
from assay.methods.iterative.recompute import inspect
from assay.methods.iterative.replay import certify

X = np.array([77.6, 141.1, 239.9, 332.8, 434.8, 536.8, 689.1, 760.0])
Y = np.array([10.07, 17.94, 29.61, 40.02, 50.76, 61.01, 75.47, 81.78])


def start(inputs, rng):
    return {"b": np.array([250.0, 0.0005]), "k": 1.0}


def gauss_newton(pace):
    """Fit y = b1·(1 - exp(-b2·x)) by steps of a length that depends on their number."""

    def step(inputs, state, rng):
        b, k = state["b"], float(state["k"])
        decay = np.exp(-b[1] * X)
        residual = Y - b[0] * (1 - decay)
        change = np.linalg.lstsq(np.c_[1 - decay, b[0] * X * decay], residual, rcond=None)[0]
        return {"b": b + pace(k) * change, "k": k + 1}, {"loss": float(residual @ residual)}

    return step


HASTY = {
    "halved every time": lambda k: 0.6 * 0.5**k,
    "stopped dead": lambda k: 0.8 if k < 3 else 0.0,
    "falling like 1/k²": lambda k: 0.9 / k**2,
}


def hasty(name, **training):
    return make_job(start, gauss_newton(HASTY[name]), max_steps=20000, **training)


@pytest.mark.parametrize("name", HASTY)
@pytest.mark.parametrize("tolerance", [1e-8, 1e-4])
def test_steps_that_vanish_before_the_minimum_are_refused(name, tolerance):
    full = judged(make_job(start, gauss_newton(lambda k: 1.0)))
    assert failed(full[1]) == []
    fitted, criteria = judged(hasty(name, tolerance=tolerance))
    assert np.abs(fitted.arrays["state/b"] / full[0].arrays["state/b"] - 1).max() > 1e-4
    assert failed(criteria)
    if "steps" not in failed(criteria):  # nothing but the push shows it
        assert failed(criteria) == ["lower_nearby"]
        assert "step size" in criteria["lower_nearby"].advice


def frank_wolfe(inputs, state, rng):
    """Minimise |x - c|² over the simplex: no step ever leaves it, and none leads back to it."""
    c, x, k = inputs.features, state["x"], float(state["k"])
    gradient = 2 * (x - c)
    corner = np.eye(len(c))[np.argmin(gradient)]
    loss = float(np.sum((x - c) ** 2))
    pace = min(1.0, gradient @ (x - corner) / max(2 * np.sum((x - corner) ** 2), 1e-300))
    return {"x": x + pace * (corner - x), "k": k + 1}, {"loss": loss}


def alternating_directions(inputs, state, rng):
    """The lasso by ADMM, whose objective is lower where x and z do not agree yet."""
    data = inputs.features
    x = np.linalg.solve(data.x.T @ data.x + np.eye(3), data.x.T @ data.y + state["z"] - state["u"])
    z = np.sign(x + state["u"]) * np.maximum(np.abs(x + state["u"]) - 5.0, 0)
    loss = 0.5 * np.sum((data.x @ x - data.y) ** 2) + 5.0 * np.abs(z).sum()
    return {"z": z, "u": state["u"] + x - z}, {"loss": float(loss)}


def projected(inputs, state, rng):
    """Least squares with w <= 0.1 by projected gradients; the loss is that before the step."""
    data, w = inputs.features, state["w"]
    residual = data.x @ w - data.y
    lower = np.minimum(w - data.rate / len(residual) * data.x.T @ residual, 0.1)
    return {"w": lower}, {"loss": float(residual @ residual)}


HONEST = {
    "Frank-Wolfe": (
        lambda inputs, rng: {"x": np.array([0.0, 0.0, 1.0]), "k": 0.0},
        frank_wolfe,
        {"features": np.array([0.9, 0.6, -0.4]), "tolerance": 1e-3},
    ),
    "ADMM": (
        lambda inputs, rng: {"z": np.zeros(3), "u": np.zeros(3)},
        alternating_directions,
        {"features": regression()},
    ),
    "projection": (zeros, projected, {"features": regression()}),
}


@pytest.mark.parametrize("name", HONEST)
def test_answers_on_the_edge_of_what_is_allowed_pass(name):
    init, step, how = HONEST[name]
    assert failed(judged(make_job(init, step, max_steps=20000, **how))[1]) == []


def test_a_jump_into_another_valley_does_not_count():
    losses = np.full(PUSHES, 1.0)
    losses[2] = [0.5, 1.0, 1.0, 1.0]  # a tenth of this push lowers nothing
    assert lowest(losses, 1.0, 0.9) is None
    losses[2] = [0.5, 0.5, 0.5, 1.0]
    assert lowest(losses, 1.0, 0.9) is None
    losses[2] = [0.5, 0.95, 0.995, 0.9995]
    assert lowest(losses, 1.0, 0.9) == (2, 0)


def test_a_forged_record_of_pushes_is_found():
    job = hasty("stopped dead")
    fitted, stored = evidence(job)
    flat = np.full(PUSHES, fitted.arrays["history/loss"][-1])
    arrays = {**fitted.arrays, "nudge/loss": flat, "nudge/followed": np.empty(0)}
    forged = Fit(arrays=arrays, meta=fitted.meta)
    assert refused(certify(job, forged)) == ["lower_nearby"]
    del arrays["nudge/loss"]
    assert "arrays" in refused(inspect(Fit(arrays, fitted.meta), job.training, stored))


def test_parameters_at_infinity_are_refused():
    """BoxBOD of NIST StRD from its first start: an early step lands at b2 = 114."""
    x = np.array([1.0, 2, 3, 5, 7, 10])
    y = np.array([109.0, 149, 149, 191, 213, 224])

    def step(inputs, state, rng):
        b = state["b"]
        decay = np.exp(-b[1] * x)
        residual = y - b[0] * (1 - decay)
        change = np.linalg.lstsq(np.c_[1 - decay, b[0] * x * decay], residual, rcond=1e-30)[0]
        return {"b": b + change}, {"loss": float(residual @ residual)}

    near = judged(make_job(lambda inputs, rng: {"b": np.array([100.0, 0.75])}, step))
    assert failed(near[1]) == []
    assert near[0].arrays["state/b"] == pytest.approx([213.80940889, 0.54723748542], rel=1e-6)

    def lost(inputs, rng):
        return {"b": np.array([1.0, 1.0]), "k": 0}

    def overshooting(inputs, state, rng):
        if state["k"] == 0:
            return {"b": np.array([172.5, 114.0]), "k": 1}, {"loss": 1e6}
        found, metrics = step(inputs, state, rng)
        return {**found, "k": state["k"] + 1}, metrics

    fitted, criteria = judged(make_job(lost, overshooting))
    assert fitted.arrays["history/loss"][-1] == pytest.approx(9771.5)
    assert failed(criteria) == ["at_infinity"]


def test_pushes_are_seen_to_go_on():
    """Steps after a push are as slow as any other; without a sign of them it would look stalled."""

    class Steps(Quiet):
        told: list[tuple[int, int | None]] = []  # noqa: RUF012

        def progress(self, step, of, **metrics):
            self.told.append((step, of))

    fit(make_job(zeros, descent(), regression(), channel=Steps()))
    pushes = [step for step, of in Steps.told if of is None]
    assert pushes == list(range(len(pushes)))
    assert len(pushes) >= np.prod(PUSHES)
