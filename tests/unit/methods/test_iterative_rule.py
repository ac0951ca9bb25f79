"""The stopping rule against the same rule written out plainly, number by number."""

import math
from dataclasses import astuple

import numpy as np
import pytest

from assay.methods.iterative.stopping import (
    Look,
    confirmation_steps,
    fewest_steps,
    look,
    next_look,
)

EPS = 2.0**-52


def left_to_fall(before, last, growth):
    """Return what is left after two falls over windows alike, both to be seen."""
    slower = growth * last
    if before <= slower:
        return math.inf
    return max(last * slower / (before - slower), last * growth / (growth - 1))


def allowance(loss, level, tolerance):
    start = np.median(loss[:5])
    rounding = 4 * EPS * max(abs(level), abs(loss[-2]))
    return max(tolerance * abs(level), tolerance**2 * abs(start - level), rounding)


def plain_smooth(loss, tolerance, rounding):
    steps, level = len(loss), loss[-1]
    window = max(5, steps // 20)
    since = loss[-1 - window :]
    change = max(since) - min(since)
    older, old = loss[-1 - 2 * window], loss[-1 - window]
    remaining = abs(old - level)
    if old - level > 8 * EPS * max(abs(old), abs(level)):
        remaining = left_to_fall(older - old, old - level, steps / (steps - window))
    allowed = allowance(loss, level, tolerance)
    if rounding:
        allowed = max(allowed, change)
        remaining = min(remaining, allowed)
    return Look(steps, window, level, change, remaining, allowed, 0.0)


def falls(loss, window):
    """Return the falls between three windows, their error, and the last mean."""
    means, residuals = [], []
    for part in np.split(np.asarray(loss[-3 * window :]), 3):
        batches = [batch.mean() for batch in np.split(part, 10)]
        line = np.polyval(np.polyfit(range(10), batches, 1), range(10))
        residuals += [(batch - fitted) ** 2 for batch, fitted in zip(batches, line, strict=True)]
        means.append(np.mean(batches))
    error = math.sqrt(2 * sum(residuals) / (3 * (10 - 2)) / 10)
    return means[0] - means[1], means[1] - means[2], error, means[2]


def plain_window(loss, window, tolerance):
    steps = len(loss)
    before, last, error, level = falls(loss, window)
    growth = (steps - window) / (steps - 2 * window)
    remaining = max(0.0, last) * (steps / window - 1)
    if last > max(1.645 * error, 8 * EPS * abs(level)):
        remaining = left_to_fall(before, last, growth)
    allowed = allowance(loss, level, tolerance)
    doubt = 1.645 * error
    return Look(steps, window, level, abs(last) + doubt, remaining + doubt, allowed, error)


def plain_trend(loss, window):
    steps = len(loss)
    before, last, error, level = falls(loss, window)
    if last <= max(1.645 * error, 8 * EPS * abs(level)):
        return 0.0
    slower = (steps - window) / (steps - 2 * window) * last
    return last * slower / (before - slower) if before > slower else math.inf


def plain_noisy(loss, tolerance, rounding):
    windows = [max(50, len(loss) // share // 10 * 10) for share in (20, 10, 5)]
    looks = [plain_window(loss, window, tolerance) for window in windows]
    quiet = [one for one in looks if max(one.change, one.remaining) <= one.allowed]
    best = quiet[0] if quiet else min(looks, key=lambda o: max(o.change, o.remaining) / o.allowed)
    remaining = max(best.remaining, plain_trend(loss, windows[-1]))
    allowed = best.allowed
    if rounding:
        allowed = max(allowed, best.change)
        remaining = min(remaining, allowed)
    return Look(best.steps, best.window, best.level, best.change, remaining, allowed, best.error)


def agrees(loss, tolerance, *, random, rounding):
    loss = np.asarray(loss, dtype=float)
    found = look(loss, tolerance, random=random, rounding=rounding)
    plain = (plain_noisy if random else plain_smooth)(loss, tolerance, rounding)
    # The scale of rounding in means and fits of lines; without them all is exact.
    scale = 1e-12 * np.abs(loss).max() if random else 0.0
    for one, other in zip(astuple(found), astuple(plain), strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=scale)


K = np.arange(1.0, 401)
SMOOTH = {
    "geometric": 1 + 0.9**K,
    "slow": 1 + 0.99**K,
    "power": 1 + 1 / K,
    "root": 3 + K**-0.5,
    "rising": 1 - 0.95**K,
    "negative": -5 + 0.97**K,
    "to and fro": 1 + 1e-3 * (-1.0) ** K,
    "to zero": 0.8**K,
    "to zero from below": -(0.8**K),
    "through zero": 100 * 0.9**K - 1e-3,
    "faster": 10 - 1e-9 * 1.05**K,
    "constant": np.full(400, 0.1),
    "zero": np.zeros(400),
    "line": 500 - K,
    "jumps": np.where(K % 7 == 0, 2.0, 1.0) + 1 / K,
    "large steps first": 1e6 * 0.5**K + 1,
    "negative to and fro": -1 - 1e-3 * (-1.0) ** K - 1 / K,
    "begins in disorder": np.concatenate([[9.0, 2, 7, 1, 5], 1 + 0.9 ** K[:395]]),
}


@pytest.mark.parametrize("rounding", [False, True])
@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-8, 1e-15])
@pytest.mark.parametrize("name", SMOOTH)
def test_the_rule_of_smooth_losses(name, tolerance, rounding):
    for steps in (11, 12, 119, 120, 139, 400):
        agrees(SMOOTH[name][:steps], tolerance, random=False, rounding=rounding)


def noise(seed, steps, sd=1.0):
    return sd * np.random.default_rng(seed).normal(size=steps)


@pytest.mark.parametrize("rounding", [False, True])
@pytest.mark.parametrize(
    ("tolerance", "sd"), [(1e-2, 1e-3), (1e-3, 1e-3), (1e-2, 0.1), (1e-4, 1e-6)]
)
@pytest.mark.parametrize(
    "course",
    [
        lambda k: 1 + 0 * k,
        lambda k: 1 + 0.99**k,
        lambda k: 1 + 50 / (k + 50),
        lambda k: 2 - k / 40_000,
        lambda k: 1 + k / 40_000,
        lambda k: -3 + 10 / np.sqrt(k),
        lambda k: 0 * k,
    ],
)
def test_the_rule_of_noisy_losses(course, sd, tolerance, rounding):
    for steps in (150, 259, 1200, 1900):
        loss = course(np.arange(1.0, steps + 1)) + noise(steps, steps, sd)
        agrees(loss, tolerance, random=True, rounding=rounding)


@pytest.mark.parametrize(
    ("random", "level", "fall"),
    [
        *((False, 1.0, k * EPS) for k in (-1, 0, 7, 8, 9)),
        *((False, -1.0, k * EPS) for k in (-1, 0, 7, 8, 9)),
        *((True, 1.0, k * EPS) for k in (-1, 0, 7, 8, 9)),
        *((True, -1.0, k * EPS) for k in (-1, 0, 7, 8, 9)),
        (False, 1.5 - EPS, 12 * EPS),  # just beyond eight units of what it is, not of what it was
        (False, -1.5, 12 * EPS),
    ],
)
def test_a_fall_of_eight_units_of_rounding_is_none(random, level, fall):
    window, before = (50, 100) if random else (5, 6)
    loss = np.array([level + fall] * before + [level] * window)
    found = look(loss, 1e-8, random=random)
    steps = len(loss)
    if fall > 8 * EPS * abs(level) * (1 + 8 * EPS):
        assert found.remaining == math.inf
    elif random:
        assert found.remaining == pytest.approx(max(0.0, fall) * (steps / window - 1), abs=0)
    else:
        assert found.remaining == abs(fall)


def test_four_units_of_rounding_are_always_allowed():
    for level in (1.0, -1.0):
        assert look(np.full(20, level), 1e-20, random=False).allowed == 4 * EPS
    before = np.array([1.0] * 18 + [8.0, 1.0])
    assert look(before, 1e-20, random=False).allowed == 32 * EPS
    assert look(-before, 1e-20, random=False).allowed == 32 * EPS
    after = np.array([1.0] * 19 + [8.0])
    assert look(after, 1e-20, random=False).allowed == 32 * EPS
    assert look(-after, 1e-20, random=False).allowed == 32 * EPS


def test_a_loss_is_looked_at_from_its_eleventh_step_or_the_150th():
    assert (fewest_steps(False), fewest_steps(True)) == (11, 150)
    for steps, random in ((11, False), (150, True)):
        assert look(np.ones(steps - 1), 1e-8, random=random) is None
        assert look(np.ones(steps), 1e-8, random=random).steps == steps


@pytest.mark.parametrize(("place", "seen"), [(-1, False), (-2, True), (0, True)])
def test_only_a_loss_that_is_finite_now_is_looked_at(place, seen):
    for steps, random in ((40, False), (200, True)):
        loss = np.ones(steps)
        loss[place] = np.nan
        assert (look(loss, 1e-8, random=random) is not None) is seen


@pytest.mark.parametrize(
    ("change", "remaining", "settled"),
    [(1.0, 1.0, True), (1.0 + EPS, 1.0, False), (1.0, 1.0 + EPS, False), (math.nan, 0.0, False)],
)
def test_settled_is_what_neither_changed_nor_will_fall_by_more_than_allowed(
    change, remaining, settled
):
    seen = Look(20, 5, 1.0, change, remaining, allowed=1.0)
    assert seen.settled is settled
    assert seen.error == 0.0


def test_a_loss_of_zero_with_random_steps_has_settled():
    found = look(np.zeros(1000), 1e-8, random=True)
    assert (found.remaining, found.change, found.allowed, found.window) == (0.0, 0.0, 0.0, 50)


def test_a_steady_fall_over_the_longest_windows_has_no_end():
    loss = np.repeat(np.arange(10.0, 0, -1), 100)  # equal falls from window to window
    assert look(loss, 1e-2, random=True).remaining == math.inf


def test_falls_that_shrink_only_as_the_steps_grow_have_no_end():
    # From 4 to 3 between windows, while the steps grow by four thirds.
    smooth = np.array([7.0] * 10 + [3.0] * 5 + [0.0] * 5)
    assert look(smooth, 1e-2, random=False).remaining == math.inf
    noisy = np.repeat([7.0, 7.0, 7.0, 3.0, 0.0], 200)
    assert look(noisy, 1e-2, random=True).remaining == math.inf


@pytest.mark.parametrize(
    ("steps", "after"), [(1, 2), (19, 20), (20, 21), (39, 40), (40, 42), (1000, 1050)]
)
def test_looks_are_a_twentieth_of_the_steps_apart(steps, after):
    assert next_look(steps) == after


@pytest.mark.parametrize(
    ("candidate", "further"), [(11, 10), (100, 10), (101, 11), (110, 11), (1000, 100)]
)
def test_a_tenth_of_the_steps_confirms_and_ten_at_least(candidate, further):
    assert confirmation_steps(candidate) == further
