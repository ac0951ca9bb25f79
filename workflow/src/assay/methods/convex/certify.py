"""What shows on the model itself that a convex fit is its answer.

The problem is built again. Its standard form must be the stored one; the certificate is computed
on the new form, never on the stored one, with the thresholds of `diagnose`; and values, duals
and objective must be those that x and z give.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.convex.canonical import Canonical, canonicalise, unpack
from assay.methods.convex.diagnose import diagnose
from assay.methods.convex.fit import value_arrays
from assay.methods.convex.form import Array, StandardForm, form_from_arrays
from assay.methods.convex.inspection import standard_arrays
from assay.methods.convex.problem import check_problem
from assay.methods.convex.scales import ratio, row_maximum
from assay.methods.convex.settings import Convergence, Training
from assay.methods.exact import same

AGREEMENT = 1e-9  # relative; another processor rounds otherwise
_CANCELLED = 1e-3  # of the largest number beside it: below, what is left is rounding


def certify_on(
    built: Any, fit: Fit, training: Training, convergence: Convergence
) -> list[Criterion]:
    """Return what the problem `built` says about a fit.

    Raises:
        TrainingError: what the model built is no problem that can be trained.
    """
    canonical = canonicalise(check_problem(built))
    apart = _form(canonical.form, fit)
    criteria = [apart, _exact(canonical, fit)]
    n, m = len(canonical.form.c), len(canonical.form.b)
    shapes = {"x": (n,), "z": (m,), "s": (m,)}
    if any(fit.arrays[name].shape != shape for name, shape in shapes.items()):
        advice = "The answer has another size than the problem that the model builds."
        return [*criteria, judge("rebuilt/status", None, "==", "optimal", advice=advice)]
    return [
        *criteria,
        *_certificate(canonical, fit, training, convergence),
        *_follows(canonical, fit),
    ]


def _form(form: StandardForm, fit: Fit) -> Criterion:
    """Judge that the stored form is that of the problem, within rounding."""
    advice = "The model builds another problem than the one that was solved."
    try:
        stored = form_from_arrays(standard_arrays(fit), fit.meta["cones"])
    except (KeyError, TypeError, ValueError) as error:
        words = f"the stored form cannot be read: {error}"
        return judge("standard_form", None, "<=", AGREEMENT, where=words, advice=advice)
    apart, where = _differences(form, stored)
    return judge("standard_form", apart, "<=", AGREEMENT, where=where, advice=advice)


def _exact(canonical: Canonical, fit: Fit) -> Criterion:
    """Return, as a doubt, whether the stored form is that of the problem to the last bit."""
    advice = "The problem differs by rounding: another processor or library."
    found = same("standard_form_exact", canonical.form.as_arrays(), standard_arrays(fit), advice)
    return replace(found, gates=False, advice=advice)


def _certificate(
    canonical: Canonical, fit: Fit, training: Training, convergence: Convergence
) -> list[Criterion]:
    """Return the gates of `diagnose` on the form that was built again."""
    arrays = {
        **fit.arrays,
        **{f"standard/{name}": part for name, part in canonical.form.as_arrays().items()},
        "standard/row_label": canonical.rows.index,
        "standard/column_label": canonical.columns.index,
    }
    meta = {
        **fit.meta,
        "cones": canonical.form.cones.as_json(),
        "row_labels": list(canonical.rows.texts),
        "column_labels": list(canonical.columns.texts),
    }
    criteria = diagnose(Fit(arrays, meta), training, convergence)
    return [replace(one, name=f"rebuilt/{one.name}") for one in criteria if one.gates]


def _follows(canonical: Canonical, fit: Fit) -> list[Criterion]:
    """Judge that values, duals and the objective are those that x and z give."""
    x, z = fit.arrays["x"], fit.arrays["z"]
    stored = {name: part for name, part in fit.arrays.items() if name.startswith(_PUBLISHED)}
    stored["objective"] = np.array(_float(fit.meta.get("objective")))
    expected: dict[str, Array] = {}
    if np.all(np.isfinite(x)) and (canonical.form.mixed or np.all(np.isfinite(z))):
        expected = value_arrays(*unpack(canonical, x, None if canonical.form.mixed else z))
        expected["objective"] = np.array(canonical.objective(x))
    worst, where = 0.0 if expected else float("nan"), ""
    for name in sorted(expected.keys() | stored.keys()):
        apart = _distance(expected.get(name), stored.get(name))
        if apart > worst:
            worst, where = apart, name
    advice = "Values, duals or the objective were changed: they do not follow from the answer."
    return [judge("values_follow", worst, "<=", AGREEMENT, where=where, advice=advice)]


_PUBLISHED = ("value/", "dual/")


def _differences(form: StandardForm, stored: StandardForm) -> tuple[float, str]:
    """Return the largest relative difference between two forms, and the part it is in."""
    for name in ("cones", "integer", "boolean"):
        one, other = getattr(form, name), getattr(stored, name)
        if not np.array_equal(one, other) if name != "cones" else one != other:
            return float("inf"), name
    if form.A.shape != stored.A.shape:
        return float("inf"), "its size"
    parts: Mapping[str, tuple[Any, Any]] = {
        "P": (form.P, stored.P),
        "A": (form.A, stored.A),
        "c": (form.c[None, :], stored.c[None, :]),
        "b": (form.b[None, :], stored.b[None, :]),
    }
    found = {name: _part(one, other) for name, (one, other) in parts.items()}
    worst = max(found, key=lambda name: found[name])
    return found[worst], worst if found[worst] else ""


def _part(one: Any, other: Any) -> float:
    """Return the largest difference relative to an entry, or to what stands in its row."""
    apart = abs(one - other)
    if isinstance(apart, np.ndarray):
        size = np.abs(one)
        scale = np.maximum(size, _CANCELLED * size.max(initial=0.0))
        return float(np.nan_to_num(ratio(apart, scale), nan=np.inf).max(initial=0.0))
    entries = apart.tocoo()
    own = np.abs(np.asarray(one.tocsr()[entries.row, entries.col])).reshape(-1)
    scale = np.maximum(own, _CANCELLED * row_maximum(abs(one))[entries.row])
    return float(np.nan_to_num(ratio(entries.data, scale), nan=np.inf).max(initial=0.0))


def _distance(expected: Array | None, stored: Array | None) -> float:
    """Return the largest difference relative to the largest value that should be there."""
    if expected is None or stored is None or np.shape(stored) != np.shape(expected):
        return float("inf")
    apart = float(np.max(np.abs(np.asarray(stored) - expected), initial=0.0))
    if apart == 0:
        return 0.0
    size = float(np.max(np.abs(expected), initial=0.0))
    return apart / size if size > 0 and np.isfinite(apart) else float("inf")


def _float(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")
