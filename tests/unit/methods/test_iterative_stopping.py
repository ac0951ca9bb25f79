"""The stopping rule: what settles, and what only looks so."""

import numpy as np
import pytest

from assay.methods.iterative.stopping import (
    confirmation_steps,
    fewest_steps,
    look,
    next_look,
)

STEPS = np.arange(1, 401)


def settled(loss, tolerance=1e-8, **how):
    return look(np.asarray(loss, dtype=float), tolerance, **{"random": False, **how}).settled


def test_too_few_steps_say_nothing():
    assert look(np.ones(fewest_steps(False) - 1), 1e-8, random=False) is None
    assert look(np.ones(fewest_steps(False)), 1e-8, random=False).settled
    assert look(np.ones(fewest_steps(True) - 1), 1e-8, random=True) is None


def test_a_geometric_loss_settles_when_its_rest_is_small():
    loss = 1 + 0.9**STEPS
    assert settled(loss)
    assert not settled(loss[:150])


def test_the_rest_of_a_geometric_loss_is_not_underestimated():
    loss = 1 + 0.97**STEPS
    assert look(loss, 1e-8, random=False).remaining >= loss[-1] - 1


def test_a_step_that_changes_nothing_is_not_the_end():
    loss = 1 + 0.97**STEPS
    loss[-1] = loss[-2]
    assert not settled(loss)


def test_a_creeping_loss_is_refused_though_its_last_change_is_below_tolerance():
    loss = 1.005 - 1e-9 * STEPS  # half a per cent too high, and falling by 1e-9 a step
    assert abs(loss[-1] - loss[-2]) < 1e-8 * loss[-1]
    assert not settled(loss)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_a_loss_that_falls_like_a_power_of_the_steps_is_extrapolated(power):
    left = 400.0**-power
    seen = look(1 + STEPS**-power, left / 2, random=False)
    assert left * 0.8 < seen.remaining < left * 30
    assert not seen.settled


def test_a_logarithm_has_no_end():
    assert look(10 - np.log(STEPS), 1e-2, random=False).remaining > 10


def test_a_loss_that_falls_ever_faster_has_no_end():
    assert look(10 - 1e-9 * 1.05**STEPS, 1e-8, random=False).remaining == np.inf


def test_loss_that_goes_to_zero():
    assert settled(0.8**STEPS)
    assert not settled(0.8 ** STEPS[:60])
    assert settled(np.zeros(20))


def test_negative_and_crossing_losses():
    assert settled(-5 + 0.9**STEPS)
    assert settled(0.9**STEPS * 100 - 1e-3)


def test_going_to_and_fro_does_not_settle():
    assert not settled(1 + 1e-3 * (-1.0) ** STEPS)


def test_rounding_of_a_state_at_rest_is_allowed():
    noise = 1e-29 * (1 + np.random.default_rng(0).random(50))
    assert not settled(noise)
    assert settled(noise, rounding=True)


def noisy(seed, mean, steps=20_000, sd=0.05):
    return mean(np.arange(1, steps + 1)) + sd * np.random.default_rng(seed).normal(size=steps)


@pytest.mark.parametrize("seed", range(5))
def test_a_stationary_noisy_loss_settles_within_a_tolerance_it_can_show(seed):
    looks = [noisy(seed, np.ones_like)[:steps] for steps in (16_000, 18_000, 20_000)]
    assert any(settled(loss, 1e-2, random=True) for loss in looks)  # chance may hide it once
    assert not any(settled(loss, 1e-4, random=True) for loss in looks)


@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_loss_that_keeps_falling_does_not(seed):
    loss = noisy(seed, lambda k: 2 - k / 40_000)
    assert not settled(loss, 1e-2, random=True)


def test_looks_and_confirmations_grow_with_the_steps():
    assert next_look(10) == 11
    assert next_look(1000) == 1050
    assert confirmation_steps(20) == 10
    assert confirmation_steps(1001) == 101
