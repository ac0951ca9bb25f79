"""The protocol's completion report."""

import pytest

from assay.core.criteria import Criterion
from assay.core.errors import AssayError
from assay.documents.completion import completion_report
from evidence_samples import replace
from reporting_outcomes import FAILED, NASTY, failed, trained

FILES = ("results_3.csv", "training_3.log", "convergence_3.log")


def test_format_word_for_word() -> None:
    report = completion_report(
        trained(), 4, (30, 120.5), found=FILES, may_be_negative=(), without_range=()
    )
    assert (
        report
        == """\
Director, Model 3 Training Complete.

## Model Summary
- Model ID: 3
- Model Type: Medals per country
- Training Method: Bayesian

## Training Results
- Training Time: 1.50 hours
- Convergence: ✅ Achieved
- Iterations Completed: 4,000 draws

## Output Files
- results_3.csv: ✅ Created (90 rows, 6 columns)
- training_3.log: ✅ Created
- convergence_3.log: ✅ Created

## Sanity Checks
- No negative values: ✅
- No NaN/Inf: ✅
- Reasonable ranges: ✅

## Status
COMPLETE - Ready for next model or Phase 5.5 validation.

## Timing
- Start: 2025-06-01T12:00:00Z
- End: 2025-06-01T13:30:00Z
- Duration: 90.00 minutes
- Expected: 30-120.5 minutes

Reported by model_trainer4.
"""
    )


@pytest.mark.parametrize(
    ("method", "name"),
    [("convex", "Optimization"), ("iterative", "Optimization"), ("simulation", "Simulation")],
)
def test_training_methods(method: str, name: str) -> None:
    report = completion_report(replace(trained(), method=method), 1, None)
    assert f"- Training Method: {name}\n" in report
    assert "- Expected: not stated (auto)" in report


def test_nothing_is_claimed_that_nobody_measured() -> None:
    report = completion_report(trained(), 1, None)
    assert "- training_3.log: not looked for" in report
    assert "- No negative values: ✅ (in every column with a declared min 0)" in report
    assert "- Reasonable ranges: ✅ (in every column with a declared max)" in report


def test_columns_without_bounds_are_named() -> None:
    report = completion_report(
        trained(), 1, None, may_be_negative=["drift"], without_range=["upper", "drift"]
    )
    assert "✅ (not checked where the design declares no min 0: drift)" in report
    assert "✅ (not checked where the design declares no max: drift, upper)" in report


def test_missing_file_is_not_created() -> None:
    report = completion_report(trained(), 1, None, found=FILES[:1])
    assert "- results_3.csv: ✅ Created (90 rows, 6 columns)" in report
    assert "- convergence_3.log: ❌ Missing" in report
    assert "- results_3.csv: ❌ Missing" in completion_report(trained(), 1, None, found=())


@pytest.mark.parametrize(
    ("verdict", "begin"),
    [
        (None, "COMPLETE - Ready for next model or Phase 5.5 validation."),
        ("APPROVE", "COMPLETE - Ready for next model. Phase 5.5 validation: APPROVE."),
        ("REJECT", "REJECTED"),
        ("INVESTIGATE", "NOT APPROVED"),
        ("perhaps", "NOT APPROVED - Phase 5.5 validation: perhaps."),
    ],
)
def test_status_follows_the_verdict(verdict: str | None, begin: str) -> None:
    assert f"## Status\n{begin}" in completion_report(trained(), 1, None, verdict)


@pytest.mark.parametrize("criteria", [(), FAILED])
def test_trained_without_convergence_on_record_is_not_complete(
    criteria: tuple[Criterion, ...],
) -> None:
    report = completion_report(replace(trained(), criteria=criteria), 1, None, "APPROVE")
    assert "- Convergence: ❌ Failed" in report
    assert "## Status\nNOT COMPLETE" in report


def test_trained_without_results_on_record_is_not_complete() -> None:
    report = completion_report(replace(trained(), results_digest=""), 1, None)
    assert "✅ Created" not in report
    assert "- No NaN/Inf: ❌" in report
    assert "## Status\nNOT COMPLETE" in report


def test_failed_training_has_no_completion_report() -> None:
    with pytest.raises(AssayError, match=r"incident_3\.md"):
        completion_report(failed(), 1, None)


def test_nasty_title_stays_one_line() -> None:
    report = completion_report(replace(trained(), title=NASTY), 1, None)
    (line,) = [line for line in report.splitlines() if line.startswith("- Model Type:")]
    assert "日本 naïve" in line
    assert "\\|" in line


def test_provisional_results_are_named_so_unless_worse_is_known() -> None:
    why = "trained with its emergency fix, which the director has not approved"
    for verdict, words in (
        (None, "not validated yet"),
        ("APPROVE", "Phase 5.5 validation: APPROVE"),
    ):
        report = completion_report(trained(), 1, None, verdict, provisional=why)
        assert f"## Status\nPROVISIONAL ({words}) - {why}.\n" in report
        assert "COMPLETE" not in report
    assert "## Status\nREJECTED" in completion_report(trained(), 1, None, "REJECT", provisional=why)
