"""One campaign of good models and of models that each fail one gate."""

import pandas as pd
import pytest

from toys import BAD, DEPENDENT, GOOD

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mixed(campaign):
    """Return a finished campaign of all toys, in a folder with a space and an umlaut."""
    return campaign("gates für alle", [*GOOD, *BAD, DEPENDENT], cores=3, env={"LC_ALL": "C"})


def test_a_campaign_with_failures_ends_non_zero(mixed):
    assert mixed.run.returncode != 0, mixed.text


@pytest.mark.parametrize("toy", GOOD, ids=lambda toy: f"{toy.method}_{toy.number}")
def test_good_models_are_published_beside_failing_ones(mixed, toy):
    assert mixed.results(toy.number).exists(), mixed.text[-3000:]
    table = pd.read_csv(mixed.results(toy.number), keep_default_na=False)
    assert list(table.columns) == list(toy.results["columns"])
    assert len(table) == 2
    reports = mixed.root / "docs" / "reports"
    assert (reports / f"completion_{toy.number}.md").exists()
    assert not mixed.incident(toy.number).exists()


@pytest.mark.parametrize("toy", BAD, ids=lambda toy: f"{toy.method}_{toy.number}")
def test_a_model_that_fails_a_gate_publishes_nothing_and_says_why(mixed, toy):
    assert not mixed.results(toy.number).exists()
    incident = mixed.incident(toy.number).read_text(encoding="utf-8")
    assert toy.fails in mixed.reasons(toy.number)
    assert toy.fails in incident
    assert f"model {toy.number} " in mixed.text
    assert all(log.exists() for log in mixed.logs(toy.number))
    assert not (mixed.root / "docs" / "reports" / f"completion_{toy.number}.md").exists()


def test_no_traceback_of_assay_itself_reaches_the_user(mixed):
    assert "Traceback" not in mixed.run.stderr


def test_a_dependent_of_a_failed_model_is_not_trained_and_the_summary_says_so(mixed):
    assert not mixed.results(DEPENDENT.number).exists()
    assert not mixed.incident(DEPENDENT.number).exists()
    summary = (mixed.root / "docs" / "director_summary.md").read_text(encoding="utf-8")
    assert "waits for model 14" in summary
    assert "not complete" in summary


def test_sanity_reports_every_violation_not_the_first(mixed):
    incident = mixed.incident(22).read_text(encoding="utf-8")
    assert "total == gold + silver" in incident
    assert "5.5" in incident
    assert "NA" in incident
