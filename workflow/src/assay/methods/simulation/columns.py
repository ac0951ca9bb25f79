"""Outputs as one table of numbers: a column for every element, a row for every replicate."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.methods.simulation.replicate import Array


@dataclass(frozen=True)
class Columns:
    """Elements of all outputs; a series stands there with its mean over time.

    Attributes:
        outputs: arrays of shape (replicates, ...) by name.
        series: names of those that are series.
    """

    outputs: Mapping[str, Array]
    series: Collection[str]

    @cached_property
    def values(self) -> Array:
        """Return all elements, shape (replicates, elements)."""
        return np.concatenate([self._flat(name) for name in self.outputs], axis=1)

    @cached_property
    def varying(self) -> Array:
        """Return which columns are not the same in all replicates, as their places."""
        return np.flatnonzero((self.values != self.values[0]).any(axis=0))

    def name(self, place: int) -> str:
        """Return the name of a column, such as "queue[3]" or "mean of wait"."""
        for name, values in self.outputs.items():
            shape = () if name in self.series else values.shape[1:]
            size = int(np.prod(shape))
            if place < size:
                if name in self.series:
                    return f"mean of {name} over time"
                index = (
                    ",".join(str(int(i)) for i in np.unravel_index(place, shape)) if shape else ""
                )
                return f"{name}[{index}]" if shape else name
            place -= size
        raise IndexError(place)

    def _flat(self, name: str) -> Array:
        flat: Array = self.outputs[name].reshape(len(self.outputs[name]), -1).astype(float)
        if name not in self.series:
            return flat
        first = flat[:, :1].mean(axis=0, keepdims=True)
        means: Array = first + (flat - first).mean(axis=1, keepdims=True)
        return means
