"""What is critical, and what is an ordinary failure."""

import pytest

import evidence_samples as samples
from assay.core.criteria import judge
from assay.core.errors import Category
from assay.evidence.outcome import Failure
from assay.repair.severity import severity


def ended(*, rhat=1.0, divergences=0, hours=0.1, stage="convergence", category=4):
    criteria = [
        judge("draws", 4000, "==", 4000),
        judge("rhat", rhat, "<", 1.05, where="tau"),
        judge("divergences", divergences, "==", 0),
    ]
    return samples.ended(
        status="failed",
        failure=Failure(category=Category(category), stage=stage, summary=""),
        criteria=tuple(criteria),
        wall_seconds=hours * 3600,
    )


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"rhat": 1.3000001}, "R-hat 1.3000001 (tau), above 1.3"),
        ({"rhat": float("inf")}, "R-hat infinite (tau), above 1.3"),
        ({"divergences": 401}, "10.03 % of 4,000 draws diverged, more than 10 %"),
        ({"hours": 12.0}, "no convergence after 12 hours"),
        ({"stage": "fit"}, "sampling failed outright"),
        (
            {"rhat": 1.42, "divergences": 1200},
            "R-hat 1.42 (tau), above 1.3; 30 % of 4,000 draws diverged, more than 10 %",
        ),
    ],
)
def test_critical(how, words):
    assert severity(ended(**how)) == words


@pytest.mark.parametrize(
    "how",
    [
        {"rhat": 1.3},
        {"rhat": 1.05},
        {"rhat": float("nan")},
        {"divergences": 400},
        {"hours": 11.999},
        {"rhat": 2.0, "category": int(Category.RESOURCE)},
        {"rhat": 2.0, "stage": "sanity"},
        {"stage": "fit", "category": int(Category.IMPLEMENTATION)},
    ],
)
def test_not_critical(how):
    assert severity(ended(**how)) == ""


def test_a_success_is_not_critical():
    assert severity(samples.replace(ended(rhat=2.0), failure=None)) == ""


def test_methods_without_draws_are_critical_by_time_alone():
    steps = (judge("steps", 2000, "<", 2000),)
    assert severity(samples.replace(ended(), criteria=steps)) == ""
    assert "12" in severity(samples.replace(ended(hours=12.5), criteria=steps))


def test_values_as_the_ledger_stores_them_are_judged_alike():
    for rhat, words in (("inf", "R-hat infinite (tau), above 1.3"), ("nan", "")):
        criteria = (judge("rhat", rhat, "<", 1.05, where="tau"),)
        assert severity(samples.replace(ended(), criteria=criteria)) == words


def test_the_share_of_divergences_is_asked_only_where_both_were_counted():
    drawn, diverged = judge("draws", 1, "==", 1), judge("divergences", 1, "==", 0)
    nothing = judge("draws", 0, "==", 1)

    def critical(*criteria):
        return severity(samples.replace(ended(), criteria=criteria))

    assert "100 % of 1 draws" in critical(drawn, diverged)
    assert critical(drawn) == critical(diverged) == critical(nothing, diverged) == ""
