from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.base import Job
from assay.methods.variants import Lazy, distorted, variants
from grid_search.fit import SEEN, listed, scored

Array = np.ndarray[Any, Any]


def replay(job: Job, request: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Array]:
    job.channel.phase("search")
    return {"scores": scored(job, arrays["points"])}


def certify(job: Job, fit: Fit, rng: np.random.Generator | None = None) -> list[Criterion]:
    differ = int(np.sum(listed(job) != fit.arrays["points"]))
    return [judge("points", differ, "==", 0)]


def perturb(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    return variants(_seen(fit), rng).then(partial(_with, fit))


def distort(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    return distorted(_seen(fit), rng).then(partial(_with, fit))


def _seen(fit: Fit) -> dict[str, Array]:
    return {name: x for name, x in fit.arrays.items() if name.startswith(SEEN)}


def _with(fit: Fit, other: dict[str, Array]) -> Fit:
    return Fit({**fit.arrays, **other}, fit.meta)
