"""Mixing judged by ranks: does every chain visit all of the posterior?"""

from typing import Any

import numpy as np
from scipy.stats import rankdata

FIFTHS = 5
LEAST_POOLED = 0.5 / FIFTHS


def least_visited_share(draws: np.ndarray[Any, Any]) -> float:
    """Return the smallest visit of a chain to a fifth of the pooled ranks, relative to the pool's.

    Rank plots (Vehtari et al. 2021, section 5) compare each chain's ranks in the pooled draws
    with the uniform distribution. Here the ranks, equal for equal draws, are cut into fifths:
    1 means that every chain spends its share of draws in each, 0 that some chain never enters
    one. Fifths that hold few of the pooled draws, as discrete variables have, do not count.

    Args:
        draws: (chain, draw) values of one parameter; NaN among them gives NaN.
    """
    if np.isnan(draws).any():
        return float("nan")
    ranks = rankdata(draws, axis=None).reshape(draws.shape)
    fifths = ((ranks - 0.5) * FIFTHS / draws.size).astype(np.int64)
    counts = np.stack([np.bincount(row, minlength=FIFTHS) for row in fifths])
    shares = counts / draws.shape[1]
    pooled = shares.mean(axis=0)
    filled = pooled >= LEAST_POOLED
    return float(np.min(shares[:, filled] / pooled[filled]))
