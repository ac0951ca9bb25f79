from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.base import CHALLENGE_SHARE, Challenge
from grid_search.settings import Training

Array = np.ndarray[Any, Any]
Checkpoints = Mapping[str, Mapping[str, Array]]
FIXED_SECONDS = 1.0


def challenge(
    fit: Fit,
    training: Training,
    checkpoints: Checkpoints,
    rng: np.random.Generator,
    share: float = CHALLENGE_SHARE,
) -> Challenge | None:
    count = len(fit.arrays["points"])
    chosen = np.sort(rng.choice(count, size=max(1, round(share * count)), replace=False))
    return Challenge(
        {"chosen": chosen.tolist()},
        {"points": fit.arrays["points"][chosen]},
        len(chosen) / count,
        f"{len(chosen)} of {count} points",
    )


def compare(
    challenge: Challenge, fit: Fit, checkpoints: Checkpoints, replayed: Mapping[str, Array]
) -> list[Criterion]:
    stored = fit.arrays["scores"][challenge.request["chosen"]]
    return [judge("scores", int(np.sum(stored != replayed["scores"])), "==", 0)]


def agree(fit: Fit, fresh: Fit, training: Training) -> list[Criterion]:
    apart = np.abs(fit.arrays["best/score"] - fresh.arrays["best/score"])
    return [judge("best", float(apart), "<=", 1e-9)]


def inspect(fit: Fit, training: Training, checkpoints: Checkpoints) -> list[Criterion]:
    differ = int(np.sum(checkpoints["scores"]["values"] != fit.arrays["scores"]))
    missed = float(fit.arrays["best/score"] - fit.arrays["scores"].min())
    return [judge("scores", differ, "==", 0), judge("best", missed, "==", 0)]
