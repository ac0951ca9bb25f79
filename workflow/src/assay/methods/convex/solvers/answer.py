"""What a solver answered: its word, which is not believed, and its numbers, which are checked."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.methods.convex.form import Array, StandardForm


@dataclass(frozen=True)
class Answer:
    """One solver's answer.

    Attributes:
        status: the solver's own word.
        x: (n,) point, or direction of an unbounded problem; NaN where there is none.
        z: (m,) multipliers, or proof of infeasibility; NaN where there is none.
        s: (m,) slack.
        iterations: iterations or branch-and-bound nodes.
        bound: best proven bound on the objective (mixed-integer solvers only).
    """

    status: str
    x: Array
    z: Array
    s: Array
    iterations: int
    bound: float = float("nan")


def vector(values: Any, size: int) -> Array:
    """Return a solver's vector as float64 (size,), all NaN where it gave none."""
    found = np.asarray(values if values is not None else [], dtype=np.float64).reshape(-1)
    return found.copy() if len(found) == size else np.full(size, np.nan)


def linear_slack(form: StandardForm, x: Array) -> Array:
    """Return b - Ax moved into K, for solvers of linear constraints that give no slack (m,)."""
    slack = form.b - form.A @ x
    slack[: form.cones.zero] = 0.0
    return np.asarray(np.maximum(slack, 0.0))


def linear_multipliers(form: StandardForm, z: Array) -> Array:
    """Return multipliers of linear constraints moved into K* (m,)."""
    equation = np.arange(len(z)) < form.cones.zero
    return np.where(equation, z, np.maximum(z, 0.0))
