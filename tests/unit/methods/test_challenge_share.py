"""How much of a run a challenge does again: what a tenth of its cost leaves, within bounds."""

import pytest

from assay.methods import load
from assay.methods.base import CHALLENGE_SHARE, LEAST_SHARE, affordable_share


def test_long_runs_are_asked_for_the_whole_share():
    assert affordable_share(36_000, 5) == pytest.approx(CHALLENGE_SHARE, rel=0.01)


@pytest.mark.parametrize("claimed", [0.0, 1.0, 60.0])
def test_a_short_run_is_never_asked_for_less_than_the_least(claimed):
    assert affordable_share(claimed, 5) == LEAST_SHARE


def test_in_between_all_of_it_costs_what_it_may():
    cpu, fixed = 250.0, 5.0
    assert affordable_share(cpu, fixed) * cpu + fixed == pytest.approx(CHALLENGE_SHARE * cpu)


@pytest.mark.parametrize("method", ["bayesian", "convex", "iterative", "simulation"])
def test_every_method_says_what_a_validation_takes_anyway(method):
    assert 0 < load(method, "recompute").FIXED_SECONDS < 60
