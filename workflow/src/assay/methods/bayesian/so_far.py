"""How the chains look while they run: R-hat, effective sample size and divergences so far.

For people who watch; the gates judge the finished draws (`diagnose`).
"""

import warnings
from collections.abc import Iterable

import numpy as np

from assay.methods.bayesian.chains import Array

FEWEST = 50  # draws of a chain below which nothing is said
MOST_COORDINATES = 100  # looked at, evenly spread: about 1 ms each
SHARE = 0.5  # a chain with fewer draws than this share of the longest's is left out for now


class SoFar:
    """Keeps what the chains have shown.

    Attributes:
        metrics: what was measured last, to be sent with every report of progress.
    """

    def __init__(self) -> None:
        self.metrics: dict[str, float] = {}
        self._finished: list[tuple[Array, Array | None]] = []

    def finished(self, draws: Array, diverging: Array | None) -> None:
        """Take a chain that has ended: its unconstrained draws and divergence flags."""
        self._finished.append((draws, diverging))

    def measure(self, running: Iterable[tuple[Array, Array | None]]) -> None:
        """Measure finished and running chains.

        Args:
            running: unconstrained draws and divergence flags so far, (draws, ...), of each.
        """
        chains = [*self._finished, *running]
        flags = [flags for _, flags in chains if flags is not None]
        diverging = int(sum(np.count_nonzero(own) for own in flags)) if flags else None
        self.metrics = so_far([draws for draws, _ in chains], diverging)


def so_far(chains: Iterable[Array], diverging: int | None = None) -> dict[str, float]:
    """Return `rhat` (largest), `ess` (bulk, least) and `divergences`, as far as they are known.

    Args:
        chains: unconstrained draws so far of each chain, shape (draws, coordinates).
        diverging: divergent transitions so far; None where the sampler has none.
    """
    from arviz_stats.base import array_stats

    divergences = {} if diverging is None else {"divergences": float(diverging)}
    drawn = [chain for chain in chains if len(chain) >= FEWEST]
    longest = max(map(len, drawn), default=0)
    drawn = [chain for chain in drawn if len(chain) >= SHARE * longest]
    if not drawn:
        return divergences
    common = min(map(len, drawn))
    stacked = np.stack([chain[:common] for chain in drawn])
    count = stacked.shape[2]
    columns = np.unique(np.linspace(0, count - 1, min(count, MOST_COORDINATES)).astype(int))
    found: dict[str, float] = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if len(drawn) > 1:
            rhats = (float(array_stats.rhat(stacked[..., k])) for k in columns)
            found["rhat"] = max(rhats, default=np.nan)
        sizes = (float(array_stats.ess(stacked[..., k])) for k in columns)
        found["ess"] = min(sizes, default=np.nan)
    return {name: value for name, value in found.items() if np.isfinite(value)} | divergences
