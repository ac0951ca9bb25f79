"""Each threshold of a convex fit, just below and just above, with what is measured given."""

import math

import pytest
from convex_records import (
    WITH_PLACES,
    after,
    make_fit,
    mixed_fit,
    proving,
    refused,
    second,
)

from assay.core.criteria import all_passed
from assay.methods.convex import agreement
from assay.methods.convex.agreement import Agreement
from assay.methods.convex.certificate import Worst


@pytest.fixture
def proved(monkeypatch):
    return proving(monkeypatch)


@pytest.mark.parametrize("name", WITH_PLACES)
def test_a_residual_is_within_the_tolerance(proved, name):
    part, place = WITH_PLACES[name]
    for tolerance in (1e-8, 1e-6):
        fine = proved(tolerance=tolerance, **{part: Worst(tolerance, 0)})
        assert all_passed(list(fine.values()))
        assert (fine[name].where, fine[name].advice) == (place, "")
        for value in (after(tolerance), math.nan):
            broken = proved(tolerance=tolerance, **{part: Worst(value, 0)})
            assert refused(broken) == [name]
            assert (broken[name].threshold, broken[name].where) == (tolerance, place)
            assert broken[name].advice
    assert proved(**{part: Worst(0.0, 0)})[name].where == ""


@pytest.mark.parametrize(("name", "times"), [("duality_gap", 1), ("objective_error", 100)])
def test_the_objective_is_known_to_the_tolerance_or_a_hundred(proved, name, times):
    assert all_passed(list(proved(**{name: times * 1e-8}).values()))
    for value in (after(times * 1e-8), math.nan):
        broken = proved(**{name: value})
        assert refused(broken) == [name]
        assert (broken[name].threshold, broken[name].where) == (times * 1e-8, "")


@pytest.mark.parametrize(
    ("smallest", "convex"),
    [(0.0, True), (-1e-10, True), (-after(1e-10), False), (-1e-9, False), (math.nan, False)],
)
def test_curvature_is_not_negative_beyond_rounding(proved, smallest, convex):
    criteria = proved(smallest=smallest)
    assert refused(criteria) == ([] if convex else ["status", "curvature"])
    assert criteria["curvature"].threshold == -1e-10
    assert bool(criteria["curvature"].advice) is not convex
    assert criteria["status"].value == ("optimal" if convex else "unproven")


def test_what_is_not_proved_is_refused(proved):
    assert refused(proved("unproven")) == ["status"]
    nothing = proved(None)
    assert list(nothing) == ["status", "curvature"]
    assert (nothing["status"].value, nothing["status"].gates) == ("unproven", True)


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        ("infeasible", "infeasibility_certificate", "y, column 1 of 2"),
        ("unbounded", "unboundedness_certificate", "second, row 1 of 2"),
    ],
)
@pytest.mark.parametrize("mixed", [False, True])
def test_a_proof_against_an_optimum_is_a_remark(proved, kind, name, place, mixed):
    fit = mixed_fit(x=(math.nan,) * 3) if mixed else make_fit()
    criteria = proved(kind, fit=fit, place=1)
    assert list(criteria) == ["status", name]
    assert refused(criteria) == ["status"]
    note = criteria[name]
    assert (note.value, note.threshold, note.comparison) == (5e-9, 1e-8, "<=")
    assert (note.passed, note.gates, note.where) == (True, False, place)


@pytest.fixture
def compared(proved, monkeypatch):
    """Return a function that sets how two answers differ, and returns the criterion."""

    def criterion(difference, resolution, tolerance=1e-8):
        found = Agreement(difference, resolution)
        monkeypatch.setattr(agreement, "compare", lambda *_: found)
        return proved(fit=make_fit(**second()), tolerance=tolerance)["stability"]

    return criterion


@pytest.mark.parametrize(
    ("difference", "resolution", "tolerance", "passed"),
    [
        (1e-6, 0.0, 1e-8, True),
        (after(1e-6), 0.0, 1e-8, False),
        (1e-6 + 1e-5, 1e-5, 1e-8, True),
        (1.01e-6 + 1e-5, 1e-5, 1e-8, False),
        (100 * 1e-7, 0.0, 1e-7, True),
        (after(100 * 1e-7), 0.0, 1e-7, False),
    ],
)
def test_two_solvers_agree_to_a_millionth_or_a_hundred_tolerances(
    compared, difference, resolution, tolerance, passed
):
    criterion = compared(difference, resolution, tolerance)
    assert (criterion.passed, criterion.gates) == (passed, True)
    assert bool(criterion.advice) is not passed


def test_a_second_answer_known_too_imprecisely_is_none(compared):
    assert compared(9.0, 1e-4).gates
    for resolution in (after(1e-4), math.nan):
        criterion = compared(9.0, resolution)
        assert (criterion.value, criterion.gates, criterion.passed) == (None, False, False)
        assert (criterion.comparison, criterion.threshold) == ("<=", 1e-6)
        assert "imprecisely" in criterion.advice


def test_without_a_second_answer_there_is_a_remark(proved):
    criterion = proved()["stability"]
    assert (criterion.value, criterion.gates) == (None, False)
    assert "No other solver" in criterion.advice
