"""Looking into a PyMC model: what it declares, and whether it can be sampled at all."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc

from assay.core.errors import Category, TrainingError


@dataclass(frozen=True)
class Layout:
    """Names and shapes of a model's variables, as plain values.

    Attributes:
        free: free variables, in the model's order.
        deterministics: deterministic variables, in the model's order.
        coordinates: (label, free variable) of every unconstrained coordinate.
        dims: named dimensions of each variable, None where it has no name.
        coords: coordinate values of each named dimension.
    """

    free: tuple[str, ...]
    deterministics: tuple[str, ...]
    coordinates: tuple[tuple[str, str], ...]
    dims: dict[str, list[str | None]]
    coords: dict[str, list[Any]]


def check_model(model: Any, sampler: str) -> pymc.Model:
    """Return the model if `sampler` can draw from it.

    Raises:
        TrainingError: not a PyMC model, nothing to sample, or discrete free variables for nutpie.
    """
    if not isinstance(model, pymc.Model):
        raise _refusal(
            f"build returned {type(model).__name__}, not a pymc.Model",
            "Let build end with `return model`, the model made by `with pymc.Model() as model:`.",
        )
    if not model.free_RVs:
        raise _refusal(
            "the model has no free variables, so there is nothing to sample",
            "Give the unknown quantities priors (pymc.Normal(...) without observed=).",
        )
    discrete = [variable.name for variable in model.discrete_value_vars]
    if discrete and sampler == "nutpie":
        raise _refusal(
            f"nutpie cannot draw the discrete variables {', '.join(discrete)}",
            "Say `sampler: pymc` under `training:` in the design, or sum the variable out.",
        )
    return model


def describe_layout(model: pymc.Model) -> Layout:
    """Return the names, dimensions and coordinates of a model's variables."""
    point = model.initial_point()
    coordinates = []
    for variable in model.free_RVs:
        value = model.rvs_to_values[variable]
        shape = np.shape(point[value.name])
        for index in np.ndindex(shape):
            place = f"[{','.join(map(str, index))}]" if shape else ""
            coordinates.append((f"{value.name}{place}", variable.name))
    names = [variable.name for variable in (*model.free_RVs, *model.deterministics)]
    return Layout(
        free=tuple(variable.name for variable in model.free_RVs),
        deterministics=tuple(variable.name for variable in model.deterministics),
        coordinates=tuple(coordinates),
        dims={name: list(model.named_vars_to_dims.get(name) or ()) for name in names},
        coords={
            name: [_plain(value) for value in values]
            for name, values in model.coords.items()
            if values is not None
        },
    )


def explain_failure(model: pymc.Model, number: int, error: Exception) -> TrainingError:
    """Return why a chain could not be sampled: which density is not finite, if that is it.

    The densities are compiled only here, since sampling that works needs no explanation.
    """
    densities = model.point_logps(round_vals=6)
    broken = [name for name, value in densities.items() if not np.isfinite(value)]
    if broken:
        return TrainingError(
            f"the log density of {', '.join(broken)} is not finite where sampling starts",
            category=Category.DATA,
            where=broken[0],
            remedy="Look for observed values outside the distribution's support (NaN, negative "
            "counts) or give the variable an `initval` inside it.",
        )
    return TrainingError(
        f"chain {number} could not be sampled: {str(error).splitlines()[0]}",
        category=Category.CONVERGENCE,
        where="build",
        remedy="The log density or its gradient is not finite near the starting point: look for "
        "log or sqrt of values that can be 0 or negative, give ordered parameters distinct "
        "`initval`s, and tighten very wide priors.",
    )


def _plain(value: Any) -> Any:
    """Return a coordinate value as JSON can hold it."""
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _refusal(message: str, remedy: str) -> TrainingError:
    return TrainingError(message, category=Category.IMPLEMENTATION, where="build", remedy=remedy)
