"""One sampled chain, and the stacking of chains into a Fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.fit import Fit
from assay.methods.base import Before

Array = np.ndarray[Any, Any]
STATS = (
    "logp",
    "energy",
    "diverging",
    "depth",
    "maxdepth_reached",
    "n_steps",
    "step_size",
    "mean_tree_accept",
)

NOTHING = Before()


def snapshots_before(before: Before) -> tuple[int, dict[int, int]]:
    """Return how many snapshots an interrupted run has stored, and of each chain how many draws.

    What comes after them goes on where they ended, though a chain may have begun again.
    """
    names = [name for name in before.checkpoints if name.startswith("draws_")]
    drawn: dict[int, int] = {}
    for name in names:
        for chain, values in before.checkpoints[name].items():
            number = int(chain.removeprefix("chain_"))
            drawn[number] = drawn.get(number, 0) + len(values)
    return len(names), drawn


@dataclass(frozen=True)
class Chain:
    """The kept draws of one chain.

    Attributes:
        unconstrained: value-variable draws, (draw, coordinate), in `labels` order of the model.
        posterior: constrained draws by variable name, (draw, ...).
        stats: sampler statistics by name, (draw,).
    """

    unconstrained: Array
    posterior: Mapping[str, Array]
    stats: Mapping[str, Array]

    def as_checkpoint(self) -> dict[str, Array]:
        """Return what a resumed run needs of a finished chain: draws and statistics."""
        return {
            "unconstrained": self.unconstrained,
            **{f"posterior/{name}": values for name, values in self.posterior.items()},
            **{f"stats/{name}": values for name, values in self.stats.items()},
        }


def from_checkpoint(arrays: Mapping[str, Array]) -> Chain:
    """Return the chain that `Chain.as_checkpoint` stored."""
    groups: dict[str, dict[str, Array]] = {"posterior": {}, "stats": {}}
    for key in arrays:
        group, _, name = key.partition("/")
        if name:
            groups[group][name] = arrays[key]
    return Chain(arrays["unconstrained"], groups["posterior"], groups["stats"])


def stack_chains(chains: Sequence[Chain], meta: Mapping[str, Any]) -> Fit:
    """Return a Fit whose arrays have shape (chain, draw, ...)."""
    arrays = {"unconstrained": np.stack([chain.unconstrained for chain in chains])}
    for name in chains[0].posterior:
        arrays[f"posterior/{name}"] = np.stack([chain.posterior[name] for chain in chains])
    for name in sorted(chains[0].stats):
        arrays[f"stats/{name}"] = np.stack([chain.stats[name] for chain in chains])
    return Fit(arrays=arrays, meta=meta)
