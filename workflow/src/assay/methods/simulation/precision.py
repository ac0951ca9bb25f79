"""How well the means are known, and whether that is well enough to stop."""

from collections.abc import Mapping

import numpy as np
from scipy.special import stdtrit

from assay.methods.simulation.replicate import Array
from assay.methods.simulation.settings import Precision

LEVEL = 0.975  # upper quantile of a two-sided 95 % interval


def half_width(values: Array, wanted: Precision) -> tuple[float, int]:
    """Return the widest half-width of the 95 % intervals of the means, and the element it is of.

    Student's t interval (Law, Simulation Modeling and Analysis, 5th ed., 4.5), in the unit of
    `wanted`: relative to the absolute mean or absolute.

    Args:
        values: one output, shape (replicates, ...).
        wanted: rel or abs.
    """
    flat = values.reshape(len(values), -1).astype(float)
    if flat.shape[1] == 0:
        return 0.0, 0
    quantile = float(stdtrit(len(flat) - 1, LEVEL))
    with np.errstate(all="ignore"):
        half = quantile * flat.std(axis=0, ddof=1) / np.sqrt(len(flat))
        half[np.ptp(flat, axis=0) == 0] = 0.0
        if wanted.rel is not None:
            half = np.where(half > 0, half / np.abs(flat.mean(axis=0)), half)
    half = np.where(np.isnan(half), np.inf, half)
    worst = int(np.argmax(half))
    return float(half[worst]), worst


def bound(wanted: Precision) -> float:
    """Return what the half-width may be at most."""
    value = wanted.rel if wanted.rel is not None else wanted.abs
    return float("nan") if value is None else value


def is_met(outputs: Mapping[str, Array], wanted: Mapping[str, Precision]) -> bool:
    """Return whether every output named in `wanted` is known well enough."""
    return all(half_width(outputs[name], one)[0] <= bound(one) for name, one in wanted.items())


def worst_share(outputs: Mapping[str, Array], wanted: Mapping[str, Precision]) -> float:
    """Return the largest half-width as a multiple of what it may be; infinite if unknown."""
    shares = (half_width(outputs[name], one)[0] / bound(one) for name, one in wanted.items())
    return max(shares, default=0.0)
