"""Where a batch of replicates ends: by the design alone, never by time or the number of cores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.methods.simulation.settings import Training  # which counts checkpoints with this

SHARE = 20  # a batch is this part of the replicates asked for, later of those done
LEAST_FOR_PRECISION = 100


def batch_ends(training: Training) -> list[int]:
    """Return after how many replicates each batch ends, up to the most the design allows.

    The replicates asked for come in twenty batches; what a precision needs beyond them, in
    batches of a twentieth of what is done, so that their number grows like a logarithm.
    """
    ends, done = [], 0
    size = -(-training.replicates // SHARE)
    while done < training.replicates:
        done = min(done + size, training.replicates)
        ends.append(done)
    while done < training.most_replicates:
        done = min(done + max(size, done // SHARE), training.most_replicates)
        ends.append(done)
    return ends


def first_look(training: Training) -> int:
    """Return at how many replicates precision is looked at first.

    A sequence that stops when its interval is narrow stops too soon if it starts too short
    (Chow & Robbins 1965; Law, Simulation Modeling and Analysis, 5th ed., 9.4.1), hence a hundred
    at least where the design allows as many.
    """
    return min(max(training.replicates, LEAST_FOR_PRECISION), training.most_replicates)


def stretches(training: Training) -> list[list[int]]:
    """Return the ends of batches that run without a look between them, then one by one."""
    ends = batch_ends(training)
    look = first_look(training)
    before = [end for end in ends if end < look]
    after = ends[len(before) :]
    return [[*before, after[0]], *([end] for end in after[1:])]
