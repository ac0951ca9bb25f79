"""When a loss has stopped falling: the stopping rule, and what the gates recompute from it.

A small last change alone says little: the loss may stand on a plateau for a step or creep. So
the rule asks two things of the loss L after k steps, both against one allowance.

1. It has not changed over a whole window of W = max(5, k/20) steps.
2. What it would still lose is small too. Let it have fallen by a over the window before the
   last and by b over the last. If falls go on shrinking by q = b/a, then b·q/(1−q) is left
   (Aitken's delta-squared process; Press et al., Numerical Recipes, 3rd ed., 5.3). Losses may
   also follow C·k^−p, for which that is too little; q is therefore multiplied by the growth of
   k over a window, which is exact in the limit for every p and next to nothing for a geometric
   loss that is settled. A loss that does not slow down faster than 1/k (q >= 1) has no end in
   sight. Windows grow with k because slow losses need long ones.

The allowance is `tolerance`·|L|. For a loss that goes to zero that would never be met, so it is
at least tolerance²·D, D being how far the loss has come (a loss is commonly a square, and its
root then meets the tolerance), and never less than four units of rounding.

Steps that draw random numbers make a noisy loss. Then the same is asked of the means of three
consecutive windows (of a twentieth, a tenth or a fifth of the steps, whichever shows it, and of
fifty at least), each difference with its 95 % bound, from batch means about a line within each
window (batch means: Law, Simulation Modeling and Analysis, 5th ed., 9.5.3). So a loss over
minibatches can meet a tolerance only if its mean over a window is known that well: where it
scatters by s from step to step (relative to itself), in 50 to 100 times (s/tolerance)^2 steps.
And a fall that shows over the longest windows must not leave more than the allowance either.
"""

from dataclasses import dataclass, replace

import numpy as np

from assay.methods.iterative.state import Array

SMALLEST_WINDOW = 5
WINDOW_SHARE = 20  # a window is this part of all steps
SMALLEST_NOISY_WINDOW = 50  # random searches stand still for a while
_BATCHES = 10  # batch means per window
_NOISY_SHARES = (20, 10, 5)  # windows tried when steps are random
_SURE = 1.645  # standard errors of a one-sided 95 % bound
_EPS = float(np.finfo(float).eps)
_ROUNDING = 8 * _EPS  # a fall of the loss below this times |L| is no fall


@dataclass(frozen=True)
class Look:
    """Where the loss stands after some step; every number is in units of the loss.

    Attributes:
        steps: after how many steps this is.
        window: how many steps a window has.
        level: the loss now; with random steps its mean over the last window.
        change: how much it changed over the last window.
        remaining: how far it would still fall; infinite if it does not slow down.
        allowed: what `change` and `remaining` may be at most.
        error: standard error of the difference of two window means; 0 unless steps are random.
    """

    steps: int
    window: int
    level: float
    change: float
    remaining: float
    allowed: float
    error: float = 0.0

    @property
    def settled(self) -> bool:
        """Return whether the loss has stopped falling."""
        return self.change <= self.allowed and self.remaining <= self.allowed


def fewest_steps(random: bool) -> int:
    """Return how many steps the rule needs at least."""
    return 3 * SMALLEST_NOISY_WINDOW if random else 2 * SMALLEST_WINDOW + 1


def look(loss: Array, tolerance: float, *, random: bool, rounding: bool = False) -> Look | None:
    """Judge a loss by the stopping rule; None if there are too few steps for it.

    Args:
        loss: the loss of every step so far, shape (steps,).
        tolerance: relative change of the loss that counts as none.
        random: whether steps draw random numbers.
        rounding: whether the state has stopped changing, so that what the loss still does is
            rounding, which is then allowed.
    """
    if len(loss) < fewest_steps(random) or not np.isfinite(loss[-1]):
        return None
    if not random:
        return _smooth(loss, tolerance, rounding)
    return _noisy(loss, tolerance, rounding)


def next_look(steps: int) -> int:
    """Return the step after which to look again: soon at first, then every twentieth of them."""
    return steps + max(1, steps // WINDOW_SHARE)


def confirmation_steps(candidate: int) -> int:
    """Return how many further steps must leave a settled loss where it is: a tenth, at least 10."""
    return max(10, -(-candidate // 10))


def _smooth(loss: Array, tolerance: float, rounding: bool) -> Look:
    window = max(SMALLEST_WINDOW, len(loss) // WINDOW_SHARE)
    last = loss[-1 - window :]
    level = float(loss[-1])
    change = float(last.max() - last.min())
    older, old = float(loss[-1 - 2 * window]), float(loss[-1 - window])
    invisible = _ROUNDING * max(abs(old), abs(level))
    growth = len(loss) / (len(loss) - window)
    remaining = _aitken(older - old, old - level, growth, invisible)
    allowed = _allowance(loss, level, tolerance)
    if rounding:
        allowed = max(allowed, change)
        remaining = min(remaining, allowed)
    return Look(len(loss), window, level, change, remaining, allowed)


def _noisy(loss: Array, tolerance: float, rounding: bool) -> Look:
    sizes = [
        max(SMALLEST_NOISY_WINDOW, len(loss) // share // _BATCHES * _BATCHES)
        for share in _NOISY_SHARES
    ]
    looks = [_windows(loss, size, tolerance) for size in sizes]
    best = next((one for one in looks if one.settled), min(looks, key=_excess))
    best = replace(best, remaining=max(best.remaining, _visible_trend(loss, sizes[-1])))
    if rounding:
        allowed = max(best.allowed, best.change)
        best = replace(best, allowed=allowed, remaining=min(best.remaining, allowed))
    return best


def _windows(loss: Array, window: int, tolerance: float) -> Look:
    first, second, error, level = _falls(loss, window)
    if second <= max(_SURE * error, _ROUNDING * abs(level)):
        # No fall can be seen. If there is one all the same, at most 1/k is left to fall.
        remaining = max(0.0, second) * (len(loss) / window - 1)
    else:
        remaining = _aitken(first, second, _growth(loss, window), 0.0)
    remaining += _SURE * error
    change = abs(second) + _SURE * error
    return Look(
        steps=len(loss),
        window=window,
        level=level,
        change=change,
        remaining=remaining,
        allowed=_allowance(loss, level, tolerance),
        error=error,
    )


def _visible_trend(loss: Array, window: int) -> float:
    """Return what a fall that only shows over long windows leaves to fall; 0 if none shows."""
    first, second, error, level = _falls(loss, window)
    if second <= max(_SURE * error, _ROUNDING * abs(level)):
        return 0.0
    slower = _growth(loss, window) * second
    return second * slower / (first - slower) if first > slower else float("inf")


def _growth(loss: Array, window: int) -> float:
    return (len(loss) - window) / (len(loss) - 2 * window)


def _falls(loss: Array, window: int) -> tuple[float, float, float, float]:
    """Return the falls between three windows' means, their standard error, and the last mean."""
    batches = loss[-3 * window :].reshape(3, _BATCHES, window // _BATCHES).mean(axis=2)
    means = batches.mean(axis=1)
    error = float(np.sqrt(2 * _scatter(batches) / _BATCHES))
    return float(means[0] - means[1]), float(means[1] - means[2]), error, float(means[2])


def _scatter(batches: Array) -> float:
    """Return the pooled variance of batch means, shape (windows, batches), about a line each."""
    time = np.arange(batches.shape[1]) - (batches.shape[1] - 1) / 2
    centred = batches - batches.mean(axis=1, keepdims=True)
    slopes = centred @ time / (time @ time)
    residual = centred - slopes[:, None] * time
    return float((residual**2).sum() / (batches.shape[0] * (batches.shape[1] - 2)))


def _aitken(first: float, second: float, growth: float, invisible: float) -> float:
    """Return what is left to fall after falls `first` and `second` over windows alike.

    Args:
        first: the fall over the window before the last.
        second: the fall over the last window.
        growth: the number of steps now over that a window ago.
        invisible: a fall that is none.
    """
    if second <= invisible:
        return abs(second)
    slower = growth * second
    if first <= slower:
        return float("inf")
    return max(second * slower / (first - slower), second * growth / (growth - 1))


def _allowance(loss: Array, level: float, tolerance: float) -> float:
    start: float = sorted(loss[:SMALLEST_WINDOW].tolist())[SMALLEST_WINDOW // 2]
    return max(
        tolerance * abs(level),
        tolerance**2 * abs(start - level),
        4 * _EPS * max(abs(level), abs(float(loss[-2]))),
    )


def _excess(seen: Look) -> float:
    return max(seen.change, seen.remaining) / seen.allowed if seen.allowed > 0 else float("inf")
