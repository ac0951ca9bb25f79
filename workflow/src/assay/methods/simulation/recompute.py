"""What a validator does with a simulation's fit without its model: choose, compare, inspect.

A replicate depends on the model, its inputs, the seed and its own number alone. So any of them
can be run again by itself; which ones is drawn after the evidence was fixed.
"""

from collections.abc import Mapping

import numpy as np

from assay.core.criteria import Criterion
from assay.core.fit import Fit
from assay.methods.base import CHALLENGE_SHARE, Challenge
from assay.methods.exact import same
from assay.methods.samples import OTHER_ANSWER, same_means
from assay.methods.simulation.inspection import inspect
from assay.methods.simulation.replicate import Array
from assay.methods.simulation.settings import Training

__all__ = ["agree", "challenge", "compare", "inspect"]


Checkpoints = Mapping[str, Mapping[str, Array]]
FIXED_SECONDS = 1.0  # of a validation, however long the run: starting a worker


def challenge(
    fit: Fit,
    training: Training,  # noqa: ARG001
    checkpoints: Checkpoints,  # noqa: ARG001
    rng: np.random.Generator,
    share: float = CHALLENGE_SHARE,
) -> Challenge | None:
    """Draw a share of the replicates, one at least, with equal chances; None without any.

    Args:
        fit: arrays and meta as `fit` left them.
        training: the design's training block.
        checkpoints: stored batches by name.
        rng: the validator's own.
        share: of all replicates.
    """
    count = min((len(values) for values in fit.arrays.values()), default=0)
    if count == 0:
        return None
    numbers = np.sort(rng.choice(count, size=max(1, int(share * count)), replace=False))
    return Challenge(
        request={"replicates": numbers.tolist()},
        arrays={},
        share=len(numbers) / count,
        what=f"{len(numbers):,} of {count:,} replicates",
    )


def compare(
    challenge: Challenge,
    fit: Fit,
    checkpoints: Checkpoints,  # noqa: ARG001
    replayed: Mapping[str, Array],
) -> list[Criterion]:
    """Hold replicates that were run again against the stored ones, bit for bit.

    Args:
        challenge: what was asked.
        fit: arrays and meta as `fit` left them.
        checkpoints: stored batches by name; `inspect` holds them against the fit.
        replayed: what `replay.replay` returned.
    """
    numbers = challenge.request["replicates"]
    expected = {name: values[numbers] for name, values in fit.arrays.items()} if numbers else {}
    advice = (
        "Replicates, run again, give something else: they are not from this model and seed, or "
        "simulate hangs on more than its inputs and rng."
    )
    return [same("replay", expected, replayed, advice)]


def agree(fit: Fit, fresh: Fit, training: Training) -> list[Criterion]:  # noqa: ARG001
    """Compare a fit with a fresh run on another kind of machine, by the means of the outputs."""
    columns = [
        (name, fit.arrays[name], fresh.arrays[name])
        for name in fit.arrays.keys() & fresh.arrays.keys()
        if name.startswith("replicates/")
    ]
    return same_means(columns, lambda values: float(len(values)), OTHER_ANSWER)
