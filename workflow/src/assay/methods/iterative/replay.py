"""Doing a stretch of steps again from a stored checkpoint, to be compared bit for bit."""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.methods.base import Job
from assay.methods.iterative import streams
from assay.methods.iterative.loop import Start, advance, begin, contents
from assay.methods.iterative.state import Array, copied


@dataclass(frozen=True)
class Segment:
    """Steps done again.

    Attributes:
        checkpoint: what a checkpoint after the last of them holds.
        history: the metrics of these steps, each of shape (steps,).
    """

    checkpoint: dict[str, Array]
    history: dict[str, Array]


def initial(job: Job, index: int) -> dict[str, Array]:
    """Return what the checkpoint of start `index` before its first step holds.

    Raises:
        TrainingError: the model failed, or returned something that is no state.
    """
    return contents(begin(job, index))


def replay(job: Job, index: int, checkpoint: Mapping[str, Array], steps: int) -> Segment:
    """Do `steps` steps of start `index` again, from the arrays of a checkpoint.

    Raises:
        TrainingError: the model failed, or returned something that is no state or no metrics.
    """
    keys = sorted(name for name in checkpoint if name.startswith("state/"))
    state = copied({key.removeprefix("state/"): checkpoint[key] for key in keys})
    stream = streams.resume(job.seed, index, checkpoint["stream"])
    start = Start(job, index, state, stream, tuple(state))
    for _ in range(steps):
        advance(start)
    return Segment(contents(start), start.history.arrays())
