"""What shows on an iterative model itself that a fit is its answer, and fits that are not."""

from dataclasses import replace

import numpy as np
import pytest
from iterative_toys import (
    descent,
    doubted,
    evidence,
    make_job,
    minibatch,
    minibatch_start,
    normals,
    refused,
    regression,
    squares,
    zeros,
)

from assay.core.fit import Fit
from assay.methods.iterative.fit import fit, view
from assay.methods.iterative.replay import certify, perturb


def smooth(init=normals, step=None, **how):
    return make_job(init, step or descent(), regression(condition=20), **how)


def stochastic(**how):
    how = {"tolerance": 1e-2, "max_steps": 3000, **how}
    return make_job(minibatch_start, minibatch, regression(), **how)


def with_arrays(fitted, **arrays):
    return Fit(
        {**fitted.arrays, **{k.replace("__", "/"): v for k, v in arrays.items()}}, fitted.meta
    )


@pytest.mark.parametrize("make", [smooth, stochastic])
@pytest.mark.parametrize("restarts", [0, 2])
def test_an_honest_fit_is_certified(make, restarts):
    job = make(restarts=restarts)
    criteria = certify(job, fit(job))
    assert len(criteria) >= 4 * (1 + restarts)
    assert refused(criteria) == doubted(criteria) == []


def test_another_seed_is_refused():
    fitted = fit(smooth(seed="12" * 32))
    assert {"seed", "init"} <= set(refused(certify(smooth(), fitted)))
    fitted = fit(smooth(init=zeros, seed="12" * 32))
    assert refused(certify(smooth(init=zeros), fitted)) == ["seed"]


def test_an_early_iterate_is_refused():
    job = smooth(checkpoint_every=20)
    fitted, stored = evidence(job)
    early = with_arrays(fitted, state__w=stored["state_0_000000020"]["state/w"])
    assert refused(certify(job, early)) == ["one_more_step"]


def test_a_random_models_early_iterate_is_in_doubt():
    job = stochastic(checkpoint_every=5)
    fitted, stored = evidence(job)
    early = with_arrays(fitted, state__w=stored["state_0_000000000"]["state/w"] + 9)
    assert doubted(certify(job, early)) == ["one_more_step"]


def test_an_edited_loss_is_refused():
    job = smooth()
    fitted = fit(job)
    lower = with_arrays(fitted, history__loss=fitted.arrays["history/loss"] * (1 - 1e-6))
    assert "loss_on_record" in refused(certify(job, lower))
    last = fitted.arrays["history/loss"].copy()
    last[-1] *= 0.99
    assert "one_more_step" in refused(certify(job, with_arrays(fitted, history__loss=last)))


def test_confirming_states_that_were_made_up_are_refused():
    job = smooth()
    fitted = fit(job)
    made_up = with_arrays(fitted, confirm__w=fitted.arrays["confirm/w"] * 1.001)
    assert "loss_on_record" in refused(certify(job, made_up))


def test_rounding_is_a_doubt():
    fitted = fit(smooth())

    def rounded(inputs, rng):
        return {"w": normals(inputs, rng)["w"] * (1 + 1e-13)}

    def step(inputs, state, rng):
        state, metrics = descent()(inputs, state, rng)
        return state, {**metrics, "loss": metrics["loss"] * (1 + 1e-14)}

    criteria = certify(smooth(init=rounded, step=step), fitted)
    assert refused(criteria) == []
    assert doubted(criteria) == ["init_exact", "loss_exact", "nudges_exact"]


def test_another_model_is_refused():
    def elsewhere(inputs, state, rng):
        loss, gradient = squares(inputs.features, state["w"])
        return {"w": state["w"] - gradient}, {"loss": loss + 0.01, "grad_norm": 0.0}

    found = refused(certify(smooth(step=elsewhere), fit(smooth())))
    assert {"loss_on_record", "one_more_step"} <= set(found)
    other = {"w": np.zeros(3, dtype=np.float32)}
    assert "init" in refused(certify(smooth(init=lambda inputs, rng: other), fit(smooth())))


def test_a_step_that_training_never_did_may_fail():
    job = smooth()
    fitted = fit(job)
    end = fitted.arrays["state/w"]

    def step(inputs, state, rng):
        if np.array_equal(state["w"], end):
            raise ZeroDivisionError
        return descent()(inputs, state, rng)

    criteria = certify(make_job(normals, step, regression(condition=20)), fitted)
    assert refused(criteria) == []
    assert doubted(criteria) == ["one_more_step"]


def test_perturbed_states_are_other_states_of_the_same_kind():
    def init(inputs, rng):
        return {
            "w": np.array([0.0, -1.0, 2.0]),
            "label": np.array([0, 2, 1]),
            "on": np.array([True, False]),
            "t": np.array(4),
            "z": np.array([1 + 1j]),
        }

    job = make_job(init, lambda i, s, r: (s, {"loss": 1.0}), max_steps=30, restarts=1)
    fitted = fit(job)
    others = perturb(fitted, np.random.default_rng(0))
    assert len(others) == 6
    for other in others:
        assert other.meta == fitted.meta
        assert other.arrays.keys() == fitted.arrays.keys()
        for name, array in fitted.arrays.items():
            assert (other.arrays[name].dtype, other.arrays[name].shape) == (
                array.dtype,
                array.shape,
            )
        w = other.arrays["state/w"]
        assert not np.array_equal(w, fitted.arrays["state/w"])
        assert w[1] < 0 < w[2]
        assert other.arrays["state/label"].min() >= 0
        assert other.arrays["state/label"].max() <= 2
        assert np.array_equal(other.arrays["restart/1/state/w"], fitted.arrays["state/w"])
    assert others[0].arrays["state/w"] == pytest.approx(fitted.arrays["state/w"] * 1.001)
    for name in ("label", "on", "t"):
        same = [
            np.array_equal(o.arrays[f"state/{name}"], fitted.arrays[f"state/{name}"])
            for o in others
        ]
        assert same == [True, True, False, False, False, False]
    assert others[-1].arrays["state/w"][0] != 0
    history = [
        np.array_equal(o.arrays["history/loss"], fitted.arrays["history/loss"]) for o in others
    ]
    assert history == [True] * 5 + [False]
    assert len({view(o, np.random.default_rng(0)).state["w"].tobytes() for o in others}) == 6


def test_a_state_of_integers_alone_is_perturbed_too():
    job = make_job(
        lambda inputs, rng: {"n": np.array([3, 5]), "b": np.array(True)},
        lambda inputs, state, rng: (state, {"loss": 1.0}),
        max_steps=30,
    )
    fitted = fit(job)
    for other in perturb(fitted, np.random.default_rng(1)):
        assert not np.array_equal(other.arrays["state/n"], fitted.arrays["state/n"])
        assert not other.arrays["state/b"]


def test_the_same_generator_gives_the_same_perturbations():
    fitted = fit(replace(smooth()))
    first, second = (perturb(fitted, np.random.default_rng(5)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert all(np.array_equal(one.arrays[k], other.arrays[k]) for k in one.arrays)
