"""Each threshold of a mixed-integer fit, just below and just above."""

import math

import numpy as np
import pytest
from convex_records import (
    NONE,
    WITH_PLACES,
    after,
    judged,
    mixed_fit,
    refused,
    second,
)

from assay.methods.convex import curvature
from assay.methods.convex import diagnose as diagnosing
from assay.methods.convex.certificate import Worst
from assay.methods.convex.mixed import MixedCertificate


def mixed(**changes):
    numbers = {
        "primal_residual": NONE,
        "slack_outside": NONE,
        "dual_residual": NONE,
        "duality_gap": 0.0,
        "objective_error": 0.0,
        "multiplier_outside": NONE,
        "integrality": NONE,
        "mip_gap": 0.0,
        "objective": -11.0,
        "unit": 11.0,
    }
    return MixedCertificate(**{**numbers, **changes})


@pytest.fixture
def certified(monkeypatch):
    """Return a function that sets what is certified of both searches, and returns the criteria."""

    def criteria(first=None, other=None, *, fit=None, smallest=0.0, tolerance=1e-8):
        answers = iter([first or mixed(), other or mixed()])
        monkeypatch.setattr(diagnosing, "certify", lambda *_: next(answers))
        monkeypatch.setattr(curvature, "smallest_eigenvalue", lambda _: smallest)
        return judged(fit or mixed_fit(), tolerance)

    return criteria


@pytest.mark.parametrize(("tolerance", "allowed"), [(1e-8, 1e-6), (1e-6, 1e-6), (1e-5, 1e-5)])
def test_the_bound_reaches_the_objective(certified, tolerance, allowed):
    fine = certified(mixed(mip_gap=allowed), tolerance=tolerance)
    assert refused(fine) == []
    assert fine["mip_gap"].advice == ""
    for gap in (after(allowed), math.nan):
        wide = certified(mixed(mip_gap=gap), tolerance=tolerance)
        assert refused(wide) == ["status", "mip_gap"]
        assert wide["mip_gap"].threshold == allowed
        assert wide["mip_gap"].advice


def test_integers_are_integers(certified):
    assert certified()["integrality"].where == ""
    for value in (1e-300, math.nan):
        broken = certified(mixed(integrality=Worst(value, 0)))
        assert refused(broken) == ["status", "integrality"]
        assert (broken["integrality"].threshold, broken["integrality"].where) == (0.0, "x")
        assert broken["integrality"].advice
    assert certified()["integrality"].advice == ""


@pytest.mark.parametrize("name", WITH_PLACES)
def test_residuals_of_a_mixed_problem_are_within_the_tolerance(certified, name):
    part, place = WITH_PLACES[name]
    assert refused(certified(mixed(**{part: Worst(1e-8, 0)}))) == []
    broken = certified(mixed(**{part: Worst(after(1e-8), 0)}))
    assert refused(broken) == ["status", name]
    assert broken[name].where == place


def test_a_mixed_problem_must_be_convex_but_for_its_integers(certified):
    assert refused(certified(smallest=-1e-9)) == ["status", "curvature"]


@pytest.mark.parametrize("part", ["x", "z", "s"])
def test_a_mixed_answer_that_is_not_all_there_is_unproven(certified, part):
    values = np.ones(3)
    values[1] = math.inf
    criteria = certified(fit=mixed_fit(**{part: values}))
    assert list(criteria) == ["status", "curvature"]
    assert criteria["status"].value == "unproven"


def search(bound=-math.inf, **changes):
    return mixed_fit(second__bound=np.array(bound), **second(**changes))


NO_ANSWER = {"x": [math.nan] * 3}


@pytest.mark.parametrize(
    ("above", "passed"), [(2e-6, True), (2.01e-6, False), (-1.0, True), (0.0, True)]
)
def test_a_second_search_does_not_contradict(certified, above, passed):
    better = mixed(objective=-11.0 - 11 * above)
    for fit, other in (
        (search(-11.0 + 11 * above, **NO_ANSWER), None),
        (search(), better),
        (
            search(
                -11.0 - 1,
            ),
            better,
        ),
        (search(-11.0 + 11 * above), mixed(objective=-10.0)),
    ):
        criterion = certified(mixed(), other, fit=fit)["stability"]
        assert criterion.value == pytest.approx(max(above, 0.0))
        assert criterion.threshold == 2e-6
        assert (criterion.passed, criterion.gates) == (passed, True)


def test_twice_the_gap_is_allowed_just(certified):
    exact = mixed(objective=0.0, unit=1.0)
    criterion = certified(exact, fit=search(2e-6, **NO_ANSWER))["stability"]
    assert (criterion.value, criterion.passed) == (2e-6, True)
    # What has no size is compared as it is.
    criterion = certified(mixed(objective=0.0, unit=0.0), fit=search(1.0, **NO_ANSWER))["stability"]
    assert criterion.value == 1.0
    criterion = certified(mixed(objective=0.0, unit=0.5), fit=search(1.0, **NO_ANSWER))["stability"]
    assert criterion.value == 2.0


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ({}, True),
        ({"integrality": Worst(1e-300, 0)}, False),
        ({"primal_residual": Worst(1e-8, 0)}, True),
        ({"primal_residual": Worst(after(1e-8), 0)}, False),
        ({"slack_outside": Worst(1e-8, 0)}, True),
        ({"slack_outside": Worst(after(1e-8), 0)}, False),
    ],
)
def test_a_better_answer_counts_where_it_is_one(certified, other, counts):
    better = mixed(**{"objective": -12.0, **other})
    criterion = certified(mixed(), better, fit=search())["stability"]
    assert criterion.gates is counts
    assert not criterion.passed
    assert ("nothing to compare" in criterion.advice) is not counts


@pytest.mark.parametrize("part", ["x", "z", "s"])
def test_a_second_answer_that_is_not_all_there_is_none(certified, part):
    values = [1.0, math.nan, 1.0]
    better = mixed(objective=-12.0)
    assert not certified(mixed(), better, fit=search(**{part: values}))["stability"].gates


def test_without_a_second_search_there_is_a_remark(certified):
    criterion = certified()["stability"]
    assert (criterion.gates, criterion.value) == (False, None)
    assert "No second search" in criterion.advice
