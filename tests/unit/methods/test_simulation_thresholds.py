"""Each threshold of a simulation, just below and just above, on replicates written down here."""

import math

import numpy as np
import pytest
from simulation_toys import rising

from assay.core.criteria import judge
from assay.methods.base import Fit
from assay.methods.simulation import settling
from assay.methods.simulation.diagnose import diagnose
from assay.methods.simulation.precision import half_width
from assay.methods.simulation.series import Drift
from assay.methods.simulation.settings import Convergence, Precision, Training
from assay.methods.simulation.settling import Worst

FLAGS = ("divide", "overflow", "invalid", "warning")


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def make_fit(flags=None, notes=(), **outputs):
    count = len(next(iter(outputs.values())))
    arrays = {f"flags/{name}": np.zeros(count, dtype=np.int64) for name in FLAGS}
    for name, places in (flags or {}).items():
        arrays[f"flags/{name}"][list(places)] = 1
    arrays |= {f"replicates/{name}": values for name, values in outputs.items()}
    return Fit(arrays, {"outputs": list(outputs), "notes": list(notes)})


def judged(fit, *, limit=0.05, **training):
    settings = Training(**{"replicates": 400, **training})
    found = diagnose(fit, settings, Convergence(mcse_over_sd=limit))
    return {criterion.name: criterion for criterion in found}


def normal(rng, count=500, *shape):
    return rng.normal(size=(count, *shape))


@pytest.mark.parametrize(
    ("count", "asked", "passed"), [(500, 500, True), (501, 500, True), (499, 500, False)]
)
def test_no_replicate_may_be_missing(rng, count, asked, passed):
    criterion = judged(make_fit(x=normal(rng, count)), replicates=asked)["completed"]
    assert (criterion.value, criterion.passed, criterion.gates) == (count, passed, True)


def test_torn_replicates_say_nothing_else(rng):
    fit = make_fit(x=normal(rng), y=normal(rng, 499))
    (only,) = judged(fit).values()
    assert (only.name, only.value, only.passed) == ("completed", None, False)


def test_one_numerical_error_is_too_many(rng):
    assert judged(make_fit(x=normal(rng)))["numerical_errors"].passed
    assert judged(make_fit(x=normal(rng)))["numerical_errors"].where == ""
    for flag in FLAGS:
        criterion = judged(make_fit({flag: [7]}, x=normal(rng)))["numerical_errors"]
        assert (criterion.value, criterion.passed, criterion.gates) == (1, False, True)
        assert criterion.where == f"replicate 7: {flag}"
    flags = {"divide": [9, 11], "invalid": [8, 9]}
    several = judged(make_fit(flags, x=normal(rng)))["numerical_errors"]
    assert (several.value, several.where) == (3, "replicate 8: invalid")
    notes = [{"replicate": 9, "note": "nine"}, {"replicate": 8, "note": "eight"}]
    noted = judged(make_fit(flags, [*notes, {"replicate": 8, "note": "more"}], x=normal(rng)))
    assert noted["numerical_errors"].where == "replicate 8: eight"


def test_one_replicate_that_is_not_finite_is_too_many(rng):
    values = normal(rng, 500, 2, 2)
    fine = judged(make_fit(x=values))["finite"]
    assert (fine.value, fine.threshold, fine.passed) == (0, 0, True)
    values[[3, 5], 1, 1] = np.nan, np.inf
    criterion = judged(make_fit(a=normal(rng), x=values, y=values))["finite"]
    assert (criterion.value, criterion.passed, criterion.gates) == (4, False, True)
    assert criterion.where == "replicate 3, output x"


def test_something_varies_and_what_does_not_is_remarked_on(rng):
    varying = judged(make_fit(x=normal(rng)))
    assert (varying["varies"].value, varying["varies"].passed) == (1, True)
    assert "constant_outputs" not in varying
    constant = judged(make_fit(x=np.ones((500, 3))))
    assert (constant["varies"].value, constant["varies"].threshold) == (0, 0)
    assert not constant["varies"].passed
    assert "constant_outputs" not in constant
    assert (constant["halves_agree"].value, constant["halves_agree"].threshold) == (0.0, 0.0)
    assert constant["halves_agree"].passed
    assert "tail_index" not in constant
    partly = judged(make_fit(x=normal(rng), y=np.ones((500, 3))))
    note = partly["constant_outputs"]
    assert (note.value, note.comparison, note.threshold) == (3, ">=", 0)
    assert (note.passed, note.gates, note.where) == (True, False, "y[0]")


@pytest.mark.parametrize(
    ("count", "limit", "passed", "needed"),
    [
        (400, 0.05, False, "401 or more"),
        (401, 0.05, True, ""),
        (625, 0.04, False, "626 or more"),
        (626, 0.04, True, ""),
    ],
)
def test_the_error_of_a_mean_is_under_a_twentieth_of_its_spread(rng, count, limit, passed, needed):
    criterion = judged(make_fit(x=normal(rng, count)), limit=limit)["mcse_over_sd"]
    assert criterion.value == pytest.approx(count**-0.5)
    assert (criterion.passed, criterion.gates) == (passed, True)
    assert needed in criterion.advice


@pytest.mark.parametrize(("value", "passed"), [(4.1, True), (np.nextafter(4.1, 5), False)])
def test_halves_are_judged_by_their_threshold(rng, monkeypatch, value, passed):
    monkeypatch.setattr(settling, "halves", lambda x: Worst(value, 4.1, 1, "mean"))
    values = normal(rng, 500, 3)
    values[:, 0] = 7.0
    criterion = judged(make_fit(x=values))["halves_agree"]
    assert (criterion.passed, criterion.gates, criterion.where) == (passed, True, "mean of x[2]")


@pytest.mark.parametrize(
    ("index", "shown", "passed"),
    [(0.8, 1.25, True), (0.81, 1 / 0.81, False), (0.0, math.inf, True), (-1.0, math.inf, True)],
)
def test_tails_are_judged_by_their_bound(rng, monkeypatch, index, shown, passed):
    monkeypatch.setattr(settling, "tails", lambda x: Worst(index, 0.8, 1, "40 largest deviations"))
    values = normal(rng, 500, 3)
    values[:, 0] = 7.0
    criterion = judged(make_fit(x=values))["tail_index"]
    assert (criterion.value, criterion.threshold) == (shown, 1.25)
    assert (criterion.passed, criterion.gates) == (passed, True)
    assert criterion.where == "x[2], from the 40 largest deviations"


@pytest.mark.parametrize(("value", "passed"), [(4.0, True), (np.nextafter(4.0, 5), False)])
def test_series_are_judged_by_their_thresholds(rng, monkeypatch, value, passed):
    from assay.methods.simulation import series

    monkeypatch.setattr(series, "drift", lambda x, n: Drift(value, 4.0 if n == 2 else 0, 0, 0))
    fit = make_fit(x=normal(rng, 420, 80), y=normal(rng, 420, 80))
    criterion = judged(fit, series=["x", "y"])["drift/x"]
    assert (criterion.passed, criterion.gates) == (passed, True)


@pytest.mark.parametrize(("lasts", "passed"), [(50.0, True), (np.nextafter(50.0, 0), False)])
def test_series_last_for_fifty_autocorrelation_times(rng, monkeypatch, lasts, passed):
    from assay.methods.simulation import series

    monkeypatch.setattr(series, "length", lambda x: lasts)
    criterion = judged(make_fit(x=normal(rng, 420, 60)), series=["x"])["series_length/x"]
    assert (criterion.threshold, criterion.passed, criterion.gates) == (50.0, passed, True)


def test_a_course_that_just_drifts_is_only_remarked_on(rng, monkeypatch):
    fit = make_fit(x=rising(rng, 60), y=normal(rng, 420), z=normal(rng, 420, 60, 2))
    criteria = judged(fit)
    note = criteria["drifts/x"]
    assert (note.passed, note.gates, note.comparison) == (False, False, "<=")
    assert "drifts/x" not in judged(fit, series=["x"])
    broken = rising(rng, 60)
    broken[2, 0] = np.nan  # of a replicate that is not among the 256
    assert "drifts/x" not in judged(make_fit(x=broken))
    assert not {"drifts/y", "drifts/z"} & criteria.keys()


def test_a_precision_is_judged_as_it_is_met(rng):
    values = rng.normal(size=(500, 2, 2)) * [[1, 1], [3, 1]]
    width = half_width(values, Precision(abs=1))[0]
    for allowed, passed in ((width, True), (np.nextafter(width, 0), False)):
        criteria = judged(
            make_fit(x=values, y=values[:, 0, 0]),
            precision={"x": {"abs": allowed}, "y": {"rel": 0.5}},
        )
        found = criteria["precision/x"]
        assert (found.value, found.threshold, found.where) == (width, allowed, "x[1,0]")
        assert (found.passed, found.gates) == (passed, True)
        assert criteria["precision/y"].where == "y"
        assert found == judge(
            "precision/x", width, "<=", allowed, where="x[1,0]", advice=found.advice
        )
