"""What was stored of each start, with what follows from it computed once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from assay.core.fit import Fit
from assay.methods.iterative.confirmation import Confirmation, confirm
from assay.methods.iterative.settings import Training
from assay.methods.iterative.state import Array
from assay.methods.iterative.stopping import Look, confirmation_steps, look


@dataclass(frozen=True)
class Record:
    """One start as stored.

    Attributes:
        index: 0 for the start whose state is published, then the restarts.
        groups: its arrays by group (state, history, initial, confirm, scale, stream, nudge) and
            name.
        settled_at: after which step the loop last found the loss settled; None if it never did.
        tolerance: the design's.
    """

    index: int
    groups: Mapping[str, Mapping[str, Array]]
    settled_at: int | None
    tolerance: float

    @property
    def loss(self) -> Array:
        """Return the loss of every step."""
        return self.groups["history"]["loss"]

    @property
    def gradient(self) -> Array | None:
        """Return the gradient norm of every step, where the model reports it."""
        return self.groups["history"].get("grad_norm")

    @cached_property
    def random(self) -> bool:
        """Return whether the steps drew random numbers: their stream has moved."""
        stream = self.groups["stream"]
        return not np.array_equal(stream["begin"], stream["end"])

    @cached_property
    def scales(self) -> dict[str, float]:
        """Return the largest absolute value that each array ever had."""
        return {name: float(size) for name, size in self.groups.get("scale", {}).items()}

    @cached_property
    def confirmation(self) -> Confirmation | None:
        """Return what the last confirming steps showed; None if the loss never settled."""
        if self.settled_at is None:
            return None
        return confirm(
            self.loss[: self.settled_at + confirmation_steps(self.settled_at)],
            self.settled_at,
            self.groups.get("confirm", {}),
            self.scales,
            self.tolerance,
            random=self.random,
        )

    @property
    def settled(self) -> bool:
        """Return whether the loop ended because the loss had settled and stayed so."""
        found = self.confirmation
        return found is not None and found.holds and found.last.steps == len(self.loss)

    @cached_property
    def seen(self) -> Look | None:
        """Return the loss at the end, judged by the stopping rule."""
        if self.confirmation is not None and self.confirmation.last.steps == len(self.loss):
            return self.confirmation.last
        return look(self.loss, self.tolerance, random=self.random)


def records(fit: Fit, training: Training) -> list[Record]:
    """Return every start of a fit, the published one first."""
    return [_record(fit, meta, training.tolerance) for meta in fit.meta["starts"]]


def _record(fit: Fit, meta: Mapping[str, Any], tolerance: float) -> Record:
    index = int(meta["start"])
    groups: dict[str, dict[str, Array]] = {}
    for name, value in fit.arrays.items():
        parts = name.split("/", 3)
        if parts[0] == "restart":
            owner, group, member = int(parts[1]), parts[2], parts[3]
        else:
            owner, (group, member) = 0, name.split("/", 1)
        if owner == index:
            groups.setdefault(group, {})[member] = value
    history = groups["history"]
    steps = max(len(column) for column in history.values())
    # A history that was cut short is no history: what is missing counts as not finite.
    groups["history"] = {
        name: np.pad(column, (0, steps - len(column)), constant_values=np.nan)
        for name, column in history.items()
    }
    return Record(index, groups, meta["settled_at"], tolerance)
