"""What a validator does with a convex fit without its model: choose, compare, inspect.

An optimum proves itself, so nothing is done again for a continuous problem: `replay.certify`
computes the certificate on the problem that the model builds. The bound of a mixed-integer
problem has no certificate, so the problem is solved once more.
"""

from collections.abc import Mapping

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.base import CHALLENGE_SHARE, Challenge
from assay.methods.convex.form import Array, form_from_arrays
from assay.methods.convex.inspection import inspect, standard_arrays
from assay.methods.convex.mixed import accepted_gap, certify
from assay.methods.convex.settings import Training
from assay.methods.samples import OTHER_ANSWER

__all__ = ["challenge", "compare", "inspect"]

Checkpoints = Mapping[str, Mapping[str, Array]]
FIXED_SECONDS = 1.0  # of a validation, however long the run: starting a worker


def challenge(
    fit: Fit,
    training: Training,
    checkpoints: Checkpoints,  # noqa: ARG001
    rng: np.random.Generator,  # noqa: ARG001
    share: float = CHALLENGE_SHARE,  # noqa: ARG001
) -> Challenge | None:
    """Ask for a mixed-integer problem to be solved again; None for continuous ones.

    Args:
        fit: arrays and meta as `fit` left them.
        training: the design's training block.
        checkpoints: stored answers by name.
        rng: the validator's own; there is nothing to draw.
        share: of the work; a search is done again in whole.
    """
    if not len(fit.arrays["standard/integer"]):
        return None
    return Challenge(
        request={"gap": accepted_gap(training.tolerance)},
        arrays={},
        share=1.0,
        what="the search over integers",
    )


def compare(
    challenge: Challenge,
    fit: Fit,
    checkpoints: Checkpoints,  # noqa: ARG001
    replayed: Mapping[str, Array],
) -> list[Criterion]:
    """Hold the objective and bound of a second solution against the stored answer.

    The bound must be as near to the stored objective as training asked, and the objectives must
    agree within twice that, since each may lie that far above its bound.

    Args:
        challenge: what was asked.
        fit: arrays and meta as `fit` left them.
        checkpoints: stored answers by name.
        replayed: what `replay.replay` returned.
    """
    gap = float(challenge.request["gap"])
    form = form_from_arrays(standard_arrays(fit), fit.meta["cones"])
    again, bound = (_number(replayed, name) for name in ("objective", "bound"))
    found = certify(form, fit.arrays["x"], fit.arrays["z"], fit.arrays["s"], bound)
    apart = abs(found.objective - again)
    difference = 0.0 if apart == 0 else apart / found.unit if found.unit > 0 else float("inf")
    worse = "Solved again, the problem has another objective: the answer is not its optimum."
    unproved = "Solved again, the bound does not reach the objective: other integers may be better."
    return [
        judge("replay", difference, "<=", 2 * gap, where="objective", advice=worse),
        judge("bound", found.mip_gap + 0 * bound, "<=", gap, advice=unproved),
    ]


def agree(fit: Fit, fresh: Fit, training: Training) -> list[Criterion]:
    """Compare a fit with a fresh run on another kind of machine, by the objective."""
    one, other = fit.meta["objective"], fresh.meta["objective"]
    if one is None or other is None:
        return [judge("same_objective", None, "<=", 0, advice=OTHER_ANSWER)]
    apart = abs(one - other) / max(abs(one), abs(other), 1.0)
    allowed = accepted_gap(training.tolerance)
    return [judge("same_objective", apart, "<=", allowed, advice=OTHER_ANSWER)]


def _number(arrays: Mapping[str, Array], name: str) -> float:
    array = arrays.get(name)
    return float(array) if array is not None and array.shape == () else float("nan")
