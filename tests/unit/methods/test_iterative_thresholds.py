"""Each threshold of an iterative fit, just below and just above, on records written down here."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from assay.methods.iterative import diagnose as diagnosing
from assay.methods.iterative import gates
from assay.methods.iterative.confirmation import Confirmation
from assay.methods.iterative.settings import Convergence, Training
from assay.methods.iterative.stability import Movement
from assay.methods.iterative.stopping import Look

TOLERANCE = 1e-4
TRAINING = Training(max_steps=100, tolerance=TOLERANCE)


def after(number):
    return math.nextafter(number, math.inf)


def seen(level=2.0, *, change=0.0, remaining=0.0, allowed=1e-3, window=5, error=0.0):
    return Look(40, window, level, change, remaining, allowed, error)


def confirmed(*, shift=0.0, moved=0.0, last=None, key="w"):
    return Confirmation(last or seen(), shift, Movement(moved, key, False), 0.01)


def start(*, loss=(), gradient=None, groups=None, **changes):
    """Return what was stored of a start that settled after 40 steps."""
    loss = np.asarray(loss if len(loss) else np.linspace(9.0, 2.0, 40), dtype=float)
    history = {"loss": loss}
    if gradient is not None:
        history["grad_norm"] = gradient = np.asarray(gradient, dtype=float)
    state = {"w": np.array([1.0, 2.0])}
    stored = {"history": history, "state": state, "initial": {"w": np.zeros(2)}}
    return SimpleNamespace(**{
        "index": 0,
        "groups": {**stored, **(groups or {})},
        "loss": loss,
        "gradient": gradient,
        "random": False,
        "scales": {"w": 2.0},
        "confirmation": confirmed(),
        "settled": True,
        "settled_at": 40,
        "seen": seen(),
        "tolerance": TOLERANCE,
        **changes,
    })  # fmt: skip


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


def pushed(place=(3, 1), loss=2.0, *, followed=(), shape=(10, 4), far=None):
    """Return the record of pushes of which one in a smooth valley lowered the loss."""
    losses = np.full(shape, 3.0)
    if len(shape) == 2 and shape == (10, 4):
        row, column = place
        fall = 2.0 - loss
        losses[row, column:] = [2.0 - fall * 0.5**k for k in range(4 - column)]
    group = {"loss": losses, "followed": np.array(followed, dtype=float)}
    if far is not None:
        group["far"] = np.array(far, dtype=float).reshape(-1, 3)
    return {"nudge": group}


def nearby(**changes):
    """Return the criterion on lower losses near by."""
    lower, _ = gates.minimum(start(**changes), TRAINING)
    return lower


def test_nothing_is_pushed_where_steps_are_random_or_have_not_settled():
    for changes in ({"random": True}, {"settled": False}, {"seen": None}):
        assert gates.minimum(start(groups=pushed(), **changes), TRAINING) == []


@pytest.mark.parametrize("place", [(0, 0), (3, 1), (9, 2)])
def test_no_push_finds_a_loss_lower_by_ten_allowances(place):
    for loss, value, passed in (
        (2.0 - 0.009999, 0.0, True),
        (2.0 - 0.010001, 10.001 * TOLERANCE, False),
        (1.5, 500 * TOLERANCE, False),
    ):
        criterion = nearby(groups=pushed(place, loss))
        assert criterion.value == pytest.approx(value)
        assert criterion.threshold == 10 * TOLERANCE
        assert (criterion.passed, criterion.gates) == (passed, True)


@pytest.mark.parametrize(
    ("came_to", "value", "passed"),
    [
        (1.0, 1000 * TOLERANCE, False),
        (2.0, 0.0, True),
        (2.5, 0.0, True),
        (2.0 - 0.0099, 9.9 * TOLERANCE, True),
        (2.0 - 0.0101, 10.1 * TOLERANCE, False),
    ],
)
def test_what_counts_is_where_the_lowest_push_leads(came_to, value, passed):
    criterion = nearby(groups=pushed((3, 1), 1.5, followed=[came_to]))
    assert criterion.value == pytest.approx(value)
    assert criterion.passed is passed


def test_ten_allowances_lower_is_as_good_and_the_push_itself_counts_where_none_was_followed():
    exact = seen(allowed=2**-10)
    for units, passed in ((10, True), (10.001, False)):
        followed = [2.0 - units * 2**-10]
        criterion = nearby(seen=exact, groups=pushed((3, 1), 1.5, followed=followed))
        assert criterion.passed is passed
    unfollowed = pushed((3, 1), 1.5)
    del unfollowed["nudge"]["followed"]
    assert nearby(groups=unfollowed).value == pytest.approx(500 * TOLERANCE)


def test_ten_allowances_are_no_difference_far_out_either():
    exact, ten = seen(allowed=2**-10), 10 * 2**-10
    rows = [(2.0 + ten, 1.6, 3.0), (2.0, 1.6, 2.0 + ten)]
    _, criterion = gates.minimum(start(seen=exact, groups=pushed(far=rows)), TRAINING)
    assert criterion.value == 1


def test_pushes_that_are_missing_prove_nothing():
    unknown = pushed()
    unknown["nudge"]["loss"][7, 3] = math.nan
    for groups in ({}, pushed(shape=(10, 3)), pushed(shape=(8, 4)), {"nudge": {}}, unknown):
        criterion = nearby(groups=groups)
        assert (criterion.value, criterion.passed, criterion.gates) == (None, False, True)


def test_a_push_that_led_nobody_knows_where_is_no_proof():
    criterion = nearby(groups=pushed((3, 1), 1.5, followed=[math.nan]))
    assert math.isnan(criterion.value)
    assert not criterion.passed


def test_rounding_of_the_state_is_no_fall():
    single = {"w": np.array([1.0, 2.0], dtype=np.float32)}
    allowed = 64 * 2.0**-23 * 2.0  # of single precision, at a loss of 2
    strict = seen(allowed=1e-12)
    for factor, passed in ((9.9, True), (10.1, False)):
        groups = {**pushed((3, 1), 2.0 - factor * allowed), "state": single}
        assert nearby(groups=groups, seen=strict).passed is passed


@pytest.mark.parametrize(
    ("row", "lost"),
    [
        ((2.0 + 0.0099, 1.6, 3.0), True),
        ((2.0 - 0.0099, 1.6, 1.0), True),
        ((2.0 + 0.0101, 1.6, 3.0), False),  # doubling changed the loss
        ((2.0 - 0.0101, 1.6, 3.0), False),
        ((2.0, 1.5, 3.0), False),  # steps brought it back
        ((2.0, after(1.5), 3.0), True),
        ((2.0, 1.6, 2.0 + 0.0099), False),  # putting it back changed nothing
        ((2.0, 1.6, 2.0 - 0.0099), False),
        ((2.0, 1.6, 2.0 + 0.0101), True),
        ((2.0, 1.6, 2.0 - 0.0101), True),
        ((2.0, 1.6, math.inf), True),
        ((2.0, 1.6, math.nan), True),
    ],
)
def test_a_number_far_out_that_may_double_but_not_go_back_is_lost(row, lost):
    _, criterion = gates.minimum(start(groups=pushed(far=[row])), TRAINING)
    assert (criterion.value, criterion.threshold) == (int(lost), 0)
    assert (criterion.passed, criterion.gates) == (not lost, True)


def test_every_lost_number_is_counted_and_none_where_there_are_none():
    lost = (2.0, 1.6, 3.0)
    _, criterion = gates.minimum(start(groups=pushed(far=[lost, (9.0, 1.6, 3.0), lost])), TRAINING)
    assert criterion.value == 2
    for groups in (pushed(), {}, pushed(far=[])):
        _, criterion = gates.minimum(start(groups=groups), TRAINING)
        assert (criterion.value, criterion.passed) == (0, True)


def test_progress_is_not_asked_where_a_gradient_is_judged():
    gradient = np.ones(40)
    assert gates.progress(start(gradient=gradient), TRAINING) == []
    assert len(gates.progress(start(gradient=gradient, random=True), TRAINING)) == 1
    assert len(gates.progress(start(), TRAINING)) == 1


def test_a_loss_that_fell_by_more_than_is_allowed_is_progress():
    (criterion,) = gates.progress(start(), TRAINING)
    assert criterion.value == pytest.approx(7 / 1e-3 * TOLERANCE)
    assert (criterion.passed, criterion.where) == (True, "fall of the loss")
    (barely,) = gates.progress(start(loss=[2 + 1.001e-3, *[2.0] * 39]), TRAINING)
    assert (barely.passed, barely.threshold) == (True, TOLERANCE)


@pytest.mark.parametrize(
    ("initial", "value", "passed"),
    [
        ([1.0, 2.0], 0.0, False),
        ([1.0, 2.0 - 0.0199], 0.00995, False),
        ([1.0, 2.0 - 0.0201], 0.01005, True),
        ([1.0, 2.0, 3.0], math.inf, True),
    ],
)
@pytest.mark.parametrize("loss", [[2.0] * 40, [2 + 0.999e-3, *[2.0] * 39], [1.0, *[2.0] * 39]])
def test_otherwise_the_state_has_left_its_start_by_a_root_of_the_tolerance(
    initial, value, passed, loss
):
    groups = {"initial": {"w": np.array(initial)}}
    (criterion,) = gates.progress(start(loss=loss, groups=groups), TRAINING)
    assert criterion.value == pytest.approx(value)
    assert criterion.threshold == pytest.approx(0.01)
    assert (criterion.passed, criterion.gates) == (passed, True)
    assert criterion.where == "change of the state since init"


def test_a_state_that_moved_by_just_the_root_has_not_left():
    groups = {"initial": {"w": np.array([1.0, 2.0 - 2**-6])}}
    training = Training(max_steps=100, tolerance=2**-14)
    (criterion,) = gates.progress(start(loss=[2.0] * 40, groups=groups), training)
    assert (criterion.value, criterion.threshold, criterion.passed) == (2**-7, 2**-7, False)


def test_the_state_counts_where_the_loss_was_never_seen_or_exactly_allowed():
    # 2 + 2**-10 less 2 is exactly what is allowed.
    for changes in ({"seen": None}, {"loss": [2 + 2**-10] * 40, "seen": seen(allowed=2**-10)}):
        (criterion,) = gates.progress(start(**changes), TRAINING)
        assert criterion.where == "change of the state since init"


def test_the_array_that_moved_most_counts_and_those_that_were_always_zero_do_not():
    state = {"w": np.array([1.0]), "v": np.array([4.0, 0.0]), "z": np.zeros(2)}
    initial = {"w": np.array([0.5]), "v": np.array([1.0, 0.0]), "z": np.zeros(2)}
    groups = {"state": state, "initial": initial}
    scales = {"w": 1.0, "v": 4.0, "z": 0.0}
    (criterion,) = gates.progress(start(loss=[2.0] * 40, groups=groups, scales=scales), TRAINING)
    assert criterion.value == 0.75
    (criterion,) = gates.progress(start(loss=[2.0] * 40, groups=groups, scales={}), TRAINING)
    assert (criterion.value, criterion.passed) == (0.0, False)


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
