"""What doing a run again showed, judged."""

import pandas as pd
import pytest
from cases import TABLE, case, design_text, only, replayed, told, with_tables
from expected import failed, passed
from runs_by_hand import BEGAN

import evidence_samples as samples
from assay.core.criteria import judge
from assay.methods.base import Challenge
from assay.validation import recomputation
from assay.validation.case import Here, Options
from assay.validation.replayed import FailedAgain

GOOD, BAD = judge("a", 0, "==", 0), judge("a", 1, "==", 0)
DOUBT = judge("b", 1, "==", 0, gates=False)
PART = Challenge({}, {}, 0.05, "steps 1 to 9")


def elsewhere(**how):
    """Return a case that was recorded on another machine than this."""
    other = samples.ENVIRONMENT.model_copy(update={"machine": "aarch64"})
    return case(here=Here(BEGAN, other, samples.DIGEST), **how)


def doubted(check, status="warn"):
    return [(check, status, True, None, None)]


# the fit


def test_the_same_fit_to_the_last_bit():
    found = list(recomputation.check_recomputation(case(), replayed()))
    assert told(found) == passed("recomputation")
    assert "in full" in only(found).message


def test_another_fit_refuses_here_and_leaves_a_doubt_elsewhere():
    other = replayed(differences=tuple("abcdef"), agreement=(GOOD,))
    found = list(recomputation.check_recomputation(case(), other))
    assert told(found) == failed("recomputation")
    assert "a, b, c, d, e differ" in only(found).message
    assert only(found).measured == list("abcdef")
    assert told(recomputation.check_recomputation(elsewhere(), other)) == doubted("recomputation")


def test_what_could_not_be_done_again():
    broken = replayed(error="it raised")
    found = list(recomputation.check_recomputation(case(), broken))
    assert told(found) == failed("recomputation")
    assert "it raised" in only(found).message
    assert told(recomputation.check_recomputation(elsewhere(), broken)) == doubted("recomputation")
    assert not list(recomputation.check_certificate(case(), broken))
    assert not list(recomputation.check_fresh_run(elsewhere(), broken))


def test_a_challenge():
    done = replayed(mode="challenge", challenge=PART, met=(GOOD,))
    found = list(recomputation.check_recomputation(case(), done))
    assert told(found) == passed("recomputation")
    assert "(steps 1 to 9, 5 % of the work)" in only(found).message
    missed = replayed(mode="challenge", challenge=PART, met=(BAD,))
    assert told(recomputation.check_recomputation(case(), missed)) == failed("recomputation")
    there = told(recomputation.check_recomputation(elsewhere(), missed))
    assert there == doubted("recomputation") + doubted("recomputation", "skipped")


@pytest.mark.parametrize("asked", ["none", "challenge"])
def test_nothing_done_again(asked):
    judged = case(options=Options(replay=asked))
    found = list(recomputation.check_recomputation(judged, replayed(mode="none")))
    assert told(found) == doubted("recomputation", "skipped")
    assert f"--replay {asked}" in only(found).message


def test_an_optimum_proves_itself():
    convex = case(text=design_text("convex"))
    nothing = replayed(mode="none")
    found = recomputation.check_recomputation(convex, replayed(mode="none", certificates=(GOOD,)))
    assert told(found) == passed("recomputation")
    for certificates in ((BAD,), (GOOD, BAD)):
        other = replayed(mode="none", certificates=certificates)
        assert not list(recomputation.check_recomputation(convex, other))
    remark = replayed(mode="none", certificates=(GOOD, DOUBT))
    assert told(recomputation.check_recomputation(convex, remark)) == passed("recomputation")
    skipped = doubted("recomputation", "skipped")
    assert told(recomputation.check_recomputation(convex, nothing)) == skipped


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("mode", ["full", "challenge"])
def test_an_exact_replay_overrules_a_doubt_of_the_certificate(same, mode):
    done = replayed(
        mode=mode, certificates=(GOOD, DOUBT), differences=() if same else ("a",), challenge=PART
    )
    found = told(recomputation.check_certificate(case(), done))
    overruled = same and mode == "full"
    assert found == [("certificate", "warn", not overruled, None, None), *passed("certificate")]


def test_a_certificate_that_fails_or_is_none():
    bad = recomputation.check_certificate(case(), replayed(certificates=(BAD,)))
    assert told(bad) == failed("certificate")
    none = told(recomputation.check_certificate(case(), replayed()))
    assert none == [("certificate", "skipped", False, None, None)]


def test_a_fresh_run_is_compared_where_bits_need_not_agree():
    other = replayed(differences=("a",), agreement=(BAD,))
    assert told(recomputation.check_fresh_run(elsewhere(), other)) == failed("fresh_run")
    assert not list(recomputation.check_fresh_run(case(), other))
    assert not list(recomputation.check_fresh_run(elsewhere(), replayed()))
    part = replayed(mode="challenge", challenge=PART, differences=("a",))
    assert not list(recomputation.check_fresh_run(elsewhere(), part))


# the failed attempt


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (None, []),
        (FailedAgain(1, not_done="--replay none"), [("failed_attempt", "warn", False, None, None)]),
        (FailedAgain(1, "it diverged", "it diverged"), passed("failed_attempt")),
        (FailedAgain(1, "it diverged", "a fit"), failed("failed_attempt")),
    ],
)
def test_the_attempt_that_justifies_a_fix(again, expected):
    found = list(recomputation.check_failed_attempt(case(), replayed(failed_attempt=again)))
    assert told(found) == expected
    assert not again or "attempt 1" in only(found).message


# the results


def test_every_cell_agrees():
    assert told(recomputation.check_results_rebuilt(case(), replayed())) == passed("results")


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"rebuilt": None, "broken": {"0": "it raised"}}, "it raised"),
        ({"again": None, "broken": {"1": "it raised"}}, "it raised"),
        ({"again": None}, "no table came back"),
    ],
)
def test_results_that_cannot_be_rebuilt(tables, words):
    found = list(recomputation.check_results_rebuilt(case(), with_tables(**tables)))
    assert told(found) == [("results", "fail", True, None, None)]
    assert words in only(found).message


def test_without_a_replay_nothing_is_rebuilt():
    gone = with_tables(rebuilt=None)
    broken = type(gone)(**{**vars(gone), "error": "it raised"})
    found = recomputation.check_results_rebuilt(case(), broken)
    assert told(found) == doubted("results", "skipped")


@pytest.mark.parametrize("which", ["rebuilt", "again"])
def test_a_rebuilt_table_that_breaks_the_design(which):
    done = with_tables(**{which: TABLE.assign(x=[-1.0, 2.0])})
    found = list(recomputation.check_results_rebuilt(case(), done))
    assert told(found) == failed("results")
    assert "break the design" in only(found).message


def test_two_calls_that_differ():
    done = with_tables(again=TABLE.assign(x=[5.0, 1.5]))
    found = list(recomputation.check_results_rebuilt(case(), done))
    assert told(found) == failed("results")
    assert "two calls" in only(found).message


def both(table):
    return with_tables(rebuilt=table, again=table)


@pytest.mark.parametrize(
    ("x", "words", "count"),
    [
        ([5.0, 1.5], "1 cell differs (row 2: 1.25 published, 1.5 rebuilt)", 1),
        ([6.0, 1.5], "2 cells differ (row 1: 5.0 published, 6.0 rebuilt)", 2),
    ],
)
def test_cells_that_differ(x, words, count):
    found = list(recomputation.check_results_rebuilt(case(), both(TABLE.assign(x=x))))
    assert told(found) == failed("results")
    assert words in only(found).message
    assert only(found).measured == count


def test_rows_that_differ():
    more = pd.DataFrame({"name": ["mean", "sd", "top"], "x": [5.0, 1.25, 9.0]})
    for judged in (case(), elsewhere()):
        found = list(recomputation.check_results_rebuilt(judged, both(more)))
        assert told(found) == failed("results")
        assert "1 cell differs (rows)" in only(found).message


@pytest.mark.parametrize(("factor", "near"), [(1 + 0.9e-6, True), (1 + 1.1e-6, False)])
def test_elsewhere_results_may_differ_by_rounding(factor, near):
    done = both(TABLE.assign(x=TABLE["x"] * factor))
    assert told(recomputation.check_results_rebuilt(case(), done)) == failed("results")
    found = told(recomputation.check_results_rebuilt(elsewhere(), done))
    assert found == (passed("results") if near else failed("results"))


def test_another_name_is_no_rounding():
    done = both(TABLE.assign(name=["mean", "s"]))
    assert told(recomputation.check_results_rebuilt(elsewhere(), done)) == failed("results")
