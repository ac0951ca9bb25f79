"""Each threshold between starts, just below and just above, and the advice on a loss."""

import math

import numpy as np
import pytest
from iterative_records import TOLERANCE, TRAINING, confirmed, seen, start

from assay.methods.iterative import diagnose as diagnosing
from assay.methods.iterative import gates
from assay.methods.iterative.settings import Convergence, Training


def restart(index, *, level=2.0, allowed=1e-3, error=0.0, initial=(9.0, 9.0), **changes):
    groups = {"initial": {"w": np.array(initial), "v": np.zeros(1)}}
    look = seen(level, allowed=allowed, error=error)
    return start(index=index, groups=groups, seen=look, **changes)


def first(**changes):
    return restart(0, initial=(0.0, 0.0), **changes)


@pytest.mark.parametrize(
    ("one", "other", "allowances", "passed"),
    [
        ({}, {}, 0.0, True),
        ({"allowed": 2**-10}, {"allowed": 2**-10, "level": 2 + 10 * 2**-10}, 10.0, True),
        ({}, {"level": 2.0 + 0.0099}, 9.9, True),
        ({}, {"level": 2.0 - 0.0099}, 9.9, True),
        ({}, {"level": 2.0 + 0.0101}, 10.1, False),
        ({}, {"level": 2.0 - 0.0101}, 10.1, False),
        ({}, {"level": 2.0 - 0.0201, "allowed": 2e-3}, 10.05, False),
        ({"allowed": 2e-3}, {"level": 2.0 - 0.0199}, 9.95, True),
        # Three errors of the difference, here 3 * 0.005, are chance.
        ({"error": 0.003}, {"error": 0.004, "level": 2.0249}, 9.9, True),
        ({"error": 0.003}, {"error": 0.004, "level": 2.0251}, 10.1, False),
        ({"error": 0.003}, {"error": 0.004, "level": 2.01}, 0.0, True),
    ],
)
def test_restarts_reach_the_same_loss_within_ten_allowances(one, other, allowances, passed):
    _, criterion = gates.restarts([first(**one), restart(1, **other)], TRAINING)
    assert criterion.value == pytest.approx(allowances * TOLERANCE, abs=1e-15)
    assert criterion.threshold == pytest.approx(10 * TOLERANCE)
    assert (criterion.passed, criterion.gates) == (passed, True)
    assert criterion.where == "restart 1"


def test_the_restart_furthest_off_counts_and_one_that_never_settled_most():
    others = [restart(1), restart(2, level=2.5), restart(3, level=2.4)]
    _, criterion = gates.restarts([first(), *others], TRAINING)
    assert (criterion.where, criterion.passed) == ("restart 2", False)
    for level in (math.nan, math.inf):
        broken = [*others, restart(4, level=level), restart(5)]
        _, criterion = gates.restarts([first(), *broken], TRAINING)
        assert (criterion.where, criterion.passed) == ("restart 4", False)
    never = restart(6)
    never.seen = None
    _, criterion = gates.restarts([first(), *others, never], TRAINING)
    assert (criterion.where, criterion.value) == ("restart 6", math.inf)
    unsettled = first()
    unsettled.seen = None
    _, criterion = gates.restarts([unsettled, restart(1)], TRAINING)
    assert criterion.value == math.inf


def test_restarts_begin_somewhere_else():
    same = {"initial": (0.0, 0.0)}
    apart = {"initial": (0.0, 1e-300)}
    for others, value in (
        ([restart(1, **same)], 1),
        ([restart(1, **apart)], 0),
        ([restart(1), restart(2, **same), restart(3, **same)], 2),
        ([restart(1, **same, random=True)], 0),
    ):
        criterion, _ = gates.restarts([first(), *others], TRAINING)
        assert (criterion.value, criterion.threshold) == (value, 0)
        assert (criterion.passed, criterion.gates) == (value == 0, True)
    criterion, _ = gates.restarts([first(random=True), restart(1, **same)], TRAINING)
    assert criterion.value == 0
    criterion, _ = gates.restarts([first(), restart(1), restart(2, **same)], TRAINING)
    assert criterion.where == "restart 2"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seen": None}, "still moving"),
        ({"seen": seen(change=1.0)}, "still moving"),
        ({"seen": seen(change=1.0, error=0.5e-3)}, "still moving"),
        ({"seen": seen(change=1.0, error=0.51e-3)}, "fluctuates"),
        ({"confirmation": None}, "still moving"),
        ({"confirmation": confirmed(moved=0.5)}, "moved on"),
        ({"confirmation": confirmed(moved=0.5), "seen": seen(change=1.0)}, "still moving"),
        ({"confirmation": confirmed(moved=0.5), "seen": None}, "still moving"),
    ],
)
def test_advice_is_for_what_went_wrong(changes, words):
    criterion = gates.steps(start(settled=False, **changes), TRAINING)
    assert words in criterion.advice


def diagnosed(monkeypatch, *starts, restarts):
    monkeypatch.setattr(diagnosing, "records", lambda fit, training: list(starts))
    training = Training(max_steps=100, tolerance=TOLERANCE, restarts=restarts)
    return {one.name: one for one in diagnosing.diagnose(None, training, Convergence())}


def test_of_several_starts_the_one_that_fails_counts(monkeypatch):
    fine = diagnosed(monkeypatch, first(), restart(1), restart(2), restarts=2)
    assert fine["steps"].passed
    assert fine["progress"].where == "fall of the loss"
    assert {"restarts_differ", "restarts_agree"} <= fine.keys()
    slow = [restart(1, settled_at=100), restart(2, settled_at=101)]
    criteria = diagnosed(monkeypatch, first(), *slow, restarts=2)
    assert (criteria["steps"].value, criteria["steps"].where) == (100, "restart 1")
    assert criteria["finite"].where == ""
    moved = restart(1)
    moved.seen = seen(change=1.0)
    where = diagnosed(monkeypatch, first(), moved, restarts=1)["loss_change"].where
    assert where == "restart 1, loss 2 over the last 5 steps"


def test_a_single_start_has_no_criteria_of_restarts(monkeypatch):
    criteria = diagnosed(monkeypatch, first(), restarts=0)
    assert not {"restarts_differ", "restarts_agree"} & criteria.keys()
