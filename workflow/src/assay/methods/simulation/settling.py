"""Whether replicates settle: halves that agree, and tails light enough for a mean to exist.

Both take columns x of shape (replicates, elements) and judge them all at once, with the error of
the first kind divided by the number of comparisons (Bonferroni): a model of hundreds of ordinary
outputs is refused with the same small probability as one of a single output.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from assay.methods.simulation.replicate import Array

LEVEL = 1e-4  # probability of refusing a model none of whose outputs is at fault
TAIL_SHARE = 0.2
LEAST_TAIL = 40
_LONGEST_TAIL = 6.3
_ORDINARY = 0.4  # what a log-normal of sigma 1 gives
_HEAVIEST = 0.8
_BEND = -0.3


@dataclass(frozen=True)
class Worst:
    """The worst of many elements.

    Attributes:
        value: the statistic.
        threshold: its bound.
        element: which column it is.
        what: what was compared.
    """

    value: float
    threshold: float
    element: int
    what: str


def halves(x: Array) -> Worst:
    """Compare mean and spread of the first half of the replicates with those of the second.

    Welch's statistic of x, and of its squared deviations from the mean over all replicates. It is
    self-normalised, so heavy tails and rare events do not make it large by chance.
    """
    x = x - x[0]  # constant columns become exactly zero
    squares = (x - x.mean(axis=0)) ** 2
    statistics = {"mean": np.abs(_welch(x)), "spread": np.abs(_welch(squares))}
    threshold = float(stdtrit(len(x) - 2, 1 - LEVEL / (4 * x.shape[1])))
    found = [
        Worst(float(values[place]), threshold, place, what)
        for what, values in statistics.items()
        for place in [int(np.argmax(np.where(np.isnan(values), np.inf, values)))]
    ]
    return max(found, key=lambda one: np.inf if np.isnan(one.value) else one.value)


def tails(x: Array) -> Worst | None:
    """Estimate how heavy the tails of each column are; None if no tail is long enough to tell.

    The moment estimator (Dekkers, Einmahl & de Haan, Annals of Statistics 17, 1989) of the
    extreme-value index from the logarithms of the M largest deviations from the median. A mean
    exists only below 1. M is a fifth of the deviations that are not zero, at most 6.3 times
    their root (ordinary tails grow lighter further out), and at least 40. Refused is what lies
    above 0.8 and significantly above a log-normal of sigma 1, and what falls off like a power at
    all: where the second part of the estimate is under -0.3, logarithms spread because values
    are near zero (a gamma of small shape, a share), not because others are large.
    """
    deviations = np.sort(np.abs(x - np.median(x, axis=0)), axis=0)[::-1]
    sizes = (deviations > 0).sum(axis=0)
    lengths = np.minimum(TAIL_SHARE * sizes, _LONGEST_TAIL * np.sqrt(sizes)).astype(int)
    quantile = float(ndtri(1 - LEVEL / x.shape[1]))
    worst: Worst | None = None
    for column in np.flatnonzero(lengths >= LEAST_TAIL):
        length = int(lengths[column])
        index = _extreme_value_index(deviations[: length + 1, column])
        bound = max(_HEAVIEST, _ORDINARY + quantile * np.sqrt((1 + _ORDINARY**2) / length))
        if worst is None or index - bound > worst.value - worst.threshold:
            worst = Worst(index, float(bound), int(column), f"{length} largest deviations")
    return worst


def _extreme_value_index(tail: Array) -> float:
    """Return the estimate from values in falling order; -inf where they are no power law."""
    logarithms = np.log(tail[:-1] / tail[-1])
    first, second = float(logarithms.mean()), float((logarithms**2).mean())
    if second <= first**2:  # all the same: no tail
        return -np.inf
    bend = 1 - 0.5 / (1 - first**2 / second)
    return first + bend if bend > _BEND else -np.inf


def _welch(x: Array) -> Array:
    half = len(x) // 2
    first, second = x[:half], x[-half:]
    apart = first.mean(axis=0) - second.mean(axis=0)
    variance = (first.var(axis=0, ddof=1) + second.var(axis=0, ddof=1)) / half
    statistic: Array = np.where(apart == 0, 0.0, apart / np.sqrt(variance))
    return statistic
