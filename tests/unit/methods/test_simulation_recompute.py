"""What a validator finds in a simulation's evidence alone, and what it has run again."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from simulation_toys import doubted, evidence, make_job, normals, refused, waits

from assay.core.fit import Fit
from assay.evidence.arrays import load_arrays, load_fit, save_arrays, save_fit
from assay.methods.simulation.recompute import challenge, compare, inspect
from assay.methods.simulation.repetition import longest_copy, repeated_results
from assay.methods.simulation.replay import replay

PRECISE = {"replicates": 100, "precision": {"x": {"abs": 0.08}}, "max_replicates": 5000}


def discrete(rng):
    return {"hits": rng.poisson(2), "share": rng.binomial(300, 0.2) / 300}


def rare(rng):
    return {"hit": rng.random() < 0.002}


def queue(rng):
    return {"wait": waits(rng, 0.7, 50).mean(), "none": np.zeros((2, 0))}


def growth(rng):
    return {"wealth": float(1.02 ** rng.binomial(2000, 0.5))}


def constant(rng):
    return {"x": 1.5}


JOBS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "normals": (normals, {}),
    "precise": (normals, PRECISE),
    "at the limit": (normals, {**PRECISE, "max_replicates": 600}),
    "discrete": (discrete, {}),
    "rare": (rare, {}),
    "queue": (queue, {}),
    "growth": (growth, {}),
    "constant": (constant, {}),
    "few": (normals, {"replicates": 4}),
    "two cores": (normals, {"cores": 2}),
}


@pytest.fixture(scope="module", params=JOBS)
def honest(request):
    simulate, how = JOBS[request.param]
    job = make_job(simulate, **how)
    return job, *evidence(job)


@pytest.fixture(scope="module")
def run():
    job = make_job(normals, **PRECISE)
    return job, *evidence(job)


def edited(fitted, stored):
    arrays = {name: array.copy() for name, array in fitted.arrays.items()}
    return Fit(arrays, deepcopy(dict(fitted.meta))), deepcopy(stored)


def with_rows(fitted, rows):
    """Return a fit made of other rows, with batches to match."""
    arrays = {name: array[rows] for name, array in fitted.arrays.items()}
    ends = fitted.meta["batch_ends"]
    stored = {
        f"batch_{first:09d}": {name: array[first:last] for name, array in arrays.items()}
        for first, last in zip([0, *ends], ends, strict=False)
    }
    return Fit(arrays, fitted.meta), stored


# ---------------------------------------------------------------- inspect


def test_honest_evidence_does_not_contradict_itself(honest):
    job, fitted, stored = honest
    criteria = inspect(fitted, job.training, stored)
    assert len(criteria) >= 6
    assert refused(criteria) == doubted(criteria) == []


def stranger(fit, stored):
    fit.arrays["replicates/z"] = fit.arrays["replicates/x"]


def cut(fit, stored):
    fit.arrays["replicates/x"] = fit.arrays["replicates/x"][:-1]


def other_dtype(fit, stored):
    fit.arrays["replicates/x"] = fit.arrays["replicates/x"].astype(np.float32)


def batch_end_moved(fit, stored):
    fit.meta["batch_ends"][3] += 1


def batch_left_out_of_meta(fit, stored):
    del fit.meta["batch_ends"][-1]


def batch_missing(fit, stored):
    del stored["batch_000000010"]


def batch_too_many(fit, stored):
    stored["batch_000090000"] = stored["batch_000000010"]


def batches_in_another_order(fit, stored):
    stored["batch_000000010"] = stored.pop("batch_000000010")


def replicate_edited(fit, stored):
    fit.arrays["replicates/x"][17] = np.nextafter(fit.arrays["replicates/x"][17], 9)


def flag_edited(fit, stored):
    fit.arrays["flags/overflow"][17] = 1


def batch_edited(fit, stored):
    stored["batch_000000010"]["replicates/y"][0, 0, 0] += 1e-12


FORGERIES = {
    stranger: "arrays",
    cut: "arrays",
    other_dtype: "arrays",
    batch_end_moved: "batch_ends",
    batch_left_out_of_meta: "batch_ends",
    batch_missing: "batches",
    batch_too_many: "batches",
    batches_in_another_order: "batches",
    replicate_edited: "batches",
    flag_edited: "batches",
    batch_edited: "batches",
}


@pytest.mark.parametrize(
    ("forge", "found"), FORGERIES.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_a_contradiction_is_found(run, forge, found):
    job, fitted, stored = run
    fitted, stored = edited(fitted, stored)
    forge(fitted, stored)
    criteria = inspect(fitted, job.training, stored)
    assert found in refused(criteria)
    assert next(one for one in criteria if one.name == found).advice


def test_fewer_or_more_replicates_than_the_design_asks_for_are_found():
    job = make_job(normals, replicates=450)
    few, many = (evidence(make_job(normals, replicates=count)) for count in (440, 460))
    assert "replicates" in refused(inspect(few[0], job.training, few[1]))
    assert "most_replicates" in refused(inspect(many[0], job.training, many[1]))


def test_stopping_too_soon_is_found(run):
    _, fitted, stored = run
    harder = make_job(normals, **{**PRECISE, "precision": {"x": {"abs": 0.01}}})
    assert refused(inspect(fitted, harder.training, stored)) == ["stopped_too_soon"]


def test_a_copied_stretch_is_found(run):
    job, fitted, _ = run
    count = fitted.meta["replicates"]
    tiled = np.resize(np.arange(count // 2), count)
    assert "copied_run" in refused(inspect(with_rows(fitted, tiled)[0], job.training, {}))
    dozen = np.arange(count)
    dozen[300:312] = dozen[40:52]
    forged, batches = with_rows(fitted, dozen)
    [one] = [c for c in inspect(forged, job.training, batches) if c.name == "copied_run"]
    assert (one.passed, one.value) == (False, 12)
    assert one.where == "replicates 40 and 300 onwards"


def test_a_copied_stretch_of_discrete_outputs_is_found():
    job = make_job(discrete)
    fitted, _ = evidence(job)
    forged, batches = with_rows(fitted, np.resize(np.arange(250), 500))
    assert refused(inspect(forged, job.training, batches)) == ["copied_run"]


def test_replicates_drawn_again_from_fewer_are_in_doubt(run):
    job, fitted, _ = run
    count = fitted.meta["replicates"]
    drawn = np.random.default_rng(0).integers(count, size=count)
    forged, batches = with_rows(fitted, drawn)
    criteria = inspect(forged, job.training, batches)
    assert refused(criteria) == []
    assert doubted(criteria) == ["repeated_results"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("values", [2, 30, 1000, 10**6])
def test_independent_results_are_no_copies(seed, values):
    x = np.random.default_rng(seed).integers(values, size=3000) * 0.37
    length, plausible, _ = longest_copy({"x": x})
    assert length <= plausible < 3000
    assert repeated_results({"x": x}) is None


def test_a_copy_is_measured_whatever_its_length():
    rng = np.random.default_rng(0)
    for length in (1, 2, 3, 7, 8, 64, 100):
        x = rng.normal(size=(400, 2))
        x[250 : 250 + length] = x[30 : 30 + length]
        found = longest_copy({"x": x, "y": x[:, 0]})
        assert (found[0], found[2]) == (length, "replicates 30 and 250 onwards")
    assert longest_copy({"x": rng.normal(size=50)})[0] == 0
    assert longest_copy({"x": np.zeros(50)})[:2] == (49, np.inf)


# ---------------------------------------------------------------- challenge and compare


def test_honest_replicates_come_out_again_whichever_are_drawn(honest):
    job, fitted, stored = honest
    for seed in range(4):
        asked = challenge(fitted, job.training, stored, np.random.default_rng(seed))
        [one] = compare(asked, fitted, stored, replay(job, asked.request, asked.arrays))
        assert one.passed, one.where


def test_evidence_that_was_stored_and_read_back_gives_the_same(tmp_path, honest):
    job, fitted, stored = honest
    save_fit(tmp_path, fitted)
    fitted = load_fit(tmp_path)
    for name, arrays in stored.items():
        save_arrays(tmp_path / f"{name}.npz", arrays)
    stored = {name: load_arrays(tmp_path / f"{name}.npz") for name in stored}
    assert refused(inspect(fitted, job.training, stored)) == []
    asked = challenge(fitted, job.training, stored, np.random.default_rng(2))
    save_arrays(tmp_path / "replayed.npz", replay(job, json.loads(json.dumps(asked.request)), {}))
    found = load_arrays(tmp_path / "replayed.npz")
    assert refused(compare(asked, fitted, stored, found)) == []


def test_the_share_is_kept_and_every_replicate_may_be_drawn():
    job = make_job(normals, replicates=80)
    fitted, stored = evidence(job)
    drawn = set()
    for seed in range(200):
        asked = challenge(fitted, job.training, stored, np.random.default_rng(seed))
        numbers = asked.request["replicates"]
        assert len(set(numbers)) == 4
        assert asked.share == 4 / 80
        assert asked.what == "4 of 80 replicates"
        drawn |= set(numbers)
    assert drawn == set(range(80))
    empty = Fit({"replicates/x": np.zeros(0)}, {})
    assert challenge(empty, job.training, stored, np.random.default_rng(0)) is None


def outcome(job, fitted, stored, numbers):
    asked = challenge(fitted, job.training, stored, np.random.default_rng(0))
    asked = replace(asked, request={"replicates": numbers})
    return refused(compare(asked, fitted, stored, replay(job, asked.request, asked.arrays)))


def test_an_edited_replicate_does_not_come_out_again(run):
    job, fitted, stored = run
    for name in ("replicates/x", "replicates/y", "flags/invalid"):
        forged, _ = edited(fitted, stored)
        one = forged.arrays[name][33:34]
        one[...] = np.nextafter(one, 9) if one.dtype.kind == "f" else one + 1
        assert outcome(job, forged, stored, [3, 33]) == ["replay"]
        assert outcome(job, forged, stored, [3, 34]) == []


def test_replicates_of_another_seed_or_drawn_again_do_not_come_out(run):
    job, fitted, stored = run
    other = evidence(make_job(normals, seed="12" * 32, **PRECISE))[0]
    drawn = np.random.default_rng(0).integers(100, size=fitted.meta["replicates"])
    for forged in (other, with_rows(fitted, drawn)[0]):
        for seed in range(5):
            asked = challenge(forged, job.training, stored, np.random.default_rng(seed))
            found = replay(job, asked.request, asked.arrays)
            assert refused(compare(asked, forged, stored, found)) == ["replay"]


def test_nothing_passes_where_nothing_is_compared(run):
    job, fitted, stored = run
    asked = challenge(fitted, job.training, stored, np.random.default_rng(0))
    found = replay(job, asked.request, asked.arrays)
    none = replace(asked, request={"replicates": []})
    assert refused(compare(none, fitted, stored, {})) == ["replay"]
    assert refused(compare(asked, fitted, stored, {})) == ["replay"]
    assert refused(compare(asked, fitted, stored, {**found, "replicates/z": np.ones(1)}))
    short = {name: values[:-1] for name, values in found.items()}
    assert refused(compare(asked, fitted, stored, short)) == ["replay"]
    single = {name: values.astype(np.float32) for name, values in found.items()}
    assert refused(compare(asked, fitted, stored, single)) == ["replay"]
