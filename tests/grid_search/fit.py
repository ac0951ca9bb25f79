from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.fit import Fit
from assay.methods.base import Job

SEEN = ("best/",)


@dataclass(frozen=True)
class Found:
    """What the model's `results` receives."""

    point: np.ndarray[Any, Any]
    score: float
    rng: np.random.Generator


def fit(job: Job) -> Fit:
    job.channel.phase("build")
    points = listed(job)
    job.channel.checkpoint("points", {"values": points.ravel()})
    job.channel.phase("search")
    scores = scored(job, points)
    job.channel.checkpoint("scores", {"values": scores})
    best = int(np.argmin(scores))
    arrays = {"points": points, "scores": scores}
    arrays |= {"best/point": points[best], "best/score": scores[best]}
    return Fit(arrays, {"iterations": f"{len(points)} points"})


def view(fit: Fit, rng: np.random.Generator) -> Found:
    return Found(fit.arrays["best/point"], float(fit.arrays["best/score"]), rng)


def listed(job: Job) -> np.ndarray[Any, Any]:
    return np.asarray(job.call("points", job.inputs), dtype=float)


def scored(job: Job, points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.array([job.call("score", job.inputs, point) for point in points], dtype=float)
