"""Training an iterative model: every start through the workflow's loop, and what remains of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.fit import Fit
from assay.methods.base import Job
from assay.methods.iterative import streams
from assay.methods.iterative.loop import Start, run
from assay.methods.iterative.nudging import nudge
from assay.methods.iterative.state import Array

SEEN = ("state/", "history/")  # groups of arrays that `results` is given


@dataclass(frozen=True)
class Iterated:
    """What the model's `results` receives.

    Attributes:
        state: the last state of the first start, arrays by name.
        history: a pandas DataFrame with the metrics, one row per step of the first start.
        rng: a generator for predictive draws.
    """

    state: dict[str, Array]
    history: Any
    rng: np.random.Generator


def fit(job: Job) -> Fit:
    """Run the model's start and its restarts.

    Raises:
        TrainingError: the model failed, or returned something that is no state or no metrics.
    """
    arrays: dict[str, Array] = {}
    starts = []
    for index in range(1 + job.training.restarts):
        job.channel.phase("steps" if index == 0 else f"restart {index}")
        start = run(job, index)
        arrays.update(_arrays(start))
        starts.append(_meta(start))
    return Fit(arrays=arrays, meta={"iterations": _phrase(starts), "starts": starts})


def view(fit: Fit, rng: np.random.Generator) -> Iterated:
    """Return what `results` receives, made from what was stored."""
    import pandas as pd  # slow to import, and only the worker needs it

    first = fit.meta["starts"][0]
    metrics = {name: fit.arrays[f"history/{name}"].copy() for name in first["metrics"]}
    steps = pd.RangeIndex(1, 1 + len(metrics["loss"]), name="step")
    state = {name: fit.arrays[f"state/{name}"].copy() for name in first["state"]}
    return Iterated(state=state, history=pd.DataFrame(metrics, index=steps), rng=rng)


def prefix(index: int) -> str:
    """Return what the names of a start's arrays begin with; nothing for the first start."""
    return f"restart/{index}/" if index else ""


def _arrays(start: Start) -> dict[str, Array]:
    groups: dict[str, dict[str, Array]] = {
        "state": start.state,
        "history": start.history.arrays(),
        "initial": start.initial,
        "confirm": start.snapshots,
        "scale": {name: np.array(size) for name, size in start.scales.items()},
        "nudge": _nudged(start),
        "stream": {
            "begin": streams.position(streams.step_stream(start.job.seed, start.index)),
            "end": streams.position(start.stream),
        },
    }
    return {
        f"{prefix(start.index)}{group}/{name}": value.copy()
        for group, members in groups.items()
        for name, value in sorted(members.items())
    }


def _nudged(start: Start) -> dict[str, Array]:
    """Push the last state of a start, unless it never settled or its loss is an average."""
    if start.end != "settled" or start.random:
        return {}
    return nudge(start, start.history.column("loss"))


def _phrase(starts: list[dict[str, Any]]) -> str:
    first, *others = [f"{start['steps']:,} steps" for start in starts]
    return first + (f" (restarts: {', '.join(others)})" if others else "")


def _meta(start: Start) -> dict[str, Any]:
    return {
        "start": start.index,
        "steps": start.history.steps,
        "settled_at": start.candidate,
        "end": start.end,
        "metrics": list(start.history.names),
        "state": list(start.names),
        "checkpoints": start.checkpoints,
        "random": start.random,
    }
