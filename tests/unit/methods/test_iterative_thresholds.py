"""Each threshold on loss, gradient and rest of an iterative fit, just below and just above."""

import math

import numpy as np
import pytest
from iterative_records import TOLERANCE, TRAINING, after, confirmed, seen, start

from assay.methods.iterative import gates
from assay.methods.iterative.settings import Convergence, Training


def test_everything_stored_is_finite():
    assert gates.finite(start()).passed
    loss = np.linspace(9.0, 2.0, 40)
    loss[[2, 4]] = np.nan, np.inf
    broken = gates.finite(start(loss=loss))
    assert (broken.value, broken.where, broken.passed) == (2, "loss at step 3", False)
    assert (broken.comparison, broken.threshold) == ("==", 0)
    state = {"w": np.array([1.0, np.inf]), "v": np.array([np.nan, np.nan, 1.0])}
    broken = gates.finite(start(groups={"state": state}))
    assert (broken.value, broken.where, broken.passed) == (2, "state v", False)
    assert gates.finite(start(loss=loss, groups={"state": state})).where == "loss at step 3"
    fine = gates.finite(start())
    assert (fine.value, fine.comparison, fine.threshold) == (0, "==", 0)


@pytest.mark.parametrize(("settled_at", "passed"), [(99, True), (100, False)])
def test_the_loss_settles_before_the_limit_of_steps(settled_at, passed):
    criterion = gates.steps(start(settled_at=settled_at), TRAINING)
    assert (criterion.value, criterion.threshold, criterion.passed) == (settled_at, 100, passed)


@pytest.mark.parametrize(("done", "value"), [(99, None), (100, 100), (101, 101)])
def test_a_loss_that_has_not_settled_reached_the_limit_or_broke_off(done, value):
    criterion = gates.steps(start(loss=np.ones(done), settled=False), TRAINING)
    assert (criterion.value, criterion.passed, criterion.gates) == (value, False, True)
    assert criterion.where == f"ended after {done}"


@pytest.mark.parametrize(
    ("limit", "random", "needed"),
    [(11, False, 11), (12, False, None), (150, True, 150), (151, True, None)],
)
def test_a_limit_too_low_to_see_a_loss_settle_says_so(limit, random, needed):
    criterion = gates.steps(start(settled=False, random=random), Training(max_steps=limit))
    assert (f"max_steps must be over {needed}" in criterion.advice) is (needed is not None)


@pytest.mark.parametrize("part", ["change", "remaining"])
def test_a_loss_may_move_by_what_is_allowed(part):
    name = {"change": "loss_change", "remaining": "remaining_decrease"}[part]
    for value, passed in ((1e-3, True), (1.001e-3, False)):
        criteria = gates.loss(start(seen=seen(**{part: value})), TRAINING)
        found = {one.name: one for one in criteria}
        assert found[name].value == pytest.approx(value / 1e-3 * TOLERANCE)
        assert (found[name].passed, found[name].gates) == (passed, True)
        assert [one.passed for one in criteria if one.name != name] == [True]
    nothing = gates.loss(start(seen=None), TRAINING)
    assert [(one.value, one.comparison, one.threshold, one.passed) for one in nothing] == [
        (None, "<=", TOLERANCE, False)
    ] * 2
    both = gates.loss(start(seen=seen(change=1e-300, allowed=0.0)), TRAINING)
    assert [one.value for one in both] == [math.inf, 0.0]


RISING = [5.0] * 10 + [4.0, 6.0, 7.0]


@pytest.mark.parametrize(
    ("gradient", "value", "passed"),
    [
        ([1.0] * 9 + [2.0, 1.0, 2000.0, 1.0], 1000.0, True),
        ([1.0] * 9 + [2.0, 1.0, 2002.0, 1.0], 1001.0, False),
        ([1.0] * 9 + [2.0, 9.0, 2.0, 1.0], 1.0, True),  # the eleventh is not the beginning
        ([1.0] * 10 + [9e9, 1.0, 0.5], 1.0, True),  # the loss was no higher than it began
        ([0.0] * 10 + [9.0, 9.0, 9.0], 0.0, True),  # it began at a stationary point
        ([1.0] * 12 + [math.nan], math.inf, False),
        ([1.0] * 12 + [math.inf], math.inf, False),
    ],
)
def test_a_gradient_grows_by_a_thousand_at_most_while_the_loss_rises(gradient, value, passed):
    criterion = gates.gradient_explosion(start(loss=RISING, gradient=gradient))
    assert (criterion.value, criterion.threshold) == (value, 1000.0)
    assert (criterion.passed, criterion.gates) == (passed, True)


@pytest.mark.parametrize(
    ("loss", "value", "passed"),
    [
        ([3.0] + [2.0] * 9 + [1.0] * 13 + [2001.0], 1000.0, True),
        ([3.0] + [2.0] * 9 + [1.0] * 13 + [2003.0], 1001.0, False),
        ([3.0] + [2.0] * 9 + [1.0] * 13 + [3.0], 0.0, True),
        # Ten times as far above its lowest value as its median is from zero.
        ([-39.0] * 10 + [-40.0] * 13 + [360.0], 10.0, True),
        ([0.0] * 10 + [0.0] * 14, 0.0, True),
        ([1.0] * 23 + [math.inf], math.inf, False),
        ([1.0] * 12 + [math.nan] + [1.0] * 11, math.inf, False),
    ],
)
def test_without_a_gradient_the_same_is_asked_of_the_loss(loss, value, passed):
    criterion = gates.gradient_explosion(start(loss=loss))
    assert (criterion.value, criterion.passed) == (value, passed)


def gradient_criterion(gradient, *, wanted=None, **changes):
    (criterion,) = gates.grad_norm(
        start(gradient=gradient, **changes), Convergence(grad_norm=wanted)
    )
    return criterion


def test_a_gradient_the_design_limits_must_be_reported():
    assert gates.grad_norm(start(), Convergence()) == []
    (criterion,) = gates.grad_norm(start(), Convergence(grad_norm=0.1))
    assert (criterion.value, criterion.threshold, criterion.passed) == (None, 0.1, False)
    assert criterion.comparison == "<="


@pytest.mark.parametrize(("last", "passed"), [(0.1, True), (after(0.1), False)])
@pytest.mark.parametrize("random", [False, True])
def test_a_gradient_ends_at_the_designs_limit(last, passed, random):
    criterion = gradient_criterion([9.0, *[last] * 5], wanted=0.1, random=random)
    assert (criterion.threshold, criterion.gates) == (0.1, True)
    assert criterion.passed is passed


def test_with_random_steps_the_gradients_of_the_last_window_are_averaged():
    gradient = [9.0, 64.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    criterion = gradient_criterion(gradient, random=True)
    assert (criterion.value, criterion.gates) == (3.0, False)
    assert "remark" in criterion.advice
    assert gradient_criterion(gradient, random=True, seen=None).value == 5.0
    assert (gradient_criterion(gradient).value, gradient_criterion(gradient).gates) == (5.0, True)


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        # 5 times the root of 1e-3 / 7 of the peak, as long as that is under half of it.
        ({}, 5 * math.sqrt(1e-3 / 7) * 8),
        ({"loss": [2 + 0.1001, *[2.0] * 39]}, 5 * math.sqrt(1e-3 / 0.1001) * 8),
        ({"loss": [2 + 100 * 2**-10, *[2.0] * 39], "seen": seen(allowed=2**-10)}, 0.5 * 8),
        # Else 30 roots of the tolerance, half at most, of the loss over the largest number.
        ({"loss": [2 + 0.0999, *[2.0] * 39]}, 0.3 * 2 / 2),
        ({"loss": [2.0] * 40}, 0.3 * 2 / 2),
        ({"loss": [2.0] * 40, "tolerance": 1e-2}, 0.5 * 2 / 2),
        ({"loss": [2.0] * 40, "scales": {"w": 2.0, "v": 8.0}}, 0.3 * 2 / 8),
        ({"loss": [2.0] * 40, "scales": {"w": 0.1}}, 0.3 * 2),
        ({"loss": [-2.0] * 40, "seen": seen(-2.0)}, 0.3 * 2 / 2),
        # A loss of zero: 1e-8 of the gradient (0.5 here) times the largest number.
        ({"seen": seen(1e-8)}, 8.0),
        ({"seen": seen(0.0)}, 8.0),
        ({"seen": seen(1.01e-8), "loss": [1.01e-8] * 40}, 0.3 * 1.01e-8 / 2),
        ({"seen": seen(-1e-9), "loss": [-1e-9] * 40}, 0.3 * 1e-9 / 2),
        ({"seen": None}, None),
    ],
)
def test_what_a_gradient_may_be_follows_from_the_loss(changes, limit):
    gradient = [1.0, 8.0, 3.0, *[0.7] * 36, 0.5]
    criterion = gradient_criterion(gradient, **changes)
    assert criterion.threshold == (limit and pytest.approx(limit, rel=1e-9))
    assert criterion.passed is (limit is not None and limit >= 0.5)


def test_settled_steps_leave_loss_and_state_where_they_were():
    for shift, moved, passed in (
        (1e-3, 0.01, [True, True]),
        (1.001e-3, 0.01, [False, True]),
        (1e-3, after(0.01), [True, False]),
        (0.0, math.nan, [True, False]),
    ):
        found = confirmed(shift=shift, moved=moved)
        criteria = gates.stability(start(confirmation=found), TRAINING)
        assert [one.name for one in criteria] == ["stability/loss", "stability/state"]
        assert [one.passed for one in criteria] == passed
        assert all(one.gates for one in criteria)
        assert [one.threshold for one in criteria] == [TOLERANCE, 0.01]
    never = gates.stability(start(confirmation=None), TRAINING)
    assert [(one.value, one.comparison, one.threshold, one.passed) for one in never] == [
        (None, "<=", TOLERANCE, False),
        (None, "<=", 0.01, False),
    ]
