"""Every gate of iterative models: a run that passes it and one that does not."""

import numpy as np
import pytest
from iterative_toys import (
    descent,
    failed,
    judged,
    least_squares,
    make_job,
    minibatch,
    minibatch_start,
    normals,
    regression,
    squares,
    zeros,
)

from assay.core.criteria import all_passed
from assay.core.fit import Fit
from assay.methods.iterative.diagnose import diagnose


def outcome(init, step, features=None, **how):
    return judged(make_job(init, step, features, **how))[1]


def test_an_ordinary_model_passes_every_gate():
    criteria = outcome(normals, descent(), regression(), restarts=2)
    assert failed(criteria) == []
    assert list(criteria) == [
        "finite",
        "steps",
        "loss_change",
        "remaining_decrease",
        "gradient_explosion",
        "grad_norm",
        "stability/loss",
        "stability/state",
        "lower_nearby",
        "at_infinity",
        "restarts_differ",
        "restarts_agree",
    ]


def test_reaching_the_step_limit_is_a_failure():
    criteria = outcome(normals, descent(), regression(condition=100), max_steps=100)
    assert not criteria["steps"].passed
    assert (criteria["steps"].value, criteria["steps"].threshold) == (100, 100)
    assert "max_steps" in criteria["steps"].advice
    assert criteria["stability/loss"].value is None


def test_a_limit_too_low_to_judge_says_so():
    criteria = outcome(normals, descent(), regression(), max_steps=8)
    assert "over 11" in criteria["steps"].advice


@pytest.mark.parametrize("condition", [1e4, 1e6])
@pytest.mark.parametrize("tolerance", [1e-8, 1e-5])
def test_a_fit_that_looks_converged_but_is_not_is_refused(condition, tolerance):
    data = regression(3, condition=condition)
    job = make_job(normals, descent(), data, max_steps=1500, tolerance=tolerance)
    fitted, criteria = judged(job)
    loss = fitted.arrays["history/loss"]
    assert loss[-1] > 1.005 * least_squares(data)
    assert abs(loss[-1] - loss[-2]) < 1e-3 * loss[-1]
    assert {"steps", "remaining_decrease"} <= set(failed(criteria))


@pytest.mark.filterwarnings("ignore:overflow")
def test_an_exploding_gradient_ends_the_run_and_is_named():
    fitted, criteria = judged(make_job(normals, descent(2.5), regression()))
    assert fitted.meta["starts"][0]["end"] == "not finite"
    assert fitted.meta["starts"][0]["steps"] < 2000
    assert {"finite", "gradient_explosion", "steps"} <= set(failed(criteria))
    assert criteria["gradient_explosion"].value == np.inf
    assert "at step" in criteria["finite"].where
    assert criteria["steps"].value is None


def test_an_explosion_that_ends_before_infinity_is_seen():
    criteria = outcome(normals, descent(2.1), regression(), max_steps=200)
    assert 1e3 < criteria["gradient_explosion"].value < np.inf
    assert not criteria["gradient_explosion"].passed
    bare = outcome(normals, descent(2.1, gradient=False), regression(), max_steps=200)
    assert not bare["gradient_explosion"].passed


def test_a_loss_that_turns_nan_after_settling_is_refused():
    calls = limit = 0

    def step(inputs, state, rng):
        nonlocal calls
        state, metrics = descent()(inputs, state, rng)
        calls += 1
        return state, metrics if calls < limit else {**metrics, "loss": np.nan}

    for limit in range(25, 45):
        calls = 0
        fitted, criteria = judged(make_job(normals, step, regression(condition=1.01)))
        if fitted.meta["starts"][0]["end"] == "not finite":
            assert {"finite", "steps", "gradient_explosion"} <= set(failed(criteria))
            assert criteria["finite"].where == f"loss at step {limit}"


def test_a_state_that_is_not_finite_is_refused():
    def step(inputs, state, rng):
        new, metrics = descent()(inputs, state, rng)
        return {**new, "z": np.array([np.inf, 0])}, metrics

    def init(inputs, rng):
        return {**zeros(inputs, rng), "z": np.zeros(2)}

    criteria = outcome(init, step, regression(), max_steps=100)
    assert criteria["finite"].where == "state z"
    assert {"finite", "steps"} <= set(failed(criteria))


def shrinking(inputs, state, rng):
    loss, g = squares(inputs.features, state["w"])
    rate = float(state["rate"])
    state = {"w": state["w"] - rate * inputs.features.rate * g, "rate": 0.8 * rate}
    return state, {"loss": loss, "grad_norm": float(np.linalg.norm(g))}


def shrinking_start(inputs, rng):
    return {**normals(inputs, rng), "rate": 1.0}


def test_a_step_size_that_shrinks_too_soon_leaves_a_gradient():
    criteria = outcome(shrinking_start, shrinking, regression(condition=30))
    assert failed(criteria) == ["grad_norm", "lower_nearby"]
    assert "step size" in criteria["grad_norm"].advice


def test_the_design_may_limit_the_gradient():
    how = {"convergence": {"grad_norm": 1e-6}, "tolerance": 1e-2}
    loose = outcome(normals, descent(), regression(condition=50), **how)
    assert failed(loose) == ["grad_norm"]
    assert loose["grad_norm"].threshold == 1e-6
    tight = outcome(normals, descent(), regression(), convergence={"grad_norm": 1e-6})
    assert failed(tight) == []
    missing = outcome(normals, descent(gradient=False), regression(), convergence={"grad_norm": 1})
    assert failed(missing) == ["grad_norm"]
    assert missing["grad_norm"].value is None


def test_without_a_gradient_nothing_is_said_about_it():
    criteria = outcome(normals, descent(gradient=False), regression())
    assert "grad_norm" not in criteria
    assert failed(criteria) == []


def test_a_noisy_gradient_is_a_remark():
    def step(inputs, state, rng):
        new, metrics = minibatch(inputs, state, rng)
        return new, {**metrics, "grad_norm": 1.0}

    how = {"tolerance": 1e-2, "max_steps": 5000}
    criteria = outcome(minibatch_start, step, regression(), **how)
    assert not criteria["grad_norm"].gates
    assert failed(criteria) == []


def test_a_start_at_the_solution_passes_only_if_the_gradient_shows_it():
    data = regression()
    best = np.linalg.lstsq(data.x, data.y, rcond=None)[0]

    def solution(inputs, rng):
        return {"w": best.copy()}

    assert failed(outcome(solution, descent(), data)) == []
    assert failed(outcome(solution, descent(gradient=False), data)) == ["progress"]


@pytest.mark.parametrize("factor", [1e-6, 1e-10, 1e-14])
@pytest.mark.parametrize("gradient", [True, False])
@pytest.mark.parametrize("init", [zeros, normals])
def test_a_step_size_that_does_nothing_is_refused(factor, gradient, init):
    assert failed(outcome(init, descent(factor, gradient), regression(), max_steps=300))


def test_weights_that_grow_for_ever_are_not_stable():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    y = (x[:, 0] > 0).astype(float)

    def step(inputs, state, rng):
        z = np.clip(x @ state["w"], -500, 500)
        mu = 1 / (1 + np.exp(-z))
        hessian = (x * (mu * (1 - mu))[:, None]).T @ x + 1e-300 * np.eye(2)
        loss = float(np.logaddexp(0, z).sum() - y @ z)
        return {"w": state["w"] - np.linalg.solve(hessian, x.T @ (mu - y))}, {"loss": loss}

    criteria = outcome(lambda inputs, rng: {"w": np.zeros(2)}, step, max_steps=28)
    assert "steps" in failed(criteria)


def test_a_flat_loss_with_a_wandering_state_is_refused():
    def step(inputs, state, rng):
        w = state["w"]
        return {"w": w + np.array([0.0, 0.1]) - 0.5 * w * [1, 0]}, {"loss": 1 + w[0] ** 2}

    criteria = outcome(lambda inputs, rng: {"w": np.ones(2)}, step, max_steps=500)
    assert "stability/state" in failed(criteria)
    assert criteria["stability/state"].value > 0.01
    assert "infinity" in criteria["steps"].advice


def test_going_to_and_fro_is_refused():
    def step(inputs, state, rng):
        return {"w": -state["w"]}, {"loss": 1 + float(state["w"] @ state["w"])}

    assert "stability/state" in failed(outcome(normals, step, regression(), max_steps=500))


def wells(inputs, state, rng):
    x = state["w"]
    gradient = 4 * x * (x**2 - 1) + 0.3
    return {"w": x - 0.02 * gradient}, {"loss": float(((x**2 - 1) ** 2 + 0.3 * x).sum() + 3)}


def test_restarts_find_other_minima():
    data = regression(p=6)
    alone = outcome(normals, wells, data)
    assert failed(alone) == []
    criteria = outcome(normals, wells, data, restarts=3)
    assert failed(criteria) == ["restarts_agree"]
    assert criteria["restarts_agree"].where.startswith("restart ")


def test_restarts_from_the_same_place_prove_nothing():
    criteria = outcome(zeros, descent(), regression(), restarts=2)
    assert failed(criteria) == ["restarts_differ"]
    assert criteria["restarts_differ"].where == "restart 1, restart 2"
    how = {"restarts": 1, "tolerance": 1e-2, "max_steps": 5000}
    random_steps = outcome(
        lambda inputs, rng: {"w": np.zeros(3), "t": 0.0}, minibatch, regression(), **how
    )
    assert failed(random_steps) == []


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_restart_that_fails_is_named():
    calls = 0

    def init(inputs, rng):
        nonlocal calls
        calls += 1
        return {"w": np.full(3, 1.0 if calls == 1 else 1e200)}

    criteria = outcome(init, descent(), regression(), restarts=1)
    assert not criteria["finite"].passed
    assert criteria["finite"].where.startswith("restart 1")


def test_stochastic_descent_with_a_decaying_step_passes():
    how = {"tolerance": 1e-2, "max_steps": 5000}
    assert failed(outcome(minibatch_start, minibatch, regression(), **how)) == []


def test_a_history_changed_afterwards_fails():
    job = make_job(normals, descent(), regression(condition=20))
    fitted, criteria = judged(job)
    assert all_passed(list(criteria.values()))
    cut = dict(fitted.arrays)
    cut["history/loss"] = cut["history/loss"][:40]
    verdicts = diagnose(Fit(cut, fitted.meta), job.training, job.convergence)
    assert {"finite", "steps"} <= {one.name for one in verdicts if not one.passed}
    flat = dict(fitted.arrays)
    flat["history/loss"] = flat["history/loss"] + np.linspace(1e-3, 0, len(flat["history/loss"]))
    verdicts = diagnose(Fit(flat, fitted.meta), job.training, job.convergence)
    assert "steps" in {one.name for one in verdicts if not one.passed}
