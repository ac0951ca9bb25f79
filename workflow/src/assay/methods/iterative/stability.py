"""Whether the state stays where it is while the loss does.

A flat loss does not make a solution: weights of a separable classification grow for ever, and
x -> -x leaves a square as it is. So the state is watched too, while settled steps go on. What
the model keeps there beside its solution must not be taken for it:

* integers and booleans are counters, labels and permutations: left out;
* arrays of one number are left out where there are larger ones (step sizes, damping), and
  otherwise where they follow a schedule: equal increments or equal factors per step, or jumps
  by half their size and more;
* everything is measured against the largest value that key ever had, so that momentum and
  gradients that have died away count for nothing;
* where steps draw random numbers, jitter about a place is no movement; only going somewhere is:
  the way made good is over half of the path walked.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.methods.iterative.state import Array

SNAPSHOTS = 9
_JUMP = 1.5
_EQUAL = 1e-6
_MADE_GOOD = 0.5
_FIXED = 1e-10


@dataclass(frozen=True)
class Movement:
    """The array that moved most.

    Attributes:
        size: how far, relative to the largest value that the array ever had.
        key: its name.
        rounding: whether no array moved by more than rounding, jitter included.
    """

    size: float
    key: str
    rounding: bool


def snapshot_steps(first: int, last: int) -> list[int]:
    """Return the steps from `first` to `last` after which the state is kept for comparison.

    Every other distance from `first` is odd: a state that goes to and fro must not look still.
    """
    spacing = (last - first) / (SNAPSHOTS - 1)
    return [
        first + (int(spacing * number) | 1 if number % 2 else round(spacing * number))
        for number in range(SNAPSHOTS)
    ]


def magnitudes(state: Mapping[str, Array]) -> dict[str, float]:
    """Return the largest finite absolute value of every real or complex array; 0 if none."""
    return {name: _largest(value) for name, value in state.items() if _judged(value)}


def movement(
    snapshots: Mapping[str, Array], scales: Mapping[str, float], steps: list[int], *, random: bool
) -> Movement:
    """Return what moved most between snapshots, each array of shape (snapshots, ...).

    Args:
        snapshots: the states of `steps`, stacked by key.
        scales: the largest absolute value each key ever had.
        steps: after which steps the snapshots were taken, increasing.
        random: whether steps draw random numbers, so that jitter is expected.
    """
    size, key, rounding = 0.0, "", True
    for name in watched(snapshots, steps):
        path = snapshots[name].reshape(len(snapshots[name]), -1)
        with np.errstate(invalid="ignore"):
            move = _relative(float(np.abs(path - path[0]).max()), scales.get(name, 0.0))
        rounding = rounding and move <= _fixed(path)
        if random and not _goes_somewhere(path):
            continue
        if move > size or np.isnan(move):
            size, key = move, name
    return Movement(size, key, rounding)


def watched(snapshots: Mapping[str, Array], steps: list[int]) -> list[str]:
    """Return the keys that may hold the solution, by the rules above."""
    judged = [name for name, value in snapshots.items() if _judged(value) and value.size]
    arrays = [name for name in judged if snapshots[name][0].size > 1]
    if arrays:
        return arrays
    return [name for name in judged if not _on_schedule(snapshots[name].reshape(-1), steps)]


def displacement(before: Mapping[str, Array], after: Mapping[str, Array]) -> dict[str, float]:
    """Return how far each real or complex array is from where it was, as a largest difference.

    It is infinite where shapes differ and NaN where values are not finite.
    """
    moves = {}
    for name, value in before.items():
        if _judged(value) and value.size:
            same = after[name].shape == value.shape
            with np.errstate(invalid="ignore"):
                moves[name] = float(np.abs(after[name] - value).max()) if same else np.inf
    return moves


def unchanged(
    before: Mapping[str, Array], after: Mapping[str, Array], scales: Mapping[str, float]
) -> bool:
    """Return whether two states are the same to rounding, single numbers beside arrays aside."""
    moves = displacement(before, after)
    arrays = [name for name in moves if before[name].size > 1] or list(moves)
    return all(
        _relative(moves[name], scales.get(name, 0.0)) <= _fixed(before[name]) for name in arrays
    )


def _fixed(value: Array) -> float:
    """Return the relative change that is rounding, with room for an ill-conditioned solve."""
    return max(_FIXED, 16 * float(np.finfo(value.dtype).eps))


def _judged(value: Array) -> bool:
    return value.dtype.kind in "fc"


def _largest(value: Array) -> float:
    size = np.abs(value)
    finite = size[np.isfinite(size)]
    return float(finite.max()) if finite.size else 0.0


def _relative(move: float, scale: float) -> float:
    if move == 0:
        return 0.0
    return float(move / scale) if scale > 0 else float("inf")


def _goes_somewhere(path: Array) -> bool:
    legs = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    return bool(np.linalg.norm(path[-1] - path[0]) > _MADE_GOOD * legs)


def _on_schedule(values: Array, steps: list[int]) -> bool:
    if values.dtype.kind == "c":
        return False
    apart = np.diff(steps)
    increments = np.diff(values) / apart
    if _alike(increments):
        return bool(increments[0] != 0)
    if not (values > 0).all():
        return False
    factors = np.diff(np.log(values))
    return _alike(factors / apart) or bool(np.abs(factors).max() >= np.log(_JUMP))


def _alike(numbers: Array) -> bool:
    return bool(np.ptp(numbers) <= _EQUAL * np.abs(numbers).max())
