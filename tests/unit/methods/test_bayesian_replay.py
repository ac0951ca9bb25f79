"""On the model itself: honest draws are certified, forged ones refused or doubted."""

import functools

import numpy as np
import pytest
from bayesian_toys import (
    another_prior,
    changed,
    counts,
    doubts,
    eight_schools,
    failed,
    flip_last_bit,
    make_job,
    mixed,
    mixed_backwards,
    normal,
    row_numbers,
)

from assay.core.fit import Fit
from assay.methods.bayesian import replay as bayesian_replay
from assay.methods.bayesian.consistency import inspect
from assay.methods.bayesian.densities import evaluate
from assay.methods.bayesian.fit import SEEN, make_sampler
from assay.methods.bayesian.fit import fit as train
from assay.methods.bayesian.model import describe_layout
from assay.methods.bayesian.replay import certify, perturb, replay
from assay.methods.bayesian.stein import standard_errors, stein_criteria, z_scores

LONG = {"draws": 2500, "tune": 500, "chains": 4}


@functools.cache
def _trained(build, options):
    job = make_job(build, **dict(options))
    return job, train(job)


def trained(build, **options):
    return _trained(build, tuple(sorted(options.items())))


@pytest.fixture(scope="module")
def schools():
    return trained(eight_schools)


def edited(fit, name, *place, by=1e-4):
    values = fit.arrays[name].copy()
    values[place] += by
    return changed(fit, **{name.replace("/", "__"): values})


def without(fit, name):
    return Fit({k: v for k, v in fit.arrays.items() if k != name}, fit.meta)


@pytest.mark.parametrize(
    ("name", "place", "refused"),
    [
        ("posterior/mu", (1, 30), "posterior_difference"),
        ("posterior/theta", (2, 100, 4), "posterior_difference"),
        ("stats/logp", (0, 199), "logp_difference"),
        ("unconstrained", (2, 0, 1), "logp_difference"),
    ],
)
def test_an_edited_value_is_refused(schools, name, place, refused):
    job, fit = schools
    criteria = certify(job, edited(fit, name, *place))
    assert refused in failed(criteria)


def test_nan_does_not_pass(schools):
    job, fit = schools
    assert "logp_difference" in failed(certify(job, edited(fit, "stats/logp", 0, 5, by=np.nan)))
    assert "posterior_difference" in failed(
        certify(job, edited(fit, "posterior/mu", 0, 5, by=np.nan))
    )
    assert {"logp_difference", "posterior_difference"} <= failed(
        certify(job, edited(fit, "unconstrained", 0, 5, 1, by=np.nan))
    )


def test_draws_shifted_alone_are_refused(schools):
    job, fit = schools
    draws = fit.arrays["unconstrained"]
    draws = draws + 0.05 * draws.std(axis=(0, 1))
    refused = failed(certify(job, changed(fit, unconstrained=draws)))
    assert refused == {"logp_difference", "posterior_difference"}


def test_missing_statistics_are_refused(schools):
    job, fit = schools
    assert "sampler_statistics" in failed(certify(job, without(fit, "stats/energy")))


def test_statistics_that_no_sampler_made_are_refused():
    job, fit = trained(counts, sampler="pymc")
    more = changed(fit, stats__logp=np.zeros((3, 200)))
    assert "sampler_statistics" in failed(certify(job, more))


def test_one_bit_of_a_draw_within_tolerance_passes_here_and_fails_the_replay(schools):
    """A bound in numbers must leave room for other processors: bits are the replay's matter."""
    job, fit = schools
    draws = flip_last_bit(fit.arrays["unconstrained"], 0, 3, 2)
    assert not failed(certify(job, changed(fit, unconstrained=draws)))


@pytest.mark.parametrize(
    ("forge", "where"),
    [
        (lambda fit: Fit(fit.arrays, {**fit.meta, "free": ["mu"]}), "free"),
        (lambda fit: Fit(fit.arrays, {**fit.meta, "coords": {"school": [1]}}), "coords"),
        (lambda fit: Fit(fit.arrays, {**fit.meta, "dims": {}}), "dims"),
        (lambda fit: without(fit, "posterior/theta"), "posterior/theta"),
        (lambda fit: without(fit, "unconstrained"), "unconstrained"),
    ],
)
def test_another_layout_is_refused(schools, forge, where):
    job, fit = schools
    criteria = certify(job, forge(fit))
    assert failed(criteria) == {"model_layout"}
    assert where in criteria[0].where


def test_another_model_is_refused(schools):
    assert failed(certify(make_job(normal), schools[1])) == {"model_layout"}


def test_other_model_code_is_refused(schools):
    _, fit = schools
    assert failed(certify(make_job(another_prior), fit)) == {"logp_difference"}


def test_of_many_draws_those_that_the_dice_choose_are_looked_at(schools, monkeypatch):
    job, fit = schools
    chains, draws = fit.arrays["unconstrained"].shape[:2]
    monkeypatch.setattr(bayesian_replay, "LOOKED_AT", chains * draws // 4)
    forged = edited(fit, "stats/logp", 0, 5)
    noticed = [
        "logp_difference" in failed(certify(job, forged, np.random.default_rng(seed)))
        for seed in range(40)
    ]
    assert 3 <= sum(noticed) <= 18
    assert failed(certify(job, forged)) == {"logp_difference"}
    for name in ("stats/logp", "posterior/mu"):
        whole = edited(fit, name, 0, by=1.0)
        assert failed(certify(job, whole, np.random.default_rng(0)))
    short = changed(fit, posterior__mu=fit.arrays["posterior/mu"][:, :7])
    assert failed(certify(job, short, np.random.default_rng(0))) == {"posterior_difference"}
    assert not failed(certify(job, fit, np.random.default_rng(0)))


def test_a_replay_serves_chains_and_reuses_what_was_built(schools):
    _, fit = schools
    job = make_job(eight_schools)
    calls = []

    def build(inputs):
        calls.append(1)
        return eight_schools(inputs)

    counted = make_job(build)
    for number in (0, 2):
        again = replay(counted, {"chains": [number], "segments": []}, {})
        stored = {f"chain_{number}/{name}": v[number] for name, v in fit.arrays.items()}
        assert again.keys() == stored.keys()
        assert all(again[name].tobytes() == stored[name].tobytes() for name in stored)
    assert not failed(certify(counted, fit))
    assert len(calls) == 1
    assert not job.channel.checkpoints
    assert not counted.channel.checkpoints


@pytest.mark.parametrize(
    ("build", "options"),
    [
        (eight_schools, {}),
        (normal, {"sampler": "pymc"}),
        (mixed, {"sampler": "pymc"}),
        (mixed_backwards, {"sampler": "pymc"}),
        (counts, {"sampler": "pymc"}),
    ],
)
def test_honest_draws_are_certified(build, options):
    job, fit = trained(build, **options)
    again = make_job(build, **options)
    criteria = certify(again, fit)
    assert not failed(criteria)
    assert not doubts(criteria)
    exact = {c.name: c.value for c in criteria if c.name.endswith("_difference")}
    assert set(exact.values()) == {0.0}
    assert "posterior_difference" in exact
    assert not failed(inspect(fit, job.training, job.channel.checkpoints))


def test_edits_are_refused_where_pymc_samples_several_steps():
    job, fit = trained(mixed, sampler="pymc")
    values = fit.arrays["posterior/k"].copy()
    values[0, 9] += 1
    assert failed(certify(job, changed(fit, posterior__k=values))) == {"posterior_difference"}
    as_float = fit.arrays["posterior/k"].astype(float)
    assert failed(certify(job, changed(fit, posterior__k=as_float))) == {"posterior_difference"}
    assert failed(certify(job, edited(fit, "stats/logp", 1, 7))) == {"logp_difference"}


def test_energies_are_judged_where_pymc_reports_no_density():
    job, fit = trained(mixed_backwards, sampler="pymc")
    assert "stats/logp" not in fit.arrays
    low = edited(fit, "stats/energy", 1, 7, by=-1e3)
    assert failed(certify(job, low)) == {"negative_kinetic_energy"}
    assert doubts(certify(job, edited(fit, "stats/energy", by=5))) >= {"kinetic_energy"}


def test_an_edited_density_is_refused_where_pymc_samples():
    job, fit = trained(normal, sampler="pymc")
    assert failed(certify(job, edited(fit, "stats/logp", 1, 7))) == {"logp_difference"}


def test_a_segment_without_its_state_is_not_answered():
    job = make_job(normal, sampler="pymc")
    again = replay(job, {"chains": [], "segments": [[0, 20, 40]]}, {})
    assert not any(name.startswith("segment") for name in again)


@pytest.fixture(scope="module")
def long_run():
    job, fit = trained(eight_schools, **LONG)
    return job, fit, make_sampler(eight_schools(None), describe_layout(eight_schools(None)), job)


def forge(run, draws, rng):
    """Return a fit whose draws are invented and everything else follows from them."""
    _, fit, sampler = run
    names = [*fit.meta["free"], *fit.meta["deterministics"]]
    found = evaluate(sampler, np.ascontiguousarray(draws), names)
    kinetic = rng.chisquare(draws.shape[-1], draws.shape[:2]) / 2
    stats = {"stats__logp": found.logp, "stats__energy": kinetic - found.logp}
    posterior = {f"posterior__{name}": values for name, values in found.posterior.items()}
    return changed(fit, unconstrained=draws, **stats, **posterior)


def shifted(draws, rng):
    return draws + 0.1 * draws.std(axis=(0, 1))


def widened(draws, rng):
    centre = draws.mean(axis=(0, 1))
    return centre + 1.1 * (draws - centre)


def laplace(draws, rng):
    flat = draws.reshape(-1, draws.shape[-1])
    return rng.multivariate_normal(flat.mean(axis=0), np.cov(flat.T), size=draws.shape[:2])


@pytest.mark.parametrize("invent", [shifted, widened, laplace])
def test_invented_draws_leave_a_doubt_and_do_not_replay(long_run, invent):
    rng = np.random.default_rng(3)
    forged = forge(long_run, invent(long_run[1].arrays["unconstrained"], rng), rng)
    criteria = certify(long_run[0], forged)
    assert not failed(criteria)  # everything recomputable fits: only the identities object
    assert doubts(criteria) & {"stein_mean", "stein_scale", "stein_trace"}


def test_the_same_run_unforged_leaves_none(long_run):
    assert not doubts(certify(long_run[0], long_run[1]))


def test_a_shift_of_a_twentieth_is_seen_given_enough_draws():
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(4, 5000, 2))
    labels = ["a", "b"]
    assert not doubts(stein_criteria(draws, -draws, labels))
    assert doubts(stein_criteria(draws + 0.05, -draws - 0.05, labels)) == {"stein_mean"}
    assert "stein_trace" in doubts(stein_criteria(draws * 1.05, -draws * 1.05, labels))
    broken = draws.copy()
    broken[0, 0, 0] = np.nan
    assert doubts(stein_criteria(broken, -draws, labels)) >= {"stein_scale", "stein_trace"}


def test_standard_errors_follow_autocorrelation():
    """An AR(1) series with coefficient a has (1 + a) / (1 - a) times the variance."""
    rng = np.random.default_rng(1)
    steps = rng.normal(size=(4, 20000, 70))
    walk = np.empty_like(steps)
    walk[:, 0] = steps[:, 0] / np.sqrt(1 - 0.8**2)
    for k in range(1, steps.shape[1]):
        walk[:, k] = 0.8 * walk[:, k - 1] + steps[:, k]
    errors = standard_errors(walk)
    assert errors.shape == (70,)
    np.testing.assert_allclose(errors, 5 / np.sqrt(80000), rtol=0.15)
    np.testing.assert_allclose(standard_errors(steps), 1 / np.sqrt(80000), rtol=0.1)
    assert np.all(z_scores(np.ones((4, 10, 2)), 1.0) == 0)
    assert np.all(np.isinf(z_scores(np.ones((4, 10, 2)), 0.0)))


@pytest.mark.parametrize(
    ("build", "sampler", "continuous"), [(eight_schools, "nutpie", "mu"), (mixed, "pymc", "x")]
)
def test_perturbed_fits_keep_rows_whole_and_differ(build, sampler, continuous):
    _, fit = trained(build, sampler=sampler)
    others = perturb(fit, np.random.default_rng(0))
    assert len(others) == 6
    first = f"posterior/{continuous}"
    last = max(key for key in fit.arrays if key.startswith(SEEN))

    def pairs(of: Fit) -> set[tuple[bytes, bytes]]:
        columns = [of.arrays[key].reshape(row_numbers(fit).size, -1) for key in (first, last)]
        return {(a.tobytes(), b.tobytes()) for a, b in zip(*columns, strict=True)}

    for other in others:
        assert other.meta == fit.meta
        for key, array in other.arrays.items():
            assert array.shape == fit.arrays[key].shape
            assert array.dtype == fit.arrays[key].dtype
        assert pairs(other) <= pairs(fit)
    means = [tuple(other.arrays[first].mean(axis=(0, 1)).ravel()) for other in [fit, *others]]
    assert len(set(means)) == 7
