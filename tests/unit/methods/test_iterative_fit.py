"""Training an iterative model: same bytes, checkpoints, replay, and what results receives."""

import numpy as np
import pytest
from iterative_toys import (
    SEED,
    Notebook,
    descent,
    judged,
    least_squares,
    make_job,
    minibatch,
    minibatch_start,
    normals,
    regression,
    zeros,
)

from assay.core.criteria import all_passed
from assay.core.seeds import generator
from assay.evidence.arrays import load_fit, save_fit
from assay.methods.iterative.diagnose import diagnose
from assay.methods.iterative.fit import fit, view


def stochastic(**how):
    how = {"tolerance": 1e-3, "max_steps": 300, "checkpoint_every": 40, **how}
    return make_job(minibatch_start, minibatch, regression(), **how)


def test_gradient_descent_reaches_the_least_squares():
    data = regression(condition=20)
    fitted, criteria = judged(make_job(normals, descent(), data))
    assert all_passed(list(criteria.values()))
    assert fitted.arrays["history/loss"][-1] == pytest.approx(least_squares(data), rel=1e-8)


def test_same_seed_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", SEED), ("b", SEED), ("c", "cd" * 32)):
        save_fit(tmp_path / name, fit(stochastic(seed=seed, restarts=1)))
    for file in ("fit.npz", "fit.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert (tmp_path / "a" / "fit.npz").read_bytes() != (tmp_path / "c" / "fit.npz").read_bytes()


def test_a_fit_read_back_gives_the_same_verdicts(tmp_path):
    for job in (stochastic(), make_job(normals, descent(), regression(), restarts=1)):
        fitted = fit(job)
        save_fit(tmp_path, fitted)
        back = diagnose(load_fit(tmp_path), job.training, job.convergence)
        assert back == diagnose(fitted, job.training, job.convergence)


def test_checkpoints_are_regular_and_the_last_state_is_one():
    notebook = Notebook()
    fitted = fit(stochastic(channel=notebook))
    steps = [0, 40, 80, 120, 160, 200, 240, 280, 300]
    assert list(notebook.checkpoints) == [f"state_0_{step:09d}" for step in steps]
    assert fitted.meta["starts"][0]["checkpoints"] == steps
    assert fitted.meta["iterations"] == "300 steps"
    arrays, meta = notebook.checkpoints["state_0_000000300"]
    assert meta == {"start": 0, "step": 300}
    assert np.array_equal(arrays["state/w"], fitted.arrays["state/w"])
    assert np.array_equal(arrays["stream"], fitted.arrays["stream/end"])


def test_a_step_in_place_does_not_touch_what_was_stored():
    notebook = Notebook()
    fit(stochastic(channel=notebook))
    states = [arrays["state/w"].tobytes() for arrays, _ in notebook.checkpoints.values()]
    assert len(set(states)) == len(states)


def test_heartbeats_add_checkpoints_but_do_not_change_the_fit():
    notebook = Notebook(due=True)
    with_heartbeats = fit(stochastic(channel=notebook))
    assert len(notebook.checkpoints) == 301
    assert with_heartbeats.meta == fit(stochastic()).meta


def test_progress_is_reported_with_its_metrics():
    notebook = Notebook()
    fitted = fit(make_job(zeros, descent(), regression(), channel=notebook, max_steps=500))
    step, of, metrics = notebook.progressed[0]
    assert (step, of) == (1, 500)
    assert set(metrics) == {"loss", "grad_norm"}
    told = [step for step, of, _ in notebook.progressed if of is not None]  # pushes have no total
    assert told == list(range(1, fitted.meta["starts"][0]["steps"] + 1))
    assert notebook.phases == ["steps"]


def test_results_receive_state_history_and_rng():
    fitted = fit(make_job(zeros, descent(), regression()))
    seen = view(fitted, generator(SEED, "results"))
    assert list(seen.state) == ["w"]
    assert list(seen.history.columns) == ["loss", "grad_norm"]
    assert seen.history.index.name == "step"
    assert len(seen.history) == fitted.meta["starts"][0]["steps"]
    assert seen.history["loss"].iloc[-1] == fitted.arrays["history/loss"][-1]
    assert 0 <= seen.rng.random() < 1
    seen.state["w"][:] = 0
    assert fitted.arrays["state/w"].any()
