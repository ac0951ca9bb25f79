"""What a validator checks besides the certificate: that the stored fit is of this very problem.

`diagnose` shows that the stored (x, z, s) solves the stored standard form. Whether that form is
the model's, and whether the stored values and objective follow from x, needs the problem built
again from the model code.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.methods.base import Fit
from assay.methods.convex.canonical import canonicalise, unpack
from assay.methods.convex.fit import value_arrays
from assay.methods.convex.form import Array
from assay.methods.convex.problem import check_problem
from assay.methods.convex.race import Quiet, Race
from assay.methods.convex.settings import Training
from assay.methods.convex.solve import solve_form, solver_order

_SAME = 1e-12  # relative: values are read off x by a few sums at most


def differences(built: Any, fit: Fit) -> list[str]:
    """Return, sorted, the names of what in a fit does not follow from the problem `built`.

    The standard form must agree to the last bit; values, duals and the objective must be those
    that x and z give, within 1e-12.

    Raises:
        TrainingError: what the model built is no problem that can be trained.
    """
    canonical = canonicalise(check_problem(built))
    form = {f"standard/{name}": part for name, part in canonical.form.as_arrays().items()}
    wrong = [name for name, part in form.items() if not _identical(part, fit.arrays.get(name))]
    if fit.meta.get("cones") != canonical.form.cones.as_json():
        wrong.append("cones")
    x, z = fit.arrays["x"], fit.arrays["z"]
    if len(x) != len(canonical.form.c) or len(z) != len(canonical.form.b):
        return sorted({*wrong, "x", "z"})
    if np.all(np.isfinite(x)) and np.all(np.isfinite(z)):
        mixed = canonical.form.mixed
        wrong += _values(value_arrays(*unpack(canonical, x, None if mixed else z)), fit.arrays)
        if not _close(np.array(canonical.objective(x)), fit.meta.get("objective")):
            wrong.append("objective")
    return sorted(wrong)


def solve_again(built: Any, training: Training) -> tuple[float, float]:
    """Solve a problem once more and return its objective and bound, with the user's sign.

    For mixed-integer problems, whose bound has no certificate; NaN where nothing is proved.

    Raises:
        TrainingError: what the model built is no problem that can be trained.
    """
    canonical = canonicalise(check_problem(built))
    order = solver_order(canonical.form.problem_class, training.solver)
    solution = solve_form(canonical.form, order, training.tolerance, Race(Quiet()))
    if solution.answered.verdict.kind != "optimal":
        return float("nan"), float("nan")
    bound = canonical.sign * (solution.bound + canonical.offset)
    return canonical.objective(solution.answered.verdict.x), bound


def _values(expected: Mapping[str, Array], stored: Mapping[str, Array]) -> list[str]:
    """Compare the values and duals that should be there with those that are."""
    present = [name for name in stored if name.startswith(("value/", "dual/"))]
    unknown = [name for name in present if name not in expected]
    return unknown + [name for name, part in expected.items() if not _close(part, stored.get(name))]


def _identical(expected: Array, stored: Array | None) -> bool:
    return (
        stored is not None
        and stored.dtype == expected.dtype
        and stored.shape == expected.shape
        and stored.tobytes() == expected.tobytes()
    )


def _close(expected: Array, stored: Any) -> bool:
    if stored is None or np.shape(stored) != expected.shape:
        return False
    size = float(np.max(np.abs(expected), initial=0.0))
    return bool(np.all(np.abs(np.asarray(stored) - expected) <= _SAME * size))
