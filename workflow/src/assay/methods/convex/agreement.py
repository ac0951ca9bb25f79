"""Do two solvers agree? On the objective, as closely as the second one's own certificate allows.

x is not compared: an optimum need not be unique. By weak duality the second objective cannot be
further from the optimum than its defects amount to, weighed at its own and at the first's point;
that is the resolution of the comparison. What exceeds it by more than the first one's own
`objective_error` may be (1e-6, or 100 tolerances) is disagreement.
"""

from dataclasses import dataclass

import numpy as np

from assay.methods.convex.certificate import measure_defects
from assay.methods.convex.form import Array, StandardForm
from assay.methods.convex.scales import measure_scales

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
    scales = [measure_scales(form, *point) for point in (first, second)]
    defects = measure_defects(form, *second, scales[1])
    resolution = max(defects.effect(first[1], scales[0]), defects.effect(second[1], scales[1]))
    unit = scales[0].objective
    difference = abs(form.objective(first[0]) - form.objective(second[0]))
    return Agreement(_relative(difference, unit), _relative(resolution, unit))


def _relative(number: float, scale: float) -> float:
    if number == 0:
        return 0.0
    return number / scale if scale > 0 else float("inf")
