"""Training a convex model: build, bring to standard form, solve, prove."""

import importlib.metadata
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from assay.core.fit import Fit
from assay.methods.base import Job
from assay.methods.convex.canonical import Canonical, canonicalise, unpack
from assay.methods.convex.form import Array
from assay.methods.convex.labels import constraint_labels
from assay.methods.convex.problem import check_problem
from assay.methods.convex.solve import Solution, solve_form, solver_order
from assay.methods.convex.solver_portfolio import Portfolio

SEEN = ("value/", "dual/")  # groups of arrays that `results` is given

_PACKAGES = {
    "CLARABEL": "clarabel",
    "HIGHS": "highspy",
    "OSQP": "osqp",
    "SCS": "scs",
    "SCIP": "pyscipopt",
}


def fit(job: Job) -> Fit:
    """Solve the problem that `build` declares; whether the answer holds is for `diagnose`.

    The standard form is a checkpoint before, and each solver's answer after its call.

    Raises:
        TrainingError: the problem cannot be built or brought to standard form, or no solver
            handles its class.
    """
    channel = job.channel
    channel.phase("build")
    problem = check_problem(job.call("build", job.inputs))
    channel.phase("canonicalise")
    canonical = canonicalise(problem)
    form = canonical.form
    order = solver_order(form.problem_class, job.training.solver)
    channel.checkpoint("standard_form", form.as_arrays(), cones=form.cones.as_json())
    channel.phase("solve")
    portfolio = Portfolio(channel)
    solution = solve_form(form, order, job.training.tolerance, portfolio)
    arrays, described = _unpacked(canonical, solution)
    return Fit(
        arrays={**_evidence(canonical, solution), **arrays},
        meta={**_describe(canonical, solution, portfolio), **described},
    )


def view(fit: Fit, rng: np.random.Generator) -> Any:
    """Return what the model's `results` receives.

    Its attributes: `value`, the variables by name, a float (or complex) where it is a scalar and
    an array else; `objective`, with the user's sign; `dual`, dual values by the constraint's
    number, counted from 1, as CVXPY gives them; `rng`, a Generator.
    """
    value: dict[str, Any] = {}
    dual: dict[int, Any] = {}
    for key, array in fit.arrays.items():
        group, _, name = key.partition("/")
        if group == "value":
            value[name] = array.copy() if array.ndim else array.item()
        elif group == "dual":
            number, _, part = name.partition("/")
            if part:
                dual.setdefault(int(number), []).append(array.copy())
            else:
                dual[int(number)] = array.copy() if array.ndim else array.item()
    return SimpleNamespace(value=value, objective=fit.meta["objective"], dual=dual, rng=rng)


def value_arrays(values: Mapping[str, Array], duals: Mapping[int, Any]) -> dict[str, Array]:
    """Name the arrays of a fit that hold the variables' values and the duals."""
    arrays: dict[str, Array] = {f"value/{name}": array + 0.0 for name, array in values.items()}
    for number, dual in duals.items():
        if isinstance(dual, list):
            parts = {f"dual/{number}/{k}": np.asarray(part) for k, part in enumerate(dual)}
            arrays.update(parts)
        else:
            arrays[f"dual/{number}"] = np.asarray(dual)
    return arrays


def _evidence(canonical: Canonical, solution: Solution) -> dict[str, Array]:
    """Return what the certificate is computed from."""
    proved = solution.answered.proved
    arrays = {
        **{f"standard/{name}": part for name, part in canonical.form.as_arrays().items()},
        "standard/row_label": canonical.rows.index,
        "standard/column_label": canonical.columns.index,
        "x": proved.x,
        "z": proved.z,
        "s": proved.s,
        "bound": np.array(solution.bound),
    }
    if solution.second is not None:
        second = solution.second
        arrays |= {
            "second/x": second.x,
            "second/z": second.z,
            "second/s": second.s,
            "second/bound": np.array(second.bound),
        }
    return arrays


def _describe(canonical: Canonical, solution: Solution, portfolio: Portfolio) -> dict[str, Any]:
    """Return everything that is not an array; for people, no verdict rests on it."""
    answered, second = solution.answered, solution.second
    form = canonical.form
    used = [run.solver for run in portfolio.runs]
    unit = "nodes" if form.mixed else "iterations"
    return {
        "status": answered.proved.kind,
        "problem_class": form.problem_class,
        "solver": answered.solver,
        "second_solver": None
        if second is None
        else {"solver": second.solver, "status": second.status,
              "objective": _objective(canonical, second.x)},
        "versions": {name: _version(name) for name in dict.fromkeys(["cvxpy", *used])},
        "iterations": f"{answered.iterations:,} {unit} of {answered.solver}",
        "attempts": [run.as_json() for run in portfolio.runs],
        "cones": form.cones.as_json(),
        "sign": canonical.sign,
        "offset": canonical.offset,
        "row_labels": list(canonical.rows.texts),
        "column_labels": list(canonical.columns.texts),
        "constraints": constraint_labels(canonical.problem),
        "warnings": list(canonical.warnings),
    }  # fmt: skip


def _unpacked(canonical: Canonical, solution: Solution) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the variables' values and the objective; nothing where nothing was found."""
    proved = solution.answered.proved
    if proved.kind != "optimal":
        return {}, {"objective": None, "variables": []}
    values, duals = unpack(canonical, proved.x, None if canonical.form.mixed else proved.z)
    arrays = value_arrays(values, duals)
    return arrays, {"objective": canonical.objective(proved.x), "variables": list(values)}


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(_PACKAGES.get(name, name))
    except importlib.metadata.PackageNotFoundError:
        return None


def _objective(canonical: Canonical, x: Array) -> float | None:
    value = canonical.objective(x)
    return value if np.isfinite(value) else None
