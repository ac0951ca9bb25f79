"""What a validator does with an iterative fit without its model: choose, compare, inspect.

Every step follows from the state before it and from the random stream, so a stretch of steps
between two stored states is done again exactly, with the metrics of each step and the state at
its end. Which stretches is drawn after the evidence was fixed.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.base import CHALLENGE_SHARE, Challenge
from assay.methods.exact import same
from assay.methods.iterative.inspection import inspect
from assay.methods.iterative.segments import Segment, checkpoint_name, choose, segments
from assay.methods.iterative.settings import Training
from assay.methods.iterative.stability import snapshot_steps
from assay.methods.iterative.state import Array
from assay.methods.iterative.stopping import confirmation_steps
from assay.methods.samples import OTHER_ANSWER

__all__ = ["challenge", "compare", "inspect"]

Checkpoints = Mapping[str, Mapping[str, Array]]
FIXED_SECONDS = 1.0  # of a validation, however long the run: starting a worker

_ADVICE = (
    "These steps, done again from the stored state before them, end elsewhere or have other "
    "metrics: the record is not one of this model's run."
)


def challenge(
    fit: Fit,
    training: Training,  # noqa: ARG001
    checkpoints: Checkpoints,
    rng: np.random.Generator,
    share: float = CHALLENGE_SHARE,
) -> Challenge | None:
    """Draw segments of a share of all steps, one at least; None if there is none.

    Args:
        fit: arrays and meta as `fit` left them.
        training: the design's training block.
        checkpoints: stored states by name, loaded when looked at.
        rng: the validator's own.
        share: of all steps, at most.
    """
    total = sum(int(start["steps"]) for start in fit.meta["starts"])
    chosen = choose(segments(checkpoints), share * total, rng)
    if not chosen or total == 0:
        return None
    arrays = {
        f"{number}/{name}": array
        for number, segment in enumerate(chosen)
        if segment.first > 0  # the steps from the beginning start with the model's own init
        for name, array in checkpoints[checkpoint_name(segment.start, segment.first)].items()
    }
    asked = [
        {
            "start": segment.start,
            "first": segment.first,
            "last": segment.last,
            "keep": [step for step, _ in _kept(fit, segment)],
            "names": sorted(_confirmed(fit, segment.start)),
        }
        for segment in chosen
    ]
    spans = [
        f"{segment.first + 1:,} to {segment.last:,}"
        + (f" of restart {segment.start}" if segment.start else "")
        for segment in chosen
    ]
    return Challenge(
        request={"segments": asked},
        arrays=arrays,
        share=min(1.0, sum(segment.steps for segment in chosen) / total),
        what=f"steps {', '.join(spans)}",
    )


def compare(
    challenge: Challenge, fit: Fit, checkpoints: Checkpoints, replayed: Mapping[str, Array]
) -> list[Criterion]:
    """Hold segments that were done again against the evidence, bit for bit.

    Args:
        challenge: what was asked.
        fit: arrays and meta as `fit` left them.
        checkpoints: stored states by name.
        replayed: what `replay.replay` returned.
    """
    expected: dict[str, Array] = {}
    for number, asked in enumerate(challenge.request["segments"]):
        segment = Segment(asked["start"], asked["first"], asked["last"])
        stored = _stored(fit, checkpoints, segment)
        expected |= {f"{number}/{name}": array for name, array in stored.items()}
    return [same("replay", expected, replayed, _ADVICE)]


def agree(fit: Fit, fresh: Fit, training: Training) -> list[Criterion]:
    """Compare a fit with a fresh run on another kind of machine, by the loss they end at.

    Two runs that stopped by the tolerance on the change of the loss may end that far apart; a
    hundred times as much is another answer.
    """
    one, other = (float(f.arrays["history/loss"][-1]) for f in (fit, fresh))
    apart = abs(one - other) / max(abs(one), abs(other), 1e-300)
    allowed = max(100 * training.tolerance, 1e-9)
    return [judge("same_loss", apart, "<=", allowed, advice=OTHER_ANSWER)]


def _stored(fit: Fit, checkpoints: Checkpoints, segment: Segment) -> dict[str, Array]:
    """Return what the evidence holds of a segment, under the names that `replay` uses."""
    index, first, last = segment.start, segment.first, segment.last
    prefix = f"restart/{index}/" if index else ""
    found: dict[str, Array] = {}
    if first == 0:
        begin = checkpoints[checkpoint_name(index, 0)]
        found |= {f"begin/{name}": array for name, array in begin.items()}
    for name in _meta(fit, index)["metrics"]:
        found[f"history/{name}"] = fit.arrays[f"{prefix}history/{name}"][first:last]
    for step, row in _kept(fit, segment):
        for name, stack in _confirmed(fit, index).items():
            found[f"confirm/{step}/{name}"] = stack[row]
    end = checkpoints[checkpoint_name(index, last)]
    return found | {f"end/{name}": array for name, array in end.items()}


def _kept(fit: Fit, segment: Segment) -> list[tuple[int, int]]:
    """Return the steps in a segment whose states are kept as confirming ones, and their rows."""
    meta = _meta(fit, segment.start)
    candidate = meta["settled_at"]
    if candidate is None or not _confirmed(fit, segment.start):
        return []
    steps = snapshot_steps(candidate, candidate + confirmation_steps(candidate))
    return [(step, row) for row, step in enumerate(steps) if segment.first < step <= segment.last]


def _meta(fit: Fit, index: int) -> Mapping[str, Any]:
    found: Mapping[str, Any] = fit.meta["starts"][index]
    return found


def _confirmed(fit: Fit, index: int) -> dict[str, Array]:
    """Return the states of the confirming steps of a start, stacked by key."""
    prefix = f"{f'restart/{index}/' if index else ''}confirm/"
    return {
        name.removeprefix(prefix): array
        for name, array in fit.arrays.items()
        if name.startswith(prefix)
    }
