"""Comparing two samples of the same distribution by their means."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy.special import ndtri

from assay.core.criteria import Criterion, judge

Array = np.ndarray[Any, Any]
OTHER_ANSWER = (
    "A fresh run from the same seed gives another answer than the stored one, by more than "
    "rounding or chance explain."
)
FAMILY_LEVEL = 1e-6  # chance that one honest pair of samples is taken for two distributions


def same_means(
    columns: Iterable[tuple[str, Array, Array]], size: Callable[[Array], float], advice: str
) -> list[Criterion]:
    """Judge that means agree: the largest |z| against its Bonferroni threshold.

    Args:
        columns: name, one sample, the other; of any shape.
        size: how many independent values a sample is worth.
        advice: what a difference means.
    """
    worst, where, tests = 0.0, "", 0
    for name, one, other in columns:
        tests += 1
        error = np.hypot(_error(one, size), _error(other, size))
        distance = abs(float(np.mean(one)) - float(np.mean(other)))
        z = distance / error if error > 0 else (0.0 if distance == 0 else np.inf)
        if not z <= worst:
            worst, where = float(z), name
    if tests == 0:
        return [judge("same_means", None, "<=", 0, advice=advice)]
    threshold = -float(ndtri(FAMILY_LEVEL / (2 * tests)))
    return [judge("same_means", worst, "<=", threshold, where=where, advice=advice)]


def _error(values: Array, size: Callable[[Array], float]) -> float:
    return float(np.std(values) / np.sqrt(max(1.0, size(values))))
