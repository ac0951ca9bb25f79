"""Each threshold of a bayesian fit, just below and just above."""

import math

import numpy as np
import pytest
from arviz_stats.base import array_stats

from assay.core.criteria import all_passed
from assay.core.fit import Fit
from assay.methods.bayesian import diagnose as diagnosing
from assay.methods.bayesian.diagnose import diagnose
from assay.methods.bayesian.mixing import least_visited_share
from assay.methods.bayesian.settings import Convergence, Training

CHAINS, DRAWS = 4, 500
FINE = {"rhat": 1.0, "ess_bulk": 2000.0, "ess_tail": 2000.0, "least_visited_fifth": 1.0}


def make_fit(*, chains=CHAINS, draws=DRAWS, diverging=0, deep=0, **arrays):
    """Return a fit with so many divergent draws, and so many cut at the largest depth."""
    values = np.random.default_rng(7).normal(size=(chains, draws, 5))
    flags = np.arange(chains * draws).reshape(chains, draws)
    made = {
        "unconstrained": values,
        "posterior/x": values[..., 0],
        "posterior/y": values[..., 1:],
        "stats/diverging": flags < diverging,
        "stats/energy": np.random.default_rng(8).normal(size=(chains, draws)),
        "stats/maxdepth_reached": flags < deep,
    }
    coordinates = [["x", "x"], *([f"y[{k}]", "y"] for k in range(4))]
    return Fit({**made, **arrays}, {"free": ["x", "y"], "coordinates": coordinates})


def judged(fit, **convergence):
    found = diagnose(fit, Training(draws=DRAWS), Convergence(**convergence))
    return {criterion.name: criterion for criterion in found}


@pytest.fixture
def measured(monkeypatch):
    """Return a function that sets what is measured, and returns the criteria on it."""

    def judge(*, ebfmi=(1.0,) * CHAINS, convergence=None, **statistics):
        found = FINE | statistics
        patch = monkeypatch.setattr
        patch(array_stats, "rhat", lambda x: found["rhat"])
        patch(array_stats, "ess", lambda x, method="bulk", **_: found[f"ess_{method}"])
        patch(array_stats, "bfmi", lambda energy: np.array(ebfmi))
        patch(diagnosing, "least_visited_share", lambda x: found["least_visited_fifth"])
        return judged(make_fit(), **(convergence or {}))

    return judge


@pytest.mark.parametrize(
    ("name", "worst_that_passes", "best_that_fails"),
    [
        ("rhat", math.nextafter(1.05, 0), 1.05),
        ("ess_bulk", math.nextafter(400, 401), 400.0),
        ("ess_tail", math.nextafter(400, 401), 400.0),
        ("least_visited_fifth", math.nextafter(0.1, 1), 0.1),
    ],
)
def test_what_is_measured_of_parameters(measured, name, worst_that_passes, best_that_fails):
    assert all_passed(list(measured(**{name: worst_that_passes}).values()))
    for value in (best_that_fails, math.nan):
        criteria = measured(**{name: value})
        assert criteria[name].gates
        assert [one.name for one in criteria.values() if not one.passed and one.gates] == [name]


def test_energies_are_judged_by_the_worst_chain(measured):
    assert measured(ebfmi=(0.9, math.nextafter(0.3, 1), 0.9, 0.9))["ebfmi"].passed
    worst = measured(ebfmi=(0.9, 0.9, 0.3, 0.9))["ebfmi"]
    assert (worst.passed, worst.gates, worst.value, worst.where) == (False, True, 0.3, "chain 2")
    assert not measured(ebfmi=(0.9, math.nan, 0.9, 0.9))["ebfmi"].passed


def test_under_a_tenth_of_the_trajectories_may_be_cut():
    assert judged(make_fit(deep=199))["max_depth_share"].passed
    cut = judged(make_fit(deep=200))["max_depth_share"]
    assert (cut.passed, cut.gates, cut.value) == (False, True, 0.1)


def test_no_draw_may_diverge():
    assert judged(make_fit())["divergences"].where == ""
    one = judged(make_fit(diverging=1))["divergences"]
    assert (one.passed, one.gates, one.value, one.where) == (False, True, 1, "chain 0")
    some = np.zeros((CHAINS, DRAWS), dtype=bool)
    some[[1, 3, 3], [0, 0, 1]] = True
    assert judged(make_fit(**{"stats/diverging": some}))["divergences"].where == "chain 3"


@pytest.mark.parametrize(
    ("shape", "value", "passed"),
    [
        ({}, 2000, True),
        ({"draws": 499}, 1996, False),
        ({"draws": 501}, 2004, False),
        ({"chains": 3}, 0, False),
        ({"chains": 2, "draws": 1000}, 0, False),
    ],
)
def test_every_draw_is_there_and_no_other(shape, value, passed):
    criterion = judged(make_fit(**shape))["draws"]
    assert (criterion.value, criterion.passed, criterion.gates) == (value, passed, True)


@pytest.mark.parametrize(
    ("rhat", "limit", "remarked"),
    [
        (1.01, 1.05, False),
        (math.nextafter(1.01, 2), 1.05, True),
        (math.nextafter(1.05, 1), 1.05, True),
        (1.05, 1.05, False),
        (1.5, 1.05, False),
        (1.02, 1.02, False),
        (1.001, 1.005, False),
    ],
)
def test_what_passes_but_is_above_what_is_recommended_is_remarked(measured, rhat, limit, remarked):
    note = measured(rhat=rhat, convergence={"rhat": limit}).get("rhat_recommended")
    assert (note is not None) is remarked
    if note is not None:
        found = note.comparison, note.threshold, note.passed, note.gates
        assert found == ("<", 1.01, False, False)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_statistics_are_those_of_arviz(sign):
    values = sign * make_fit().arrays["unconstrained"]
    fit = make_fit(**{"posterior/x": values[..., 0], "posterior/y": values[..., 1:]})
    criteria = judged(fit)
    each = [values[..., k] for k in range(5)]
    assert criteria["rhat"].value == max(array_stats.rhat(x) for x in each)
    assert criteria["ess_bulk"].value == min(array_stats.ess(x) for x in each)
    tails = [array_stats.ess(x, method="tail", prob=(0.05, 0.95)) for x in each]
    assert criteria["ess_tail"].value == min(tails)
    assert criteria["least_visited_fifth"].value == min(least_visited_share(x) for x in each)
    assert criteria["ess_tail"].where == ["x", "y[0]", "y[1]", "y[2]", "y[3]"][np.argmin(tails)]


def test_nan_is_worse_than_any_number():
    fit = make_fit()
    broken, apart = fit.arrays["posterior/y"].copy(), fit.arrays["posterior/x"].copy()
    broken[0, 0, 2] = np.nan
    apart[0] += 100.0
    criteria = judged(make_fit(**{"posterior/y": broken, "posterior/x": apart}))
    for name in ("rhat", "ess_bulk", "ess_tail", "least_visited_fifth"):
        assert math.isnan(criteria[name].value)
        assert criteria[name].where == "y[2]"
        assert not criteria[name].passed


def test_fixed_elements_are_counted_and_three_are_named():
    fit = make_fit()
    assert "constant_elements" not in judged(fit)
    values = fit.arrays["unconstrained"].copy()
    values[0, :, 3] += 100.0
    criteria = judged(make_fit(unconstrained=values, **{"posterior/y": np.ones((4, 500, 4))}))
    note = criteria["constant_elements"]
    assert (note.value, note.comparison, note.threshold) == (4, ">=", 0)
    assert (note.passed, note.gates, note.where) == (True, False, "y[0], y[1], y[2]")
    assert criteria["rhat"].where == "y[2]"  # the coordinate, not the element


def test_a_coordinate_that_stands_still_in_one_chain_is_stuck():
    fit = make_fit()
    assert judged(fit)["constant_chains"].value == 0
    values = fit.arrays["unconstrained"].copy()
    values[2, :, 1] = 7.0
    values[3, :, 4] = 7.0
    stuck = judged(make_fit(unconstrained=values))["constant_chains"]
    assert (stuck.value, stuck.passed, stuck.gates) == (2, False, True)
    assert stuck.where == "y[0] in chain 2"


def test_samplers_without_energies_have_no_criteria_of_them():
    fit = make_fit()
    arrays = {name: x for name, x in fit.arrays.items() if not name.startswith("stats/")}
    assert not {"divergences", "ebfmi", "max_depth_share"} & judged(Fit(arrays, fit.meta)).keys()


@pytest.mark.parametrize(
    ("chains", "share"),
    [
        ([range(1, 11), range(11, 21)], 0.0),
        ([range(1, 21, 2), range(2, 21, 2)], 1.0),
        ([[1, 2, 3, 5, 6, 9, 10, 13, 14, 17], [4, 7, 8, 11, 12, 15, 16, 18, 19, 20]], 0.5),
        # Of 28 ranks the fifths end with 6, 11, 17 and 22.
        (
            [
                [1, 2, 6, 7, 8, 12, 13, 17, 18, 19, 20, 23, 24, 25],
                [3, 4, 5, 9, 10, 11, 14, 15, 16, 21, 22, 26, 27, 28],
            ],
            0.8,
        ),
        (
            [
                [1, 6, 7, 8, 9, 12, 13, 17, 18, 19, 20, 23, 24, 25],
                [2, 3, 4, 5, 10, 11, 14, 15, 16, 21, 22, 26, 27, 28],
            ],
            2 / 3,
        ),
        # A tenth of the pooled draws counts, less does not.
        ([[0] * 8 + [1] * 2, [0] * 10], 0.0),
        ([[0] * 9 + [1], [0] * 10], 0.9 / 0.95),
    ],
)
def test_the_least_visit_to_a_fifth(chains, share):
    assert least_visited_share(np.array([list(c) for c in chains])) == pytest.approx(share)


def test_one_nan_makes_the_visits_unknown():
    assert math.isnan(least_visited_share(np.array([[1.0, 2.0, np.nan], [1.0, 2.0, 3.0]])))
