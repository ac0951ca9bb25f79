"""PyMC's NUTS goes on from its stored state to the last bit."""

import numpy as np
import pymc as pm
import pytest
from bayesian_toys import eight_schools, failed, make_job, mixed

from assay.evidence.arrays import load_arrays, save_arrays
from assay.methods.bayesian.fit import fit as train
from assay.methods.bayesian.recompute import challenge, compare
from assay.methods.bayesian.replay import replay
from assay.methods.bayesian.sampler_state import StateError, capture, restore, resumable
from assay.methods.bayesian.segments import boundaries, segments_of, state_name
from assay.methods.bayesian.settings import Training

OPTIONS = {"sampler": "pymc", "draws": 120, "tune": 150, "chains": 2}


@pytest.fixture(scope="module")
def run():
    job = make_job(eight_schools, **OPTIONS)
    return job, train(job)


def test_every_segment_of_every_chain_agrees(run):
    job, fit = run
    stored = job.channel.checkpoints
    training = job.training
    asked = challenge(fit, training, stored, np.random.default_rng(0))
    every = segments_of(training, 10)
    arrays = {
        f"{part.name}/{name}": values
        for part in every
        for name, values in stored.get(state_name(part.chain, part.start), {}).items()
    }
    request = {
        "chains": [],
        "segments": [[part.chain, part.start, part.stop] for part in every],
        "tune": training.tune,
    }
    again = replay(make_job(eight_schools, **OPTIONS), request, arrays)
    whole = type(asked)(request, arrays, 1.0, "all")
    criteria = compare(whole, fit, stored, again)
    assert not failed(criteria)
    count = sum(values.size for name, values in again.items() if not name.startswith("streams"))
    assert count > 2 * 120 * (10 + 18 + 8)


def test_states_are_the_same_bytes_for_any_number_of_cores(run):
    job, _ = run
    other = make_job(eight_schools, cores=1, **OPTIONS)
    train(other)
    names = [name for name in job.channel.checkpoints if name.startswith("state_")]
    assert len(names) == 2 * (len(boundaries(job.training, 10)) - 2)
    assert len(names) == 2 * 19
    for name in names:
        mine, yours = job.channel.checkpoints[name], other.channel.checkpoints[name]
        assert mine.keys() == yours.keys()
        assert all(mine[key].tobytes() == yours[key].tobytes() for key in mine), name


def test_states_are_plain_arrays_of_few_bytes(run, tmp_path):
    state = run[0].channel.checkpoints["state_1_0000140"]
    save_arrays(tmp_path / "state.npz", state)
    back = load_arrays(tmp_path / "state.npz")
    assert all(back[name].tobytes() == np.asarray(state[name]).tobytes() for name in state)
    assert sum(values.nbytes for values in back.values()) < 5000


def test_capture_after_restore_gives_the_same_arrays(run):
    state = dict(run[0].channel.checkpoints["state_0_0000140"])
    state.pop("unconstrained")
    model = eight_schools(None)
    with model:
        _, step = pm.init_nuts(chains=1, random_seed=[1], progressbar=False)
    with pytest.raises(StateError):
        restore(step, {name: part for name, part in state.items() if "potential" not in name})
    with pytest.raises(StateError):
        restore(step, {})
    point = restore(step, state)
    again = capture(step, point)
    assert again.keys() == state.keys()
    assert all(again[name].tobytes() == state[name].tobytes() for name in state)


def test_steps_for_discrete_variables_have_no_state():
    model = mixed(None)
    with model:
        step = pm.Metropolis([model["k"]])
        assert not resumable(step)
        assert not resumable(pm.CompoundStep([step]))
        with pytest.raises(StateError, match="cannot be resumed"):
            capture(step, {})
        with pytest.raises(StateError, match="cannot be resumed"):
            restore(step, {})
    job = make_job(mixed, **OPTIONS)
    train(job)
    assert not any(name.startswith("state_") for name in job.channel.checkpoints)


def test_boundaries_depend_on_the_design_and_the_size_only():
    training = Training(draws=100, tune=100, sampler="pymc")
    assert boundaries(training, 10) == list(range(0, 201, 10))
    assert boundaries(Training(draws=4, tune=1), 1) == [0, 1, 2, 3, 4, 5]
    assert len(boundaries(training, 100_000)) == 5
    assert boundaries(training, 10**9) == [0, 100, 200]
    assert {part.stop - part.start for part in segments_of(training, 10)} == {10}
