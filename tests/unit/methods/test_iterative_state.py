"""What the loop accepts as a state, as metrics, and where a random stream stands."""

import numpy as np
import pandas as pd
import pytest
from iterative_toys import SEED, descent, make_job, regression, zeros

from assay.core.errors import Category, TrainingError
from assay.methods.iterative import streams
from assay.methods.iterative.fit import fit
from assay.methods.iterative.loop import begin
from assay.methods.iterative.stability import movement, snapshot_steps, watched


def fail(init=zeros, step=None, **training):
    with pytest.raises(TrainingError) as caught:
        fit(make_job(init, step or descent(), regression(), **training))
    assert caught.value.category is Category.IMPLEMENTATION
    return caught.value


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ([1.0], "object of type list"),
        ({}, "an empty dict"),
        ({"w": np.array([object()])}, "'w' is an array of dtype object"),
        ({"w": pd.Series([1.0])}, "'w' is a value of type pandas"),
        ({"w": [1.0, 2.0]}, "'w' is a value of type builtins.list"),
        ({"w": np.ma.ones(2)}, "'w' is an array of dtype float64 of type numpy.ma"),
        ({"w": np.array(["a"])}, "'w' is an array of dtype <U1"),
        ({3: np.ones(2)}, "the key 3"),
    ],
)
def test_a_state_that_is_none_is_refused_by_name(state, words):
    error = fail(init=lambda inputs, rng: state)
    assert words in str(error)
    assert error.where == "model_1.py in init"
    assert error.remedy


def test_keys_must_stay():
    error = fail(step=lambda inputs, state, rng: ({"v": state["w"]}, {"loss": 1.0}))
    assert "missing w; new v" in str(error)
    assert error.where == "model_1.py in step"


def test_numbers_become_arrays_and_arrays_one_layout():
    def init(inputs, rng):
        return {"z": 1, "m": np.ones((2, 3)).T, "a": np.float32(2), "n": np.array([1, 2])}

    state = begin(make_job(init, None), 0).state
    assert list(state) == ["a", "m", "n", "z"]
    assert state["m"].flags.c_contiguous
    assert state["m"].shape == (3, 2)
    assert [state[name].dtype.str for name in state] == ["<f4", "<f8", "<i8", "<i8"]
    assert state["z"].shape == ()


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"cost": 1.0},
        {"loss": "1.0"},
        {"loss": None},
        {"loss": True},
        {"loss": np.ones(1)},
        {"loss": 1.0, "grad_norm": -1.0},
        1.0,
    ],
)
def test_metrics_without_a_usable_loss_are_refused(metrics):
    error = fail(step=lambda inputs, state, rng: (state, metrics))
    assert "metrics of step 1" in str(error)
    assert "loss" in error.remedy


def test_metrics_must_keep_their_names():
    def step(inputs, state, rng):
        state["w"][0] += 1
        return state, {"loss": 1.0} if state["w"][0] < 3 else {"loss": 1.0, "grad_norm": 1.0}

    assert "metrics of step 3" in str(fail(step=step))


def test_metrics_may_be_any_real_number():
    def step(inputs, state, rng):
        return state, {"extra": np.float32(2), "loss": np.array(1.5), "count": np.int64(3)}

    history = fit(make_job(zeros, step, regression(), max_steps=12)).arrays
    assert history["history/extra"][0] == 2
    assert history["history/count"].dtype == float


def test_step_must_return_a_pair():
    error = fail(step=lambda inputs, state, rng: state)
    assert "must return (state, metrics)" in str(error)


def test_a_stream_stored_and_resumed_goes_on_alike():
    stream = streams.step_stream(SEED, 2)
    stream.normal(size=5)
    stream.integers(10, dtype=np.uint32)  # leaves half a word in the buffer
    stream.spawn(2)
    resumed = streams.resume(SEED, 2, streams.position(stream))
    assert np.array_equal(streams.position(resumed), streams.position(stream))
    assert resumed.integers(10, dtype=np.uint32) == stream.integers(10, dtype=np.uint32)
    assert np.array_equal(resumed.normal(size=9), stream.normal(size=9))
    assert resumed.spawn(1)[0].random() == stream.spawn(1)[0].random()


def test_streams_of_starts_and_of_init_differ():
    first = [
        streams.step_stream(SEED, 0),
        streams.step_stream(SEED, 1),
        streams.init_stream(SEED, 0),
    ]
    assert len({stream.random() for stream in first}) == 3


@pytest.mark.parametrize("last", [10, 11, 12, 13, 16, 20, 47, 1000])
def test_snapshots_are_taken_at_different_steps_with_odd_distances_among_them(last):
    steps = snapshot_steps(0, last)
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, last)
    assert {step % 2 for step in steps[1:-1:2]} == {1}


STEPS = snapshot_steps(0, 16)
TIME = np.array(STEPS, dtype=float)


def test_what_cannot_be_the_solution_is_not_watched():
    snapshots = {
        "w": np.ones((9, 3)),
        "rate": 0.5**TIME,
        "label": np.ones((9, 3), dtype=int),
    }
    assert watched(snapshots, STEPS) == ["w"]
    alone = {
        "x": 1 + 0.1 * np.sqrt(TIME),
        "t": TIME,
        "rate": 0.99**TIME,
        "damping": 10.0 ** (TIME % 3),
        "flip": (-1.0) ** TIME,
    }
    assert watched(alone, STEPS) == ["x", "flip"]


def test_jitter_counts_unless_steps_are_random_and_drift_always():
    rng = np.random.default_rng(0)
    jitter = {"w": rng.normal(size=(9, 4))}
    drift = {"w": jitter["w"] * 0.01 + TIME[:, None]}
    scales = {"w": 1.0}
    assert movement(jitter, scales, STEPS, random=False).size > 0.5
    assert movement(jitter, scales, STEPS, random=True).size == 0
    assert movement(drift, scales, STEPS, random=True).size > 1


def test_movement_that_cannot_be_measured_is_not_none():
    path = np.ones((9, 2))
    path[-1, 0] = np.nan
    assert np.isnan(movement({"w": path}, {"w": 1.0}, STEPS, random=False).size)
