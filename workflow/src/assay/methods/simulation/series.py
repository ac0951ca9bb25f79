"""Outputs that are stationary time series: free of drift, and long for their autocorrelation."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from assay.methods.simulation.replicate import Array

LEVEL = 1e-4
LEAST_LENGTH = 50.0  # in autocorrelation times
LEAST_ELEMENTS = 50
_TOGETHER = 0.5
_EARLY, _LATE = 0.1, 0.5
_MOST_REPLICATES = 256


@dataclass(frozen=True)
class Drift:
    """How much series drift within replicates.

    Attributes:
        value: the larger of the two statistics, absolute.
        threshold: its bound.
        early, late: means over the first tenth and the last half of all series.
    """

    value: float
    threshold: float
    early: float
    late: float


def drift(x: Array, comparisons: int) -> Drift:
    """Judge drift within replicates, for x of shape (replicates, time).

    Two contrasts of every replicate: its last half minus its first tenth (Geweke 1992, in Bayesian
    Statistics 4) and its linear trend. Replicates are independent, so a t-test over them needs no
    estimate of the autocorrelation. As the test sharpens with the number of replicates so does
    the mean, and what is significant here is no longer small beside the mean's Monte-Carlo error.

    Args:
        x: one output.
        comparisons: how many series are judged in all.
    """
    steps = x.shape[1]
    first = float(x[0, 0])
    x = x - first  # a constant series becomes exactly zero
    early = x[:, : max(1, int(_EARLY * steps))].mean(axis=1)
    late = x[:, steps - max(1, int(_LATE * steps)) :].mean(axis=1)
    trend = x @ (np.arange(steps) - (steps - 1) / 2)
    threshold = float(stdtrit(len(x) - 1, 1 - LEVEL / (4 * comparisons)))
    value = float(np.max(np.abs([_student(late - early), _student(trend)])))
    return Drift(value, threshold, first + float(early.mean()), first + float(late.mean()))


def length(x: Array) -> float:
    """Return how many integrated autocorrelation times the series last, for x (replicates, time).

    The autocovariance about each replicate's own mean, averaged over replicates, is summed while
    sums of neighbouring pairs stay positive (Geyer, Statistical Science 7, 1992). At most 256
    replicates, evenly spread, are used.
    """
    x = x[np.linspace(0, len(x) - 1, min(len(x), _MOST_REPLICATES)).astype(int)]
    steps = x.shape[1]
    if np.ptp(x) == 0:
        return float(steps)
    covariance = _autocovariance(x - x.mean(axis=1, keepdims=True))
    if covariance[0] <= 0:
        return 1.0
    rho = covariance / covariance[0]
    pairs = rho[: 2 * (steps // 2)].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0)
    kept = pairs[: ends[0]] if ends.size else pairs
    time = 2 * float(kept.sum()) - 1
    return float(steps / max(time, 1 / steps))


def undeclared(x: Array) -> Drift | None:
    """Return the drift of an output, shape (replicates, elements), that looks like a time series.

    That is one of fifty elements or more whose neighbours vary together: what an element has
    above its mean over the replicates, the next one has for the most part too. None otherwise.
    """
    if x.shape[1] < LEAST_ELEMENTS:
        return None
    x = x[np.linspace(0, len(x) - 1, min(len(x), _MOST_REPLICATES)).astype(int)]
    centred = x - x.mean(axis=0)
    power = float((centred**2).sum())
    together = float((centred[:, 1:] * centred[:, :-1]).sum())
    if together < _TOGETHER * power:
        return None
    found = drift(x, 1)
    return found if found.value > found.threshold else None


def _student(x: Array) -> float:
    spread = x.std(ddof=1)
    mean = x.mean()
    if spread == 0:
        return 0.0 if mean == 0 else float("inf")
    return float(mean / spread * np.sqrt(len(x)))


def _autocovariance(centred: Array) -> Array:
    """Return the mean autocovariance of rows, shape (time,), by way of the power spectrum."""
    steps = centred.shape[1]
    size = 1 << (2 * steps - 1).bit_length()
    power = np.zeros(size // 2 + 1)
    for row in centred:
        power += np.abs(np.fft.rfft(row, size)) ** 2
    found: Array = np.fft.irfft(power, size)[:steps] / (steps * len(centred))
    return found
