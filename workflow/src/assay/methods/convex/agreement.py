"""Do two solvers agree? On the objective, as closely as the second one's own certificate allows.

x is not compared: an optimum need not be unique. By weak duality two approximate answers cannot
differ in the objective by more than their defects amount to, each weighed at its own and at the
other's point; that is the resolution of the comparison, and the rest is disagreement.
"""

from dataclasses import dataclass

import numpy as np

from assay.methods.convex.certificate import measure_defects, measure_scales
from assay.methods.convex.form import Array, StandardForm

AGREEMENT = 1e-6  # relative
USABLE = 1e-4  # a second answer known less precisely says nothing


@dataclass(frozen=True)
class Agreement:
    """Relative difference of two objectives, and how precisely the second is known."""

    difference: float
    resolution: float

    @property
    def usable(self) -> bool:
        """Return whether the second answer is precise enough to count."""
        return self.resolution <= USABLE


def compare(
    form: StandardForm, first: tuple[Array, Array, Array], second: tuple[Array, Array, Array]
) -> Agreement:
    """Compare two answers (x, z, s), the first one certified."""
    if not all(np.all(np.isfinite(part)) for part in second):
        return Agreement(float("nan"), float("inf"))
    scales = measure_scales(form, *first)
    unit = scales.objective
    mine = measure_defects(form, *first, scales)
    other = measure_defects(form, *second, measure_scales(form, *second))
    resolution = max(
        mine.effect(*first), mine.effect(*second), other.effect(*first), other.effect(*second)
    )
    difference = abs(form.objective(first[0]) - form.objective(second[0]))
    return Agreement(_relative(difference, unit), _relative(resolution, unit))


def _relative(number: float, scale: float) -> float:
    if number == 0:
        return 0.0
    return number / scale if scale > 0 else float("inf")
