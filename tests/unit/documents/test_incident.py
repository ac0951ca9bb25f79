"""The incident report."""

from dataclasses import replace

import pytest

from assay.core.errors import AssayError, Category
from assay.documents.incident import incident_report, recipient, rewind
from reporting_outcomes import PASSED, failed, never_fitted, trained


def test_failed_convergence() -> None:
    text = incident_report(failed())
    assert text.startswith("# Incident: model 3, Medals per country\n")
    assert "- **What:** 3 of 4 criteria failed\n" in text
    assert "- **Where:** tau\n" in text
    assert "- **Kind:** 4, convergence: " in text
    assert "ended 2025-06-01T13:30:00Z after 1.5 h\n" in text
    assert "- **Next:** Draw more.\n" in text
    assert "- **Goes back to:** the modeler, because " in text
    assert "gives the same failure: change something" in text
    assert "- **divergences:** Raise target_accept.\n" in text


def test_failed_criteria_come_first_and_all_are_there() -> None:
    rows = [line for line in incident_report(failed()).splitlines() if line.startswith("| ")]
    assert rows[2:] == [
        "| rhat | 1.0500004 | < | 1.05 | FAIL | tau |",
        "| divergences | 12 | == | 0 | FAIL |  |",
        "| ebfmi | NaN | > | 0.3 | FAIL | chain 2 |",
        "| ess_bulk | 1,834 | > | 400 | PASS | theta[3] |",
    ]


def test_failure_before_convergence() -> None:
    text = incident_report(never_fitted())
    assert "- **Kind:** 1, implementation: " in text
    assert "- **Where:** model_3.py:12 in build\n" in text
    assert "the code translator, because" in text
    assert "Nothing was measured" in text
    # The traceback holds a fence of its own and must not end ours.
    assert text.endswith("````text\nTraceback (most recent call last):\n```\nNameError\n````\n")


def test_every_violation_is_listed() -> None:
    violations = tuple(f"row {row}: gold is -1" for row in range(300))
    insane = failed(category=Category.DATA, stage="sanity", violations=violations)
    text = incident_report(replace(insane, criteria=PASSED))
    assert "## Sanity violations (300)" in text
    assert all(f"\n{row + 1}. row {row}: gold is -1\n" in text for row in range(300))
    assert "| rhat | 1.012 | < | 1.05 | PASS | tau |" in text
    assert "break what the design declares" in text


@pytest.mark.parametrize(
    ("category", "stage", "where", "role"),
    [
        (Category.IMPLEMENTATION, "fit", "model_3.py:9 in step", "code translator"),
        (Category.IMPLEMENTATION, "admission", "model/model_design_3.md:7", "modeler"),
        (Category.IMPLEMENTATION, "admission", "code/model_3.py", "code translator"),
        (Category.DATA, "admission", "features_3.pkl", "data engineer"),
        (Category.DATA, "build", "model_3.py:9 in build", "data engineer"),
        (Category.DATA, "sanity", "results_3.csv", "modeler"),
        (Category.RESOURCE, "fit", "", "director"),
        (Category.RESOURCE, "sanity", "", "director"),
        (Category.CONVERGENCE, "convergence", "tau", "modeler"),
        (Category.IMPLEMENTATION, "fit", "assay", "maintainer of assay"),
        (Category.DATA, "admission", "data/results_7.csv", "director"),
    ],
)
def test_whom_it_goes_back_to(category: Category, stage: str, where: str, role: str) -> None:
    failure = failed(category=category, stage=stage, where=where).failure
    assert failure is not None
    assert recipient(failure).role == role


def test_inputs_to_be_corrected_pause_the_time_and_a_missing_resource_does_not() -> None:
    for category, stage, to in (
        (Category.IMPLEMENTATION, "fit", "back to the code translator: the model code"),
        (Category.DATA, "build", "back to the data engineer: the features"),
        (Category.CONVERGENCE, "convergence", "back to the modeler: code and data"),
        (Category.RESOURCE, "fit", ""),
    ):
        outcome = failed(category=category, stage=stage)
        assert rewind(outcome.failure).startswith(to)
        assert bool(rewind(outcome.failure)) == bool(to)
        assert ("**Time tracking** pauses" in incident_report(outcome)) == bool(to)
    assert rewind(None) == ""


def test_what_was_noted_on_the_way_is_told() -> None:
    text = incident_report(replace(failed(), issues=("slow: running for 2.0 days",)))
    assert "## Noted on the way\n\n- slow: running for 2.0 days\n" in text


def test_missing_resource_may_succeed_another_time() -> None:
    text = incident_report(failed(category=Category.RESOURCE, stage="fit", remedy=""))
    assert "with the same inputs may succeed" in text
    assert "correct it and run again" in text


def test_success_has_no_incident() -> None:
    with pytest.raises(AssayError, match="no failure"):
        incident_report(trained())
