"""Each threshold on pushes, on numbers far out and on progress, just below and just above."""

import math

import numpy as np
import pytest
from iterative_records import TOLERANCE, TRAINING, after, seen, start

from assay.methods.iterative import gates
from assay.methods.iterative.settings import Training


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
