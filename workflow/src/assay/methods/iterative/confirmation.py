"""Whether a settled loss stays settled: the same judgement while training and afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.methods.iterative.stability import Movement, movement, snapshot_steps
from assay.methods.iterative.state import Array
from assay.methods.iterative.stopping import Look, confirmation_steps, look

_LARGEST_MOVEMENT = 0.01


@dataclass(frozen=True)
class Confirmation:
    """What the steps after a settled loss showed.

    Attributes:
        last: the loss at their end, judged once more.
        shift: how far the loss has moved during them, beyond its sampling error.
        moved: how far the state has moved during them.
        allowed_movement: how far it may.
    """

    last: Look
    shift: float
    moved: Movement
    allowed_movement: float

    @property
    def holds(self) -> bool:
        """Return whether loss and state stayed where they were."""
        return (
            self.last.settled
            and self.shift <= self.last.allowed
            and self.moved.size <= self.allowed_movement
        )


def confirm(
    loss: Array,
    candidate: int,
    snapshots: Mapping[str, Array],
    scales: Mapping[str, float],
    tolerance: float,
    *,
    random: bool,
) -> Confirmation | None:
    """Judge the steps after step `candidate`; None if there are too few of them.

    Args:
        loss: the loss of every step, shape (steps,), ending with the confirming ones.
        candidate: after which step the loss had settled.
        snapshots: states at `snapshot_steps` of the confirming steps, stacked by key.
        scales: the largest absolute value each key ever had.
        tolerance: relative change of the loss that counts as none.
        random: whether steps draw random numbers.
    """
    end = candidate + confirmation_steps(candidate)
    if len(loss) != end:
        return None
    moved = movement(snapshots, scales, snapshot_steps(candidate, end), random=random)
    first = look(loss[:candidate], tolerance, random=random, rounding=moved.rounding)
    last = look(loss, tolerance, random=random, rounding=moved.rounding)
    if first is None or last is None:
        return None
    shift = max(abs(last.level - first.level) - 3 * max(first.error, last.error), 0.0)
    return Confirmation(last, shift, moved, allowed_movement(tolerance))


def allowed_movement(tolerance: float) -> float:
    """Return how far a settled state may still move, relative to its size.

    A loss is locally a square, so its relative change by `tolerance` is one of the state by the
    root of that; and never under 1 %, since parameters that hardly matter settle late.
    """
    return max(_LARGEST_MOVEMENT, float(np.sqrt(tolerance)))
