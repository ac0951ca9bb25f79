"""What a validator finds in an iterative fit's evidence alone, and what it has done again."""

import json
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from iterative_forgeries import FORGERIES
from iterative_toys import (
    SEED,
    descent,
    evidence,
    make_job,
    minibatch,
    minibatch_start,
    normals,
    refused,
    regression,
    zeros,
)

from assay.core.fit import Fit
from assay.evidence.arrays import load_arrays, load_fit, save_arrays, save_fit
from assay.methods.base import CHALLENGE_SHARE
from assay.methods.iterative import streams
from assay.methods.iterative.recompute import challenge, compare, inspect
from assay.methods.iterative.replay import replay
from assay.methods.iterative.segments import Segment, choose, place, segments


def stochastic(**how):
    how = {"tolerance": 1e-3, "max_steps": 300, "checkpoint_every": 40, "restarts": 1, **how}
    return make_job(minibatch_start, minibatch, regression(), **how)


def smooth(**how):
    how = {"max_steps": 500, "checkpoint_every": 10, **how}
    return make_job(normals, descent(), regression(condition=20), **how)


def fixed_point():
    def step(inputs, state, rng):
        return {"w": np.round(state["w"] / 2, 3)}, {"loss": float(np.sum(state["w"] ** 2))}

    return make_job(normals, step, regression(), max_steps=100, checkpoint_every=5)


JOBS = {"stochastic": stochastic, "smooth": smooth, "fixed point": fixed_point}


@pytest.fixture(scope="module", params=JOBS)
def honest(request):
    job = JOBS[request.param]()
    return job, *evidence(job)


def edited(fitted, stored):
    arrays = {name: array.copy() for name, array in fitted.arrays.items()}
    return Fit(arrays, deepcopy(dict(fitted.meta))), deepcopy(stored)


def everything(job, fitted, stored):
    """Challenge every segment and compare."""
    asked = challenge(fitted, job.training, stored, np.random.default_rng(0), share=1.0)
    assert asked.share == 1
    return compare(asked, fitted, stored, replay(job, asked.request, asked.arrays))


# ---------------------------------------------------------------- inspect


def test_honest_evidence_does_not_contradict_itself(honest):
    job, fitted, stored = honest
    criteria = inspect(fitted, job.training, stored)
    assert len(criteria) >= 10
    assert refused(criteria) == []


def test_states_at_heartbeats_are_welcome():
    job = stochastic(restarts=0)
    fitted, stored = evidence(job)
    often, more = evidence(stochastic(restarts=0, checkpoint_every=10))
    more = {name: more[name] for name in more if place(name)[1] < often.meta["starts"][0]["steps"]}
    both = {name: {**more, **stored}[name] for name in sorted({**more, **stored})}
    assert len(both) > len(stored)
    assert refused(inspect(fitted, job.training, both)) == []


def test_a_fixed_point_rests():
    _, stored = evidence(fixed_point())
    last = [stored[name]["state/w"].tobytes() for name in stored][-3:]
    assert len(set(last)) == 1


@pytest.fixture(scope="module")
def run():
    job = stochastic()
    return job, *evidence(job)


@pytest.mark.parametrize(
    ("forge", "found"), FORGERIES.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_a_contradiction_is_found(run, forge, found):
    job, fitted, stored = run
    fitted, stored = edited(fitted, stored)
    forge(fitted, stored)
    criteria = inspect(fitted, job.training, stored)
    assert found in refused(criteria)
    assert next(one for one in criteria if one.name == found and not one.passed).advice


def test_more_steps_than_the_design_allows_are_found(run):
    _, fitted, stored = run
    assert "steps_done" in refused(inspect(fitted, stochastic(max_steps=250).training, stored))


def test_a_confirming_state_that_is_no_checkpoint_is_found():
    job = smooth()
    fitted, stored = evidence(job)
    fitted.arrays["confirm/w"][-1, 0] += 1e-9
    assert refused(inspect(fitted, job.training, stored)) == ["confirming_states"]


def test_the_way_between_two_positions_is_counted():
    stream = streams.step_stream(SEED, 0)
    first = streams.position(stream)
    stream.integers(2**63, size=1234)
    later = streams.position(stream)
    assert streams.numbers_between(first, later) == 1234
    assert streams.numbers_between(later, first) == 2**128 - 1234
    assert streams.numbers_between(first, first) == 0
    other = streams.position(streams.step_stream(SEED, 1))
    assert streams.numbers_between(first, other) is None


# ---------------------------------------------------------------- challenge and compare


def test_honest_segments_come_out_again_whichever_are_drawn(honest):
    job, fitted, stored = honest
    for seed in range(10):
        asked = challenge(fitted, job.training, stored, np.random.default_rng(seed))
        assert asked.what.startswith("steps ")
        [one] = compare(asked, fitted, stored, replay(job, asked.request, asked.arrays))
        assert one.passed, one.where


def test_all_segments_come_out_again(honest):
    job, fitted, stored = honest
    assert refused(everything(job, fitted, stored)) == []


def test_evidence_that_was_stored_and_read_back_gives_the_same(tmp_path, honest):
    job, fitted, stored = honest

    def through_disk(arrays):
        save_arrays(tmp_path / "arrays.npz", arrays)
        return load_arrays(tmp_path / "arrays.npz")

    save_fit(tmp_path, fitted)
    fitted = load_fit(tmp_path)
    stored = {name: through_disk(arrays) for name, arrays in stored.items()}
    assert refused(inspect(fitted, job.training, stored)) == []
    asked = challenge(fitted, job.training, stored, np.random.default_rng(2))
    request = json.loads(json.dumps(asked.request))
    found = through_disk(replay(job, request, through_disk(asked.arrays)))
    assert refused(compare(asked, fitted, stored, found)) == []


def test_every_segment_may_be_drawn_and_the_share_is_kept(run):
    job, fitted, stored = run
    drawn, fewer = set(), smooth(max_steps=5000, checkpoint_every=1)
    for seed in range(150):
        asked = challenge(fitted, job.training, stored, np.random.default_rng(seed))
        assert len(asked.request["segments"]) == 1 or asked.share <= CHALLENGE_SHARE
        drawn |= {(one["start"], one["first"]) for one in asked.request["segments"]}
    assert drawn == {(one.start, one.first) for one in segments(stored)}
    fitted, stored = evidence(fewer)
    asked = challenge(fitted, fewer.training, stored, np.random.default_rng(1))
    assert 0.04 < asked.share <= CHALLENGE_SHARE
    assert len(asked.request["segments"]) > 5


def test_a_draw_takes_one_segment_however_long():
    long = [Segment(0, 0, 900), Segment(0, 900, 1000)]
    seen = {tuple(choose(long, 80, np.random.default_rng(seed))) for seed in range(50)}
    assert seen == {(long[0],), (long[1],)}
    assert choose([], 80, np.random.default_rng(0)) == []


def test_without_states_there_is_no_challenge(run):
    job, fitted, _ = run
    assert challenge(fitted, job.training, {}, np.random.default_rng(0)) is None


def test_only_the_states_that_are_needed_are_read(run):
    job, fitted, stored = run
    read = []

    class Lazy(dict):
        def __getitem__(self, name):
            read.append(name)
            return super().__getitem__(name)

    challenge(fitted, job.training, Lazy(stored), np.random.default_rng(3))
    assert len(read) <= 1


def state_in_the_last_bit(fit, stored):
    state = stored["state_0_000000160"]["state/w"]
    state[0] = np.nextafter(state[0], 9)


def segment_skipped(fit, stored):
    stored["state_0_000000160"] = stored["state_0_000000200"]


def history_edited(fit, stored):
    fit.arrays["history/loss"][123] *= 1 + 1e-15


def history_of_restart_edited(fit, stored):
    fit.arrays["restart/1/history/loss"][7] *= 0.9


def beginning_moved(fit, stored):
    stored["state_0_000000000"]["state/w"] += 1e-12


def stream_moved(fit, stored):
    stored["state_0_000000080"]["stream"][1] += 2


def last_state_made_up(fit, stored):
    stored["state_0_000000300"]["state/w"] *= 1 + 1e-12


@pytest.mark.parametrize(
    "forge",
    [
        state_in_the_last_bit,
        segment_skipped,
        history_edited,
        history_of_restart_edited,
        beginning_moved,
        stream_moved,
        last_state_made_up,
    ],
)
def test_what_is_false_does_not_come_out_again(run, forge):
    job, fitted, stored = run
    fitted, stored = edited(fitted, stored)
    forge(fitted, stored)
    assert refused(everything(job, fitted, stored)) == ["replay"]


def test_a_confirming_state_made_up_does_not_come_out_again():
    job = smooth()
    fitted, stored = evidence(job)
    fitted.arrays["confirm/w"][4] *= 1 + 1e-12
    [one] = everything(job, fitted, stored)
    assert not one.passed
    assert "confirm/" in one.where


@pytest.mark.parametrize("make", [stochastic, smooth])
def test_a_run_of_another_seed_does_not_come_out_again(make):
    fitted, stored = evidence(make(seed="12" * 32))
    assert refused(everything(make(), fitted, stored)) == ["replay"]


def test_a_run_of_another_model_does_not_come_out_again():
    fitted, stored = evidence(make_job(zeros, descent(0.5), regression(), checkpoint_every=100))
    job = make_job(zeros, descent(), regression(), checkpoint_every=100)
    assert refused(everything(job, fitted, stored)) == ["replay"]


def test_nothing_passes_where_nothing_is_compared(run):
    job, fitted, stored = run
    asked = challenge(fitted, job.training, stored, np.random.default_rng(0))
    nothing = replace(asked, request={"segments": []})
    assert refused(compare(nothing, fitted, stored, {})) == ["replay"]
    assert refused(compare(asked, fitted, stored, {})) == ["replay"]
    found = replay(job, asked.request, asked.arrays)
    assert refused(compare(asked, fitted, stored, {**found, "0/end/state/more": np.ones(1)}))
    assert refused(compare(asked, fitted, stored, dict(list(found.items())[1:])))
    single = {name: array.astype(np.float32) for name, array in found.items()}
    assert refused(compare(asked, fitted, stored, single)) == ["replay"]
