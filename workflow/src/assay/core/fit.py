"""What training produces: one value that methods make, evidence stores and `results` receives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np  # slow to import, and not needed to read a design


@dataclass(frozen=True)
class Fit:
    """What training produced: everything `results`, the gates and the validator need.

    Attributes:
        arrays: numbers, booleans or fixed-width text by name; never objects, so that they can
            be stored and read without pickle.
        meta: plain JSON values (names of dimensions, solver status, versions ...).
    """

    arrays: Mapping[str, np.ndarray[Any, Any]]
    meta: Mapping[str, Any] = field(default_factory=dict)
