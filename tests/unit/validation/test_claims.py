"""Design, convergence, fit and sanity, measured again from what is stored."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cases import EVIDENCE, FIT_JSON, RESULTS, TABLE, case, design_text, only, told
from expected import failed, passed
from runs_by_hand import batches, fit

from assay.core.criteria import judge
from assay.validation import claims
from assay.validation.case import PLACES

LOG = PLACES.convergence_log(1).as_posix()


def test_the_honest_run_keeps_its_design():
    assert told(claims.check_design(case())) == passed("design")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"admission": {"design": {}}}, "not admitted under this design"),
        ({"outcome": {"parameters": {"replicates": 10}}}, "parameters"),
        ({"outcome": {"method": "convex"}}, "another method"),
    ],
)
def test_a_run_of_another_design(other, words):
    found = list(claims.check_design(case(**other)))
    assert told(found) == failed("design")
    assert words in only(found).message


def test_every_criterion_is_measured_again():
    assert told(claims.check_convergence(case())) == passed("convergence")
    assert told(claims.check_claims(case())) == passed("claims")


def test_a_fit_that_has_not_converged_is_refused_whatever_the_record_claims():
    arrays = dict(fit().arrays)
    arrays["replicates/x"] = np.linspace(0, 1, 1000) ** 2
    halves = case(stored_fit=type(fit())(arrays, fit().meta), outcome={"criteria": ()})
    found = list(claims.check_convergence(halves))
    assert ("convergence", "fail", False, None, None) in told(found)
    assert "pass" not in {f.status for f in found}
    assert not list(claims.check_claims(halves))


def test_values_that_the_fit_does_not_give():
    first, *others = case().outcome.criteria
    assert isinstance(first.value, int)
    other = replace(first, value=first.value + 1)
    found = list(claims.check_claims(case(outcome={"criteria": (other, *others)})))
    assert told(found) == failed("claims")
    assert (only(found).measured, only(found).required) == ([first.name], [])
    fewer = claims.check_claims(case(outcome={"criteria": tuple(others)}))
    assert only(fewer).measured == ["which criteria there are"]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "is missing"), (b"\xff", "is not UTF-8"), (b"CONVERGED\n", "does not say what was")],
)
def test_a_convergence_log_that_says_something_else(content, words):
    found = list(claims.check_claims(case(after={LOG: content})))
    assert told(found) == failed("claims")
    assert words in only(found).message


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (100 + 9.9e-8, True),
        (100 + 1.01e-7, False),
        (math.nan, False),
        ("100", False),
        (None, False),
    ],
)
def test_criteria_agree_but_for_rounding(value, same):
    old, new = judge("a", 100.0, "<", 200.0), judge("a", value, "<", 200.0)
    again = type(old)(**{**vars(new), "passed": True})
    assert claims.unlike([old], [again]) == ([] if same else ["a"])


@pytest.mark.parametrize(("value", "same"), [(1e-9, True), (1.1e-9, False)])
def test_residuals_near_rounding_may_differ(value, same):
    pair = [judge("a", number, "<", 1.0) for number in (0.0, value)]
    assert claims.unlike(pair[:1], pair[1:]) == ([] if same else ["a"])


@pytest.mark.parametrize(
    "other", [{"threshold": 3.0}, {"passed": False}, {"comparison": "<="}, {"name": "b"}]
)
def test_threshold_comparison_and_verdict_are_compared_too(other):
    criterion = judge("a", 1.0, "<", 2.0)
    assert claims.unlike([criterion], [type(criterion)(**{**vars(criterion), **other})])


def test_both_not_measured_is_the_same():
    assert claims.unlike([judge("a", math.nan, "<", 2)], [judge("a", math.nan, "<", 2)]) == []


def test_fit_and_checkpoints_agree():
    assert told(claims.check_fit(case())) == passed("fit")


def test_a_checkpoint_that_contradicts_the_fit():
    first, second, *_ = batches()
    swapped = batches() | {first: batches()[second], second: batches()[first]}
    found = list(claims.check_fit(case(checkpoints=swapped)))
    assert told(found) == failed("fit")


@pytest.mark.parametrize(("name", "content"), [("fit.npz", None), ("fit.npz", b"PK"), FIT_JSON])
def test_no_fit(name, content):
    found = list(claims.check_fit(case(after={(EVIDENCE / name).as_posix(): content})))
    assert told(found) == [("fit", "fail", False, "RERUN", None)]
    assert "there is no fit to judge" in only(found).message


def test_a_table_that_keeps_what_the_design_declares():
    found = list(claims.check_sanity(case()))
    assert told(found) == passed("sanity")
    assert only(found).measured == 2


def test_a_table_that_does_not():
    negative = claims.check_sanity(case(table=TABLE.assign(x=[-1.0, 2.0])))
    assert told(negative) == failed("sanity")
    flat = claims.check_sanity(case(table=TABLE.assign(x=[1.0, 1.0])))
    assert told(flat) == failed("sanity", "zero_variance")
    torn = claims.check_sanity(case(after={RESULTS.as_posix(): b"\xff"}))
    assert "are no table" in only(torn).message


@pytest.mark.parametrize(("rows", "shown", "more"), [(3, 3, False), (4, 4, True)])
def test_three_violations_are_shown(rows, shown, more):
    names = [f"r{k}" for k in range(rows)]
    table = pd.DataFrame({"name": names, "x": [-1.0 - k for k in range(rows)]})
    found = list(claims.check_sanity(case(table=table)))
    assert told(found) == failed("sanity") * shown
    assert found[-1].message.startswith("and 1 more") == more


def test_arrays_are_alike_to_the_last_bit():
    one = {"a": np.array([1.0, 2.0]), "b": np.array([1])}
    assert claims.unlike_arrays(one, {name: x.copy() for name, x in one.items()}) == []
    assert claims.unlike_arrays(one, {"a": one["a"]}) == ["b"]
    assert claims.unlike_arrays({"a": one["a"]}, one) == ["b"]
    for other in (
        np.nextafter(one["a"], 3.0),
        one["a"].astype(np.float32),
        one["a"].reshape(2, 1),
    ):
        assert claims.unlike_arrays(one, one | {"a": other}) == ["a"]
    zero = {"a": np.array([0.0])}
    assert claims.unlike_arrays(zero, {"a": np.array([-0.0])}) == ["a"]


def test_a_design_with_other_settings_is_another():
    text = design_text(extra="training: {replicates: 2000}\n")
    assert told(claims.check_design(case(text=text))) == passed("design")
    other = case(text=text, outcome={"parameters": case().outcome.parameters})
    assert told(claims.check_design(other)) == failed("design")
