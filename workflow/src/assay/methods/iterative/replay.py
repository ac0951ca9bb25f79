"""Doing steps of an iterative model again, and showing on the model that a fit is its answer."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from assay.core.criteria import Criterion
from assay.core.fit import Fit
from assay.methods.base import Job
from assay.methods.iterative.certify import certify_start
from assay.methods.iterative.loop import advance, begin, contents, resume
from assay.methods.iterative.record import records
from assay.methods.iterative.state import Array, copied
from assay.methods.variants import Lazy, distorted, variants


def replay(job: Job, request: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Do the segments of a challenge again.

    Segments from the beginning start with `init` and the seed, others with a stored state.

    Args:
        job: the training.
        request: `segments`, each with start, first, last, the steps to `keep` states of, and the
            `names` to keep of them.
        arrays: the states to start from, by number of the segment.

    Returns:
        For segment k the metrics `k/history/...`, the states `k/begin/...` (from `init` only),
        `k/confirm/STEP/...` and `k/end/...`.

    Raises:
        TrainingError: the model failed, or returned something that is no state or no metrics.
    """
    job.channel.phase("steps")
    found: dict[str, Array] = {}
    for number, asked in enumerate(request["segments"]):
        prefix = f"{number}/"
        stored = {
            name.removeprefix(prefix): array
            for name, array in arrays.items()
            if name.startswith(prefix)
        }
        segment = _segment(job, asked, stored)
        found |= {f"{prefix}{name}": array for name, array in segment.items()}
    return found


def certify(
    job: Job,
    fit: Fit,
    rng: np.random.Generator | None = None,  # noqa: ARG001
) -> list[Criterion]:
    """Show on the model itself that a fit is one of its answers; see `certify`.

    Raises:
        TrainingError: the model failed, or returned something that is no state or no metrics.
    """
    found = []
    for start in records(fit, job.training):
        found += certify_start(job, start)
    return found


def perturb(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return six fits with another last state of the first start; in one the metrics differ too.

    Args:
        fit: arrays and meta as `fit` left them.
        rng: where the changes come from.
    """
    state = {name: x for name, x in fit.arrays.items() if name.startswith("state/")}
    metrics = {name: x for name, x in fit.arrays.items() if name.startswith("history/")}
    *others, last = variants(state, rng).makers
    moved = {name: x * 1.3 for name, x in metrics.items()}
    return Lazy([*others, lambda: last() | moved]).then(partial(_with, fit))


def distort(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return fits with states of the first start that need not make sense; see `distorted`."""
    state = {name: x for name, x in fit.arrays.items() if name.startswith("state/")}
    return distorted(state, rng).then(partial(_with, fit))


def _with(fit: Fit, other: dict[str, Array]) -> Fit:
    return Fit(arrays={**fit.arrays, **other}, meta=fit.meta)


def _segment(job: Job, asked: Mapping[str, Any], stored: Mapping[str, Array]) -> dict[str, Array]:
    first, keep = int(asked["first"]), set(asked["keep"])
    start = begin(job, asked["start"]) if first == 0 else resume(job, asked["start"], stored)
    found = {f"begin/{name}": x for name, x in contents(start).items()} if first == 0 else {}
    for step in range(first + 1, int(asked["last"]) + 1):
        advance(start)
        if step in keep:
            state = copied(start.state)
            found |= {f"confirm/{step}/{name}": state[name] for name in asked["names"]}
    found |= {f"history/{name}": x for name, x in start.history.arrays().items()}
    return found | {f"end/{name}": x for name, x in contents(start).items()}
