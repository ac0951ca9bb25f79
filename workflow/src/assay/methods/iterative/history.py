"""The metrics of every step of one start."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from assay.methods.iterative.state import Array, fault

_ROOM = 1024


class History:
    """One row of numbers per step, in arrays that double when they are full.

    Attributes:
        names: the metrics, `loss` first, as the first step named them.
        steps: how many rows there are.
        gradient: the place of `grad_norm` among the names; 0, which is the loss's, without one.
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.steps = 0
        self._table = np.empty((_ROOM, 0))
        self.gradient = 0

    def add(self, model: ModuleType, metrics: Any) -> list[float]:
        """Append the metrics of a step and return them in the order of `names`.

        Raises:
            TrainingError: there is no loss, a metric is no number, a norm is negative, or the
                names have changed.
        """
        if not self.names:
            self.names = _names(model, metrics)
            self._table = np.empty((_ROOM, len(self.names)))
            self.gradient = self.names.index("grad_norm") if "grad_norm" in self.names else 0
        row = self._row(model, metrics)
        if self.gradient and row[self.gradient] < 0:
            raise _unusable(model, metrics, self.names, self.steps + 1)
        if self.steps == len(self._table):
            self._table = np.concatenate([self._table, np.empty_like(self._table)])
        self._table[self.steps] = row
        self.steps += 1
        return row

    def restore(self, columns: Mapping[str, Array]) -> None:
        """Take over the metrics of an interrupted run, `loss` first among them."""
        self.names = tuple(columns)
        self._table = np.column_stack([np.asarray(columns[name]) for name in self.names])
        self.steps = len(self._table)
        self.gradient = self.names.index("grad_norm") if "grad_norm" in self.names else 0

    def column(self, name: str) -> Array:
        """Return one metric, shape (steps,); a view that later steps leave alone."""
        return self._table[: self.steps, self.names.index(name)]

    def arrays(self) -> dict[str, Array]:
        """Return a copy of every metric by name, each of shape (steps,)."""
        return {name: self.column(name).copy() for name in self.names}

    def _row(self, model: ModuleType, metrics: Any) -> list[float]:
        try:
            row = [
                value if type(value) is float else _number(metrics, name)
                for name in self.names
                for value in (metrics[name],)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise _unusable(model, metrics, self.names, self.steps + 1) from error
        if len(metrics) != len(row):
            raise _unusable(model, metrics, self.names, self.steps + 1)
        return row


def _names(model: ModuleType, metrics: Any) -> tuple[str, ...]:
    if not isinstance(metrics, dict) or "loss" not in metrics:
        raise _unusable(model, metrics, ("loss",), 1)
    if not all(isinstance(name, str) and name for name in metrics):
        raise _unusable(model, metrics, ("loss",), 1)
    return ("loss", *(name for name in metrics if name != "loss"))


def _number(metrics: dict[str, Any], name: str) -> float:
    value = metrics[name]
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(name)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value)
    raise TypeError(name)


def _unusable(model: ModuleType, metrics: Any, names: tuple[str, ...], step: int) -> Exception:
    if not isinstance(metrics, dict):
        found = f"an object of type {type(metrics).__name__}"
    else:
        found = ", ".join(f"{name} ({type(value).__name__})" for name, value in metrics.items())
        found = found or "no metrics at all"
    return fault(
        model,
        "step",
        f"the metrics of step {step} must be a dict of the numbers {', '.join(names)}, "
        f"but they are {found}",
        'Return (state, {"loss": float(...)}) from step, with "grad_norm" where there is one, '
        "and the same names at every step.",
    )
