"""Every gate of simulations: a model that passes it and one that does not."""

import math
import warnings

import numpy as np
import pytest
from simulation_toys import failed, judged, make_job, normals, outcome, waits

from assay.core.fit import Fit
from assay.methods.simulation.diagnose import diagnose


def test_an_ordinary_model_passes_every_gate():
    criteria = outcome(normals)
    assert failed(criteria) == []
    assert list(criteria) == [
        "completed",
        "numerical_errors",
        "finite",
        "varies",
        "mcse_over_sd",
        "halves_agree",
        "tail_index",
    ]


def test_missing_replicates_are_seen():
    job = make_job(normals)
    fitted, _ = judged(job)
    fewer = {name: values[:499] for name, values in fitted.arrays.items()}
    torn = {**fitted.arrays, "replicates/x": fitted.arrays["replicates/x"][:499]}
    for arrays in (fewer, torn):
        verdicts = diagnose(Fit(arrays, fitted.meta), job.training, job.convergence)
        assert "completed" in {one.name for one in verdicts if not one.passed}


def overflow(rng):
    return {"x": float(np.exp(np.float64(700 + 4 * rng.normal())) < 1)}


def silenced(rng):
    with np.errstate(divide="ignore"):
        logarithm = np.log(rng.poisson(3, size=20).astype(float))
    return {"x": np.maximum(logarithm, 0).mean()}


def bare(rng):
    return {"x": np.maximum(np.log(rng.poisson(3, size=20).astype(float)), 0).mean()}


def warned(rng):
    return {"x": float(np.nan_to_num(np.nanmean([np.nan])) + rng.normal())}


@pytest.mark.parametrize(
    ("simulate", "words"),
    [(overflow, "overflow"), (bare, "divide by zero"), (warned, "Mean of empty slice")],
)
@pytest.mark.parametrize("cores", [1, 2])
def test_numerical_errors_are_found_with_replicate_and_place(simulate, words, cores):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as a model might on import
        with np.errstate(all="ignore"):
            criteria = outcome(simulate, cores=cores)
    found = criteria["numerical_errors"]
    assert not found.passed
    assert found.value > 0
    assert words in found.where
    assert found.where.startswith("replicate ")
    assert "errstate" in found.advice


def test_an_error_expected_at_its_place_is_none():
    assert failed(outcome(silenced)) == []


def test_other_warnings_pass_through():
    def simulate(rng):
        warnings.warn("just so", UserWarning, stacklevel=1)
        return {"x": rng.normal()}

    with pytest.warns(UserWarning, match="just so"):
        assert failed(outcome(simulate)) == []


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_are_found_with_replicate_and_output(value):
    def simulate(rng):
        x = rng.normal(size=2)
        return {"a": rng.normal(), "x": x if x[0] < 2.5 else np.array([1.0, value])}

    fitted, criteria = judged(make_job(simulate))
    assert not criteria["finite"].passed
    bad = np.flatnonzero(~np.isfinite(fitted.arrays["replicates/x"]).all(axis=1))
    assert criteria["finite"].where == f"replicate {bad[0]}, output x"
    assert criteria["finite"].value == len(bad)


def test_replicates_that_are_all_the_same_are_refused():
    def simulate(rng):
        return {"x": np.random.default_rng(1).normal(), "y": 0.1}

    criteria = outcome(simulate)
    assert failed(criteria) == ["varies"]
    assert "rng" in criteria["varies"].advice


def test_an_output_that_never_changes_is_a_remark():
    criteria = outcome(lambda rng: {"x": rng.normal(), "y": np.full(3, 0.1)})
    assert failed(criteria) == []
    assert not criteria["constant_outputs"].gates
    assert criteria["constant_outputs"].value == 3
    assert criteria["constant_outputs"].where == "y[0]"


def test_monte_carlo_error_needs_replicates():
    few = outcome(normals, replicates=400)
    assert failed(few) == ["mcse_over_sd"]
    assert "401 or more" in few["mcse_over_sd"].advice
    assert failed(outcome(normals, replicates=401)) == []
    tight = outcome(normals, convergence={"mcse_over_sd": 0.04})
    assert failed(tight) == ["mcse_over_sd"]
    assert "626 or more" in tight["mcse_over_sd"].advice


def remembering(change):
    memory = {"calls": 0, "walk": 0.0}

    def simulate(rng):
        memory["calls"] += 1
        memory["walk"] += rng.normal()
        return {"steady": rng.normal(size=3), "x": change(memory, rng)}

    return simulate


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda memory, rng: memory["walk"], "mean of x"),
        (lambda memory, rng: rng.normal() + memory["calls"] / 300, "mean of x"),
        (lambda memory, rng: rng.normal() * (1 + memory["calls"] / 200), "spread of x"),
    ],
)
def test_halves_that_disagree_are_refused(change, what):
    criteria = outcome(remembering(change))
    assert "halves_agree" in failed(criteria)
    assert criteria["halves_agree"].where == what


@pytest.mark.parametrize(
    "simulate",
    [
        lambda rng: {"y": rng.normal(size=20), "x": rng.standard_cauchy()},
        lambda rng: {"y": rng.normal(size=20), "x": rng.pareto(0.8)},
        lambda rng: {"y": rng.normal(size=20), "x": rng.normal() / rng.normal()},
    ],
)
def test_means_that_never_settle_are_refused(simulate):
    criteria = outcome(simulate, replicates=1500)
    assert failed(criteria) == ["tail_index"]
    assert criteria["tail_index"].where.startswith("x, ")
    assert criteria["tail_index"].value < 1.25


@pytest.mark.parametrize(
    "simulate",
    [
        lambda rng: {"x": rng.lognormal(size=5)},
        lambda rng: {"x": rng.standard_t(3)},
        lambda rng: {"x": rng.gamma(0.05, size=5)},
        lambda rng: {"x": rng.exponential() * (rng.random() < 0.3)},
        lambda rng: {"x": rng.random(50) < np.geomspace(1e-3, 0.5, 50)},
        lambda rng: {"x": rng.multinomial(30, np.full(100, 0.01))},
    ],
)
def test_skewed_heavy_and_rare_outputs_pass(simulate):
    assert failed(outcome(simulate, replicates=1000)) == []


def test_precision_is_judged_again():
    met = outcome(normals, precision={"x": {"abs": 0.1}, "n": {"rel": 0.1}})
    assert failed(met) == []
    assert met["precision/n"].threshold == 0.1
    missed = outcome(normals, precision={"x": {"abs": 0.001}}, max_replicates=600)
    assert failed(missed) == ["precision/x"]
    zero = outcome(
        lambda rng: {"x": rng.choice([-1.0, 1.0])},
        precision={"x": {"rel": 0.1}},
        max_replicates=500,
    )
    assert failed(zero) == ["precision/x"]


def test_precision_of_an_array_is_that_of_its_worst_element():
    def simulate(rng):
        return {"x": np.array([0.0, rng.normal(), 5 * rng.normal()])}

    criteria = outcome(simulate, precision={"x": {"abs": 0.2}}, max_replicates=500)
    assert criteria["precision/x"].where == "x[2]"


def queue(load, skipped, kept, stationary=False):
    def simulate(rng):
        begin = 0.0
        if stationary and rng.random() < load:
            begin = rng.exponential(1 / (1 - load))
        return {"wait": waits(rng, load, skipped + kept, begin)[skipped:]}

    return simulate


def test_a_busy_queue_simulated_briefly_from_empty_drifts():
    criteria = outcome(queue(0.95, 0, 1000), series=["wait"], replicates=450)
    assert {"drift/wait", "series_length/wait"} <= set(failed(criteria))
    assert "warm-up" in criteria["drift/wait"].advice


def test_a_stationary_queue_simulated_too_briefly_is_too_short():
    criteria = outcome(queue(0.95, 0, 3000, True), series=["wait"], replicates=450)
    assert failed(criteria) == ["series_length/wait"]


def test_a_queue_well_warmed_up_passes():
    criteria = outcome(queue(0.6, 300, 3000), series=["wait"], replicates=420)
    assert failed(criteria) == []
    assert criteria["series_length/wait"].value > 50


def test_a_trend_in_a_series_is_refused():
    def simulate(rng):
        return {"x": rng.normal(size=300) + np.arange(300) / 3000}

    assert failed(outcome(simulate, series=["x"])) == ["drift/x"]
    assert failed(outcome(lambda rng: {"x": rng.normal(size=300)}, series=["x"])) == []


def test_parameters_that_differ_between_replicates_do_not_shorten_a_series():
    def simulate(rng):
        return {"x": rng.normal() + rng.normal(size=300)}

    assert failed(outcome(simulate, series=["x"])) == []


def test_a_series_that_stands_still_in_each_replicate_is_too_short():
    assert failed(outcome(lambda rng: {"x": np.full(300, rng.normal())}, series=["x"])) == [
        "series_length/x"
    ]


def test_autocorrelation_time_of_a_known_series():
    from scipy.signal import lfilter

    def simulate(rng):
        noise = rng.normal(size=2000)
        noise[0] /= math.sqrt(1 - 0.8**2)
        return {"x": lfilter([1.0], [1.0, -0.8], noise)}

    criteria = outcome(simulate, series=["x"])
    time = (1 + 0.8) / (1 - 0.8)  # of an autoregression of order one
    assert criteria["series_length/x"].value == pytest.approx(2000 / time, rel=0.05)


def test_a_queue_that_fills_up_is_remarked_on_where_it_is_not_declared_a_series():
    def simulate(rng):
        return {"wait": waits(rng, 0.95, 1000), "by_country": rng.normal(np.arange(200.0))}

    criteria = outcome(simulate)
    remarks = [name for name in criteria if name.startswith("drifts/")]
    assert remarks == ["drifts/wait"]  # neighbours in by_country do not vary together
    assert not criteria["drifts/wait"].passed
    assert "series" in criteria["drifts/wait"].advice
    assert failed(criteria) == []
    assert "drift/wait" in failed(outcome(simulate, series=["wait"]))


def test_a_stationary_course_is_not_remarked_on():
    def simulate(rng):
        steps = 0.2 * rng.normal(size=100)
        steps[0] *= 1 / 0.6  # the stationary spread of what follows
        x = steps.copy()
        for at in range(1, 100):
            x[at] += 0.8 * x[at - 1]
        return {"x": x}

    assert not [name for name in outcome(simulate) if name.startswith("drifts/")]
