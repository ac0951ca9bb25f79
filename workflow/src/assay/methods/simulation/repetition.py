"""Replicates that come twice: by chance where outputs are discrete, by copying where they are not.

Results that are drawn again at random from fewer ones cannot be told from a discrete output with
as many values, so that is a doubt. Copied stretches can: independent replicates do not come
twice in the same order, whatever their distribution.
"""

from collections.abc import Mapping

import numpy as np

from assay.methods.simulation.replicate import Array

LEVEL = 1e-9  # probability of refusing independent replicates
_GRID_STEPS = 1e9
_ROUNDING = 1e-3  # of a grid's step
_SAME = 1e-12  # values that close, relative to their range, are the same
_DISTINCT = 0.5  # the part of replicates that differ where an output counts as continuous


def longest_copy(outputs: Mapping[str, Array]) -> tuple[int, float, str]:
    """Return the longest run of replicates that comes twice, and how long one may be by chance.

    Two runs of length r that begin at two given places are the same with probability at most
    q^r, q being the probability of the most frequent result, and there are fewer than n²/2 pairs
    of places. q is taken three standard errors above its frequency.

    Args:
        outputs: arrays of shape (replicates, ...) by name.

    Returns:
        The length; the largest that is plausible; the places of the two runs.
    """
    results = _results(outputs)
    count = len(results)
    most = int(np.bincount(results).max())
    frequent = min(1.0, (most + 3 * np.sqrt(most) + 3) / count)
    plausible = float("inf")
    if frequent < 1:
        plausible = float(np.ceil(np.log(LEVEL / (count**2 / 2)) / np.log(frequent)))
    length, first, second = _longest(results)
    place = f"replicates {first} and {second} onwards" if length else ""
    return length, plausible, place


def repeated_results(outputs: Mapping[str, Array]) -> int | None:
    """Return how many different results come more than once; None unless they look continuous.

    They do if an output of real numbers differs in half of the replicates or more, and its
    values lie on no grid of equal steps, as numbers of events, shares and their means do, nor do
    their logarithms.

    Args:
        outputs: arrays of shape (replicates, ...) by name.
    """
    if not any(_continuous(values) for values in outputs.values()):
        return None
    return int((np.bincount(_results(outputs)) > 1).sum())


def _results(outputs: Mapping[str, Array]) -> Array:
    """Return a number for each replicate, the same for those with the same outputs."""
    count = len(next(iter(outputs.values())))
    found = np.zeros(count, dtype=np.int64)
    for values in outputs.values():
        if not values.size:
            continue
        flat = np.ascontiguousarray(values.reshape(count, -1))
        rows = flat.view(np.dtype((np.void, flat.dtype.itemsize * flat.shape[1]))).reshape(-1)
        number = np.unique(rows, return_inverse=True)[1].reshape(-1)
        found = np.unique(found * count + number, return_inverse=True)[1].reshape(-1)
    return found


def _longest(results: Array) -> tuple[int, int, int]:
    """Return the longest run that comes twice and where, from numbers of single results.

    Runs of twice the length are numbered by pairs of numbers (Karp, Miller & Rosenberg 1972,
    Rapid identification of repeated patterns in strings, trees and arrays).
    """
    ladder = [results]
    while _twice(ladder[-1]):
        ladder.append(_joined(ladder[-1], ladder[-1], 1 << (len(ladder) - 1)))
    length, runs = 0, results
    for power in reversed(range(len(ladder))):
        longer = _joined(runs, ladder[power], length) if length else ladder[power]
        if _twice(longer):
            length, runs = length + (1 << power), longer
    if length == 0:
        return 0, 0, 0
    order = np.argsort(runs, kind="stable")
    at = int(np.argmax(runs[order][1:] == runs[order][:-1]))
    return length, int(order[at]), int(order[at + 1])


def _joined(first: Array, second: Array, apart: int) -> Array:
    """Return numbers for the runs made of run i of `first` and run i + apart of `second`."""
    size = min(len(first), len(second) - apart)
    if size <= 0:
        return np.zeros(0, dtype=np.int64)
    pairs = first[:size] * (int(second.max()) + 1) + second[apart : apart + size]
    return np.unique(pairs, return_inverse=True)[1].reshape(-1)


def _twice(numbers: Array) -> bool:
    return len(np.unique(numbers)) < len(numbers)


def _continuous(values: Array) -> bool:
    """Return whether some element of an output has many values that lie on no grid."""
    if values.dtype.kind != "f":
        return False
    flat = values.reshape(len(values), -1)
    for column in flat.T[:: max(1, flat.shape[1] // 20)]:
        distinct = np.unique(column[np.isfinite(column)])
        if len(distinct) < _DISTINCT * len(column) or len(distinct) < 3:
            continue
        logarithms = np.log(distinct[distinct > 0])
        if not _on_grid(distinct) and not (len(logarithms) > 2 and _on_grid(logarithms)):
            return True
    return False


def _on_grid(distinct: Array) -> bool:
    """Return whether sorted values are multiples of one step apart."""
    span = float(distinct[-1] - distinct[0])
    gaps = np.diff(distinct)
    gaps = gaps[gaps > _SAME * span]
    if not len(gaps) or not np.isfinite(span):
        return True
    steps = (distinct - distinct[0]) / gaps.min()
    return bool(steps[-1] < _GRID_STEPS and np.abs(steps - np.round(steps)).max() <= _ROUNDING)
