"""The consultation document."""

from dataclasses import replace

import pytest

from assay.documents.consultation import consultation
from reporting_outcomes import failed, never_fitted, trained

FILES = ["implementation/data/results_3.csv", "implementation/logs/training_3.log"]


def test_says_what_the_protocol_asks_for() -> None:
    text = consultation(trained(), 4, (30, 120), FILES)
    assert text.startswith("# Consultation: model 3, Medals per country\n")
    assert "Phase 5, model_trainer4, attempt 2. Training succeeded." in text
    for row in (
        "| Requested | 2025-06-01T11:59:00Z |",
        "| Started | 2025-06-01T12:00:00Z |",
        "| Finished | 2025-06-01T13:30:00Z |",
        "| Duration | 90.00 minutes |",
        "| Expected | 30-120 minutes |",
        "| of which compile | 12.3 s |",
        "| Processor time | 2.5 h (cgroup) |",
        "| Peak memory | 536.0 MB (ru_maxrss) |",
        "| method | bayesian |",
        "| draws | 1,000 |",
        "| precision | top rel 0.02 |",
        "| iterations completed | 4,000 draws |",
        "| checkpoints | 7 |",
        "| rhat | 1.012 | < | 1.05 | PASS | tau |",
        "| tree_depth | 3 | <= | 0 | NOTE |  |",
        "| upstream_1 | sha256:cc |",
    ):
        assert row in text
    assert "\nConverged.\n" in text
    assert "- `implementation/data/results_3.csv` (90 rows, 6 columns; sha256:dd)\n" in text
    assert "- `implementation/logs/training_3.log`\n" in text
    assert "- R-hat of tau is 1.012, above 1.01\n" in text
    assert "Seed: `f0f0`" in text


def test_failure_is_said_and_never_shown_as_converged() -> None:
    text = consultation(failed(), 1, None, [])
    assert "**Training failed; nothing is published.**" in text
    assert "[incident_3.md](../reports/incident_3.md)" in text
    assert "**Not converged.**" in text
    assert "| rhat | 1.0500004 | < | 1.05 | FAIL | tau |" in text
    assert "- Failed at stage convergence: 3 of 4 criteria failed" in text
    assert "- divergences: Raise target\\_accept." not in text  # no needless escapes
    assert "- divergences: Raise target_accept." in text
    assert "## Output files created\n\nNone.\n" in text
    assert "| Expected | not stated (auto) |" in text


def test_violations_are_issues() -> None:
    text = consultation(failed(violations=("row 3: gold is -1",)), 1, None, [])
    assert "- row 3: gold is -1\n" in text


def test_before_convergence_nothing_was_measured() -> None:
    bare = replace(never_fitted(), inputs={}, seed="", title="", method="")
    text = consultation(bare, 1, None, [])
    assert "Nothing was measured" in text
    assert "No input was read." in text
    assert "none was derived" in text
    assert "| method | not known |" in text


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ((301, 900), "under 30 % of the least time expected (5.0 h)"),
        ((100, 900), "took 1.5 h, less than the least time expected (1.7 h)"),
        ((1, 89), "more than the most time expected (1.5 h)"),
    ],
)
def test_unexpected_time_is_an_issue(expected: tuple[float, float], words: str) -> None:
    quiet = replace(trained(), issues=())
    assert words in consultation(quiet, 1, expected, [])
    assert "## Issues encountered\n\nNone.\n" in consultation(quiet, 1, (30, 91), [])
    assert "## Issues encountered\n\nNone.\n" in consultation(quiet, 1, None, [])
