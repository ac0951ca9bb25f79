"""Verdicts on criteria, and the convergence log."""

import pytest

from assay.core.criteria import Criterion, judge
from assay.core.errors import Category
from assay.documents import criteria
from assay.documents.convergence_log import convergence_log
from evidence_samples import replace
from reporting_outcomes import FAILED, NASTY, PASSED, failed, never_fitted, trained


def test_verdicts() -> None:
    assert [criteria.verdict(c) for c in PASSED] == ["PASS", "PASS", "PASS", "NOTE"]
    assert [criteria.verdict(c) for c in FAILED] == ["PASS", "FAIL", "FAIL", "FAIL"]
    assert criteria.converged(PASSED)
    assert not criteria.converged(FAILED)


@pytest.mark.parametrize("value", [None, float("nan"), "nan"])
def test_unmeasured_gate_fails_whatever_it_claims(value: float | str | None) -> None:
    claim = Criterion("rhat", value, "<", 1.05, passed=True)
    assert criteria.verdict(claim) == "FAIL"
    assert not criteria.converged([*PASSED, claim])


def test_remarks_alone_are_no_convergence() -> None:
    assert not criteria.converged([])
    assert not criteria.converged([c for c in PASSED if not c.gates])


def test_worst_is_the_one_that_failed_by_most() -> None:
    slightly, badly = judge("rhat", 1.06, "<", 1.05), judge("ess_bulk", 40, ">", 400)
    passing = judge("gap", 9.9e-9, "<=", 1e-8)
    assert criteria.worst([slightly, badly, passing]) is badly
    assert criteria.worst([badly, judge("gap", "nan", "<=", 1e-8)]).name == "gap"
    assert criteria.worst([judge("status", "infeasible", "==", "optimal"), badly]).name == "status"


def test_worst_of_those_that_passed_is_the_nearest_to_its_threshold() -> None:
    near, far = judge("rhat", 1.049, "<", 1.05), judge("ess_bulk", 600, ">", 400)
    assert criteria.worst([far, near, judge("divergences", 0, "==", 0)]) is near
    good_rhat = judge("rhat", 1.001, "<", 1.05)  # near 1.05 as a ratio, but at its best
    assert criteria.worst([good_rhat, far]) is far
    assert criteria.worst([]) is None


def test_brief() -> None:
    assert criteria.brief(PASSED[0]) == "rhat 1.012 < 1.05 (tau)"
    assert criteria.brief(FAILED[1]) == "rhat 1.0500004, not < 1.05 (tau)"
    assert criteria.brief(judge("gap", 2, "==", "a|b", where="x*")) == "gap 2, not == a|b (x*)"
    assert criteria.brief(PASSED[3]) == "tree_depth 3, not <= 0"  # a remark, yet never untrue


def test_log_of_success_has_every_criterion_in_columns() -> None:
    lines = convergence_log(trained()).splitlines()
    assert lines[0] == "Convergence of model 3: Medals per country"
    assert lines[1] == "method bayesian, attempt 2, finished 2025-06-01T13:30:00Z"
    assert lines[4].split() == ["PASS", "rhat", "1.012", "<", "1.05", "tau"]
    assert lines[5].split() == ["PASS", "ess_bulk", "1,834", ">", "400", "theta[3]"]
    assert lines[7].split()[:6] == ["NOTE", "tree_depth", "3", "<=", "0", "-"]
    assert lines[7].endswith("harmless, but slow")
    assert len({line.index(sign) for line, sign in zip(lines[4:7], "<>=", strict=True)}) == 1
    assert lines[-1] == "CONVERGED: all 3 gates passed."


def test_log_of_failure_names_what_failed() -> None:
    lines = convergence_log(failed()).splitlines()
    assert lines[5].split()[:5] == ["FAIL", "rhat", "1.0500004", "<", "1.05"]
    assert "Draw more." in lines[5]
    assert lines[7].split()[:3] == ["FAIL", "ebfmi", "NaN"]
    assert lines[-1] == (
        "NOT CONVERGED: 3 of 4 gates failed (rhat, divergences, ebfmi). Nothing is published."
    )


def test_log_before_convergence_says_that_nothing_was_measured() -> None:
    text = convergence_log(never_fitted())
    assert "NOT CONVERGED: nothing was measured. Stage build: build raised NameError" in text
    assert "PASS" not in text


def test_log_of_converged_training_that_failed_later() -> None:
    later = failed(category=Category.DATA, stage="sanity", summary="gold is -1")
    text = convergence_log(replace(later, criteria=PASSED))
    assert "CONVERGED: all 3 gates passed. But training failed afterwards: Stage sanity" in text


def test_log_keeps_a_nasty_title_on_one_line() -> None:
    lines = convergence_log(replace(trained(), title=NASTY)).splitlines()
    assert lines[0].endswith("naïve # [a](http://b) &lt; ~~s~~")
    assert lines[1].startswith("method")
