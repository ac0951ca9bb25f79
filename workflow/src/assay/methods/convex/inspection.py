"""What contradicts itself in the evidence of a convex fit, without building its problem."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.convex import agreement
from assay.methods.convex.certificate import ERROR_ALLOWED
from assay.methods.convex.form import Array, StandardForm, form_from_arrays
from assay.methods.convex.refine import Point, tidy
from assay.methods.convex.settings import Training
from assay.methods.convex.solver_portfolio import Proved, prove_answer
from assay.methods.convex.solvers.answer import Answer
from assay.methods.exact import same

Checkpoints = Mapping[str, Mapping[str, Array]]

_LABELS = ("row_label", "column_label")
_SAME = 1e-12  # relative: an objective is a few sums


def standard_arrays(fit: Fit) -> dict[str, Array]:
    """Return the stored standard form, as `StandardForm.as_arrays` names its parts."""
    named = {name.partition("/")[2]: x for name, x in fit.arrays.items() if _is_standard(name)}
    return {name: x for name, x in named.items() if name not in _LABELS}


def inspect(fit: Fit, training: Training, checkpoints: Checkpoints) -> list[Criterion]:
    """Return what holds and what contradicts itself.

    Args:
        fit: arrays and meta as `fit` left them.
        training: the design's training block.
        checkpoints: the standard form and the solvers' answers by name, in their order.
    """
    advice = "The form that was stored before solving is not that of the fit."
    stored = checkpoints.get("standard_form", {})
    criteria = [same("form_stored", standard_arrays(fit), stored, advice)]
    try:
        form = form_from_arrays(standard_arrays(fit), fit.meta["cones"])
    except (KeyError, TypeError, ValueError) as error:
        words = "The arrays do not make a standard form."
        return [*criteria, judge("shapes", None, "==", 0, where=str(error), advice=words)]
    criteria.append(_shapes(form, fit))
    if not criteria[-1].passed:
        return criteria  # what follows would stumble over it
    return [
        *criteria,
        _objective(form, fit),
        _names(fit),
        _attempts(fit, training, checkpoints),
        _answer(form, fit, training, checkpoints),
    ]


def _is_standard(name: str) -> bool:
    return name.startswith("standard/")


def _shapes(form: StandardForm, fit: Fit) -> Criterion:
    """Judge that the answer and the labels are as long as the form is."""
    n, m = len(form.c), len(form.b)
    wanted = {"x": n, "z": m, "s": m, "standard/row_label": m, "standard/column_label": n}
    if "second/x" in fit.arrays:
        wanted |= {"second/x": n, "second/z": m, "second/s": m}
    odd = [
        f"{name} has shape {np.shape(fit.arrays.get(name, np.zeros(())))}, not ({size},)"
        for name, size in wanted.items()
        if np.shape(fit.arrays.get(name, np.zeros(()))) != (size,)
    ]
    advice = "The answer and the standard form have different sizes."
    return judge("shapes", len(odd), "==", 0, where=odd[0] if odd else "", advice=advice)


def _objective(form: StandardForm, fit: Fit) -> Criterion:
    """Judge that the published objective is that of x, with the user's sign and constant."""
    advice = "The objective is not that of the answer."
    told = [fit.meta.get(name) for name in ("objective", "sign", "offset")]
    numbers = [float(each) for each in told if isinstance(each, (int, float))]
    if len(numbers) < len(told):
        return judge("objective", None, "<=", _SAME, advice=advice)
    published, sign, offset = numbers
    if sign not in (1, -1):
        return judge("objective", None, "<=", _SAME, where=f"sign {sign}", advice=advice)
    expected = sign * (form.objective(fit.arrays["x"]) + offset)
    apart = abs(published - expected)
    size = max(abs(expected), abs(offset))
    value = 0.0 if apart == 0 else apart / size if size > 0 else float("inf")
    return judge("objective", value, "<=", _SAME, advice=advice)


def _names(fit: Fit) -> Criterion:
    """Judge that there is a value for every variable, and for nothing else."""
    found = {name.removeprefix("value/") for name in fit.arrays if name.startswith("value/")}
    odd = sorted(found ^ set(fit.meta["variables"]))
    advice = "Values are missing or too many."
    return judge("variables", len(odd), "==", 0, where=odd[0] if odd else "", advice=advice)


def _attempts(fit: Fit, training: Training, checkpoints: Checkpoints) -> Criterion:
    """Judge that every solver's answer was stored, in order, and the design's solver came first."""
    attempts = fit.meta["attempts"]
    wanted = [f"answer_{k}_{each['solver']}" for k, each in enumerate(attempts, start=1)]
    found = [name for name in checkpoints if name != "standard_form"]
    odd = sorted(set(wanted) ^ set(found))
    if not odd and wanted != found:
        odd = ["their order"]
    if next(iter(checkpoints), "") != "standard_form":
        odd.append("standard_form is not the first")
    if training.solver and (not attempts or attempts[0]["solver"] != training.solver):
        odd.append(f"{training.solver} was not asked first")
    if not attempts:
        odd.append("no solver was asked")
    advice = "The solvers' answers that were stored are not those of the fit."
    return judge("answers", len(odd), "==", 0, where=odd[0] if odd else "", advice=advice)


def _answer(
    form: StandardForm, fit: Fit, training: Training, checkpoints: Checkpoints
) -> Criterion:
    """Judge that the fit's answer is what a solver's stored answer becomes.

    Integers must be the solver's, rounded. A continuous answer was tidied and polished, so its
    objective is compared, as closely as the stored answer is known (see `agreement`); where that
    is not close, it is polished again.
    """
    found = _winner(fit, checkpoints)
    advice = "The answer of the fit is not what the solver's stored answer leads to."
    if found is None:
        where = "no attempt proved an optimum"
        return judge("answer", None, "<=", agreement.AGREEMENT, where=where, advice=advice)
    name, raw = found
    if any(raw[part].shape != fit.arrays[part].shape for part in "xzs"):
        return judge("answer", None, "<=", agreement.AGREEMENT, where=name, advice=advice)
    if form.mixed:
        rounded = np.round(raw["x"][form.integer])
        wrong = int(np.sum(rounded != fit.arrays["x"][form.integer]))
        return judge("answer", wrong, "==", 0, where=f"integers of {name}", advice=advice)
    compared = _compared(form, fit, tidy(form, raw["x"], raw["z"], raw["s"]))
    if not compared.usable:
        answer = Answer("", raw["x"], raw["z"], raw["s"], 0)
        compared = _compared(form, fit, prove_answer(form, answer, training.tolerance))
    value = compared.difference if compared.usable else None
    allowed = max(agreement.AGREEMENT, ERROR_ALLOWED * training.tolerance) + compared.resolution
    return judge("answer", value, "<=", allowed, where=name, advice=advice)


def _compared(form: StandardForm, fit: Fit, point: Point | Proved) -> agreement.Agreement:
    answer = fit.arrays["x"], fit.arrays["z"], fit.arrays["s"]
    return agreement.compare(form, answer, (point.x, point.z, point.s))


def _winner(fit: Fit, checkpoints: Checkpoints) -> tuple[str, Mapping[str, Any]] | None:
    """Return the stored answer of the first attempt of the fit's solver that proved an optimum."""
    for number, attempt in enumerate(fit.meta["attempts"], start=1):
        name = f"answer_{number}_{attempt['solver']}"
        proved = attempt["proved"] == "optimal" and attempt["solver"] == fit.meta["solver"]
        if proved and name in checkpoints and set(checkpoints[name]) == {"x", "z", "s"}:
            return name, checkpoints[name]
    return None
