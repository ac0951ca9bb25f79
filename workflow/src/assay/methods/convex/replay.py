"""Solving a convex model again, and showing on the model that a fit is its answer."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from assay.core.criteria import Criterion
from assay.core.fit import Fit
from assay.methods.base import Job, Quiet
from assay.methods.convex.canonical import canonicalise
from assay.methods.convex.certify import certify_on
from assay.methods.convex.form import Array
from assay.methods.convex.problem import check_problem
from assay.methods.convex.solve import solve_form, solver_order
from assay.methods.convex.solver_portfolio import Portfolio
from assay.methods.variants import Lazy, distorted, variants


def replay(job: Job, request: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Array]:  # noqa: ARG001
    """Solve the problem once more, as training did.

    Args:
        job: the training.
        request: nothing that solving needs.
        arrays: nothing.

    Returns:
        `objective` and `bound` of the standard form, NaN where nothing is proved.

    Raises:
        TrainingError: what the model built is no problem that can be trained.
    """
    job.channel.phase("build")
    problem = check_problem(job.call("build", job.inputs))
    job.channel.phase("canonicalise")
    form = canonicalise(problem).form
    job.channel.phase("solve")
    order = solver_order(form.problem_class, job.training.solver)
    solution = solve_form(form, order, job.training.tolerance, Portfolio(Quiet()))
    found = solution.answered.proved
    proved = found.kind == "optimal"
    return {
        "objective": np.array(form.objective(found.x) if proved else np.nan),
        "bound": np.array(solution.bound if proved else np.nan),
    }


def certify(
    job: Job,
    fit: Fit,
    rng: np.random.Generator | None = None,  # noqa: ARG001
) -> list[Criterion]:
    """Build the problem again and show that the fit is an answer of it; see `certify`.

    Raises:
        TrainingError: what the model built is no problem that can be trained.
    """
    return certify_on(job.call("build", job.inputs), fit, job.training, job.convergence)


def perturb(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return six fits with other values of the variables, other duals and another objective.

    Integer variables stay integers and boolean ones 0 or 1.

    Args:
        fit: arrays and meta as `fit` left them.
        rng: where the changes come from.
    """
    columns, names = fit.arrays["standard/column_label"], fit.meta["column_labels"]
    whole, flags = (
        {f"value/{names[columns[column]]}" for column in fit.arrays[f"standard/{kind}"].tolist()}
        for kind in ("integer", "boolean")
    )
    seen = _seen(fit)
    others = variants(seen, rng, whole & seen.keys(), flags & seen.keys())
    return others.then(partial(_with, fit))


def distort(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return fits with values and duals that need not make sense; see `distorted`."""
    return distorted(_seen(fit), rng).then(partial(_with, fit))


def _seen(fit: Fit) -> dict[str, Array]:
    """Return what `results` sees of a fit as numbers, the objective among them."""
    seen = {name: x for name, x in fit.arrays.items() if name.startswith(("value/", "dual/"))}
    objective = fit.meta["objective"]
    return seen if objective is None else {**seen, "objective": np.array(float(objective))}


def _with(fit: Fit, seen: dict[str, Array]) -> Fit:
    """Return the fit with other numbers in the place of those that `results` sees."""
    arrays = {name: x for name, x in seen.items() if name != "objective"}
    changed = {"objective": float(seen["objective"])} if "objective" in seen else {}
    return Fit(arrays={**fit.arrays, **arrays}, meta={**fit.meta, **changed})
