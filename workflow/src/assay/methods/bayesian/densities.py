"""Densities, gradients and constrained values at given draws, by the functions that sampled them.

The very functions that the sampler compiled are called, so nothing is compiled twice and an
honest run agrees to the last bit; one call costs one step of a trajectory, of which sampling
made several for every draw.
"""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pymc

from assay.methods.bayesian.chains import STATS, Array
from assay.methods.bayesian.pymc_internals import DictToArrayBijection

if TYPE_CHECKING:
    from assay.methods.bayesian.nutpie_sampler import NutpieSampler
    from assay.methods.bayesian.pymc_sampler import PymcSampler

_DOUBLES = ctypes.POINTER(ctypes.c_double)


@dataclass(frozen=True)
class Evaluated:
    """What the model says at the draws of a fit.

    Attributes:
        statistics: names of the statistics that the sampler leaves: none without NUTS.
        logp: log density at (chain, draw) where NUTS ended its move; NaN if it is not finite.
        known: at which draws it can be compared, (chain, draw): all, or all but the first.
        gradients: of the log density, (chain, draw, coordinate among `columns`).
        columns: unconstrained coordinates that were drawn by their gradient.
        posterior: constrained values by name, (chain, draw, ...).
    """

    statistics: tuple[str, ...]
    logp: Array
    known: Array
    gradients: Array
    columns: Array
    posterior: dict[str, Array]


def evaluate(sampler: Any, draws: Array, names: list[str]) -> Evaluated:
    """Return densities, gradients and constrained values by the sampler's compiled functions.

    Args:
        sampler: the design's sampler, as made for training.
        draws: (chain, draw, coordinate), unconstrained.
        names: free variables and deterministics.
    """
    by_nutpie = hasattr(sampler, "compiled")
    return (_by_nutpie if by_nutpie else _by_pymc)(sampler, draws, names)


def in_order(sampler: Any) -> bool:
    """Return whether a draw can only be evaluated together with the one before it."""
    return hasattr(sampler, "step") and bool(_nuts(sampler.step)[1])


def _by_nutpie(sampler: "NutpieSampler", draws: Array, names: list[str]) -> Evaluated:
    """Evaluate a model that nutpie compiled, through its C functions."""
    model = sampler.compiled
    rows = np.ascontiguousarray(draws.reshape(-1, draws.shape[-1]))
    count, dimension = rows.shape
    logp, gradients = np.full(count, np.nan), np.full(rows.shape, np.nan)
    expanded = np.full((count, model.n_expanded), np.nan)
    density, expand = model.compiled_logp_func.ctypes, model.compiled_expand_func.ctypes
    user = model.user_data.ctypes.data
    for k in range(count):
        x = _pointer(rows[k])
        if density(dimension, x, _pointer(gradients[k]), _pointer(logp[k : k + 1]), user):
            logp[k], gradients[k] = np.nan, np.nan
        expand(dimension, model.n_expanded, x, _pointer(expanded[k]), user)
    variables, slices, shapes = model.shape_info
    at = {
        name: (part, tuple(shape))
        for name, part, shape in zip(variables, slices, shapes, strict=True)
    }
    drawn = draws.shape[:2]
    return Evaluated(
        statistics=STATS,
        logp=logp.reshape(drawn),
        known=np.ones(drawn, dtype=bool),
        gradients=gradients.reshape(draws.shape),
        columns=np.arange(dimension),
        posterior={
            name: expanded[:, at[name][0]].reshape(*drawn, *at[name][1])
            for name in names
            if name in at
        },
    )


def _by_pymc(sampler: "PymcSampler", draws: Array, names: list[str]) -> Evaluated:
    """Evaluate a model that PyMC sampled.

    In a step made of several, NUTS saw the discrete variables as the steps before it had just
    set them, and those after it still at the previous draw: its density is computed there.
    """
    chains = [sampler.constrain(chain) for chain in draws]
    posterior = {name: np.stack([chain[name] for chain in chains]) for name in names}
    nuts, later = _nuts(sampler.step)
    drawn = draws.shape[:2]
    known = np.ones(drawn, dtype=bool)
    moved = [] if nuts is None else [value.name for value in nuts.vars]
    columns = sampler.columns(moved)
    gradients = np.full((*drawn, len(columns)), np.nan)
    logp = np.full(drawn, np.nan)
    if nuts is None:
        return Evaluated((), logp, known, gradients, columns, posterior)
    known[:, 0] = not later
    # Of several steps, PyMC lets only the last report its log density.
    statistics = tuple(name for name in STATS if name != "logp" or not later)
    density = nuts._logp_dlogp_func
    for number, chain in enumerate(draws):
        for draw, point in enumerate(_points_of_nuts(sampler, chain, later)):
            density.set_extra_values(point)
            values = {name: point[name] for name in moved}
            here = DictToArrayBijection.map(values)
            logp[number, draw], gradients[number, draw] = density(here)
    return Evaluated(statistics, logp, known, gradients, columns, posterior)


def _nuts(step: Any) -> tuple[Any | None, set[str]]:
    """Return the NUTS step, if any, and the names of the values that steps after it set."""
    methods = list(getattr(step, "methods", [step]))
    found = [k for k, method in enumerate(methods) if isinstance(method, pymc.NUTS)]
    if not found:
        return None, set()
    after = methods[found[0] + 1 :]
    return methods[found[0]], {value.name for method in after for value in method.vars}


def _points_of_nuts(
    sampler: "PymcSampler", chain: Array, later: set[str]
) -> Iterator[dict[str, Array]]:
    """Yield the point at which NUTS ended each of its moves; the first may not be it."""
    old: dict[str, Array] = {}
    for row in chain:
        point = sampler.point(row)
        yield {**point, **{name: old[name] for name in later if old}}
        old = point


def _pointer(values: Array) -> Any:
    return values.ctypes.data_as(_DOUBLES)
