"""The gates of an iterative fit, recomputed from the stored history and states."""

from dataclasses import replace

from assay.core.criteria import Criterion
from assay.core.fit import Fit
from assay.methods.iterative import gates
from assay.methods.iterative.record import Record, records
from assay.methods.iterative.settings import Convergence, Training


def diagnose(fit: Fit, training: Training, convergence: Convergence) -> list[Criterion]:
    """Return every criterion; where there are restarts, that of the worst start.

    Args:
        fit: arrays and meta as `fit` left them, possibly read back from disk.
        training: the design's training block.
        convergence: the design's convergence block.
    """
    starts = records(fit, training)
    judged = [_of_one(start, training, convergence) for start in starts]
    names = dict.fromkeys(one.name for criteria in judged for one in criteria)
    by_name = [[one for row in judged for one in row if one.name == name] for name in names]
    criteria = [_worst(same) for same in by_name]
    if training.restarts:
        criteria += gates.restarts(starts, training)
    return criteria


def _of_one(start: Record, training: Training, convergence: Convergence) -> list[Criterion]:
    criteria = [
        gates.finite(start),
        gates.steps(start, training),
        *gates.loss(start, training),
        gates.gradient_explosion(start),
        *gates.grad_norm(start, convergence),
        *gates.stability(start, training),
        *gates.minimum(start, training),
        *gates.progress(start, training),
    ]
    if not start.index:
        return criteria
    return [
        replace(one, where=f"restart {start.index}" + (f", {one.where}" if one.where else ""))
        for one in criteria
    ]


def _worst(same: list[Criterion]) -> Criterion:
    failed = [criterion for criterion in same if not criterion.passed]
    return (failed or same)[0]
