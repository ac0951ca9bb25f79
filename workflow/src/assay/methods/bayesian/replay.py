"""Drawing parts of a bayesian run again, and showing on the model itself that draws are its own.

Everything here runs in a worker of the validator's, where model code may be called.
"""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.errors import Category, TrainingError
from assay.core.fit import Fit
from assay.methods.base import Job, Quiet
from assay.methods.bayesian.chains import Array
from assay.methods.bayesian.consistency import coordinates, energy_criteria
from assay.methods.bayesian.densities import evaluate, in_order
from assay.methods.bayesian.fit import SEEN, Built
from assay.methods.bayesian.model import Layout
from assay.methods.bayesian.segments import Segment
from assay.methods.bayesian.stein import stein_criteria
from assay.methods.bayesian.symmetry import find_symmetries
from assay.methods.variants import Lazy, different, distorted

LOGP_TOLERANCE = 1e-6  # relative to max(1, |logp|): another processor may sum in another order
VALUE_TOLERANCE = 1e-9  # relative to the variable's largest magnitude at that draw
SINGLE_DRAWS = 3
LOOKED_AT = 4000  # draws in all; a density at each costs as much as a step of a trajectory


class _Passing(Quiet):
    """A channel that passes progress on and stores nothing: a replay leaves no checkpoints."""

    def __init__(self, job: Job) -> None:
        self._channel = job.channel

    def phase(self, name: str) -> None:
        """Pass a phase on."""
        self._channel.phase(name)

    def progress(self, step: int, of: int | None, **metrics: float) -> None:
        """Pass progress on."""
        self._channel.progress(step, of, **metrics)


def replay(job: Job, request: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Draw the requested chains or segments again, with the run's own seeds.

    Args:
        job: the run's model, inputs, settings and seed.
        request: `chains`, numbers; `segments`, [chain, start, stop] iterations.
        arrays: the state before each segment, under "segment_{chain}_{start}/".

    Returns:
        "chain_{k}/..." as the fit stores it; "segment_{k}_{start}/..." likewise for the kept
        draws among its iterations and ".../end/..." for the state after it; "streams_{k}/...",
        which random streams the seed gives to chain k.

    Raises:
        TrainingError: the model cannot be built or sampled.
    """
    built = Built.of(job)
    job.channel.phase("sample")
    again: dict[str, Array] = {}
    chains = [int(number) for number in request["chains"]]
    for number, chain in built.sampler.chains(chains, job.cores, _Passing(job)):
        again |= {f"chain_{number}/{k}": v for k, v in chain.as_checkpoint().items()}
    segments = [Segment(*map(int, parts)) for parts in request["segments"]]
    if segments:
        again |= built.sampler.streams()
        again |= _segments(built.sampler, segments, arrays, job)
    return again


def _segments(
    sampler: Any, segments: list[Segment], arrays: Mapping[str, Array], job: Job
) -> dict[str, Array]:
    """Draw segments again; a state from which nothing can be drawn gives no answer.

    A genuine state can always be gone on from, so what cannot is left unanswered, which the
    comparison refuses. Lack of memory and the like says nothing about the run and is raised.
    """
    states = {segment: _under(f"{segment.name}/", arrays) for segment in segments}
    known = [part for part in segments if part.start == 0 or states[part]]
    again: dict[str, Array] = {}
    try:
        for segment, values in sampler.segments(known, states, job.cores, _Passing(job)):
            again |= {f"{segment.name}/{k}": v for k, v in values.items()}
    except TrainingError as error:
        if error.category is not Category.CONVERGENCE:
            raise
    return again


def certify(job: Job, fit: Fit, rng: np.random.Generator | None = None) -> list[Criterion]:
    """Show on the model itself that a fit holds draws from it.

    Args:
        job: the run's model, inputs, settings and seed.
        fit: as it is stored.
        rng: chooses LOOKED_AT draws if there are more; None looks at every draw.

    Raises:
        TrainingError: the model cannot be built or compiled.
    """
    built = Built.of(job)
    layout = _layout(built.layout, fit)
    if not layout.passed:
        return [layout]
    job.channel.phase("evaluate")
    whole = fit
    fit = _some_draws(fit, rng, in_order(built.sampler))
    names = [*built.layout.free, *built.layout.deterministics]
    draws = np.ascontiguousarray(fit.arrays["unconstrained"])
    found = evaluate(built.sampler, draws, names)
    first = int(not found.known.all())  # the first draws, if any, are the unknown ones
    statistics = _statistics(found.statistics, fit)
    criteria = [layout, statistics]
    if statistics.passed and "logp" in found.statistics:
        criteria.append(_densities(found, fit))
    elif statistics.passed and found.statistics:
        energy = fit.arrays["stats/energy"]
        criteria += energy_criteria(energy[:, first:], found.logp[:, first:], len(found.columns))
    criteria.append(_constrained(found.posterior, fit, names))
    criteria.append(_symmetries(find_symmetries(built.sampler, whole), whole))
    if len(found.columns):
        labels = [coordinates(fit)[column][0] for column in found.columns]
        moved = draws[:, first:, found.columns]
        criteria += stein_criteria(moved, found.gradients[:, first:], labels)
    return criteria


def _some_draws(fit: Fit, rng: np.random.Generator | None, together: bool) -> Fit:
    """Return a fit of LOOKED_AT draws, the same of every chain; or all, if there are no more.

    Args:
        fit: what is looked at.
        rng: chooses them; None keeps all.
        together: whether those chosen follow one another.
    """
    chains, draws = fit.arrays["unconstrained"].shape[:2]
    kept = max(1, LOOKED_AT // max(1, chains))
    if rng is None or kept >= draws:
        return fit
    if together:
        chosen = rng.integers(draws - kept + 1) + np.arange(kept)
    else:
        chosen = np.sort(rng.choice(draws, size=kept, replace=False))
    arrays = {
        name: values[:, chosen] if values.shape[:2] == (chains, draws) else values
        for name, values in fit.arrays.items()
    }
    return Fit(arrays, fit.meta)


def perturb(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return fits with the same shapes and support in which other draws stand.

    A bootstrap of the draws; the half on one side of a random direction; the first or second
    half of the draws; and single draws repeated everywhere. Rows stay whole, so draws,
    densities and statistics still belong together.
    """
    chains, draws = fit.arrays["unconstrained"].shape[:2]
    count = chains * draws
    rows = fit.arrays["unconstrained"].reshape(count, -1)
    spread = rows.std(axis=0)
    scaled = (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1)
    order = np.argsort(scaled @ rng.normal(size=rows.shape[1]), kind="stable")
    half = np.arange(count).reshape(chains, draws)[:, : draws // 2]
    if rng.integers(2):
        half = half + (draws - draws // 2)
    picks = [
        rng.integers(count, size=count),
        np.resize(order[: max(1, count // 2)], count),
        np.resize(half.ravel(), count),
        *(np.full(count, row) for row in _different_rows(rows, rng)),
    ]
    return Lazy([partial(_picked, fit, pick.reshape(chains, draws)) for pick in picks])


def distort(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return fits with draws that need not be in the variables' support; see `distorted`."""
    drawn = {name: x for name, x in fit.arrays.items() if name.startswith("posterior/")}
    others = distorted(drawn, rng, leading=2)
    return others.then(lambda other: Fit(arrays={**fit.arrays, **other}, meta=fit.meta))


def _different_rows(rows: Array, rng: np.random.Generator) -> list[int]:
    """Return draws that differ from each other, as far as there are such."""
    order = rng.permutation(len(rows)).tolist()
    return different(((row, rows[row].tobytes()) for row in order), SINGLE_DRAWS)


def _picked(fit: Fit, rows: Array) -> Fit:
    """Return what `results` sees of other draws: row numbers of all draws, (chain, draw)."""
    arrays = {
        name: values.reshape(-1, *values.shape[2:])[rows]
        for name, values in fit.arrays.items()
        if name.startswith(SEEN)
    }
    return Fit(arrays=arrays, meta=fit.meta)


def _under(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {
        name.removeprefix(prefix): part for name, part in arrays.items() if name.startswith(prefix)
    }


def _layout(layout: Layout, fit: Fit) -> Criterion:
    """Count what differs between the model's variables and those of the fit."""
    declared = {
        "free": list(layout.free),
        "deterministics": list(layout.deterministics),
        "coordinates": [list(pair) for pair in layout.coordinates],
        "dims": layout.dims,
        "coords": layout.coords,
    }
    wrong = [
        name
        for name, value in declared.items()
        if json.dumps(fit.meta.get(name)) != json.dumps(value)
    ]
    expected = {"unconstrained", *(f"posterior/{name}" for name in layout.free)}
    expected |= {f"posterior/{name}" for name in layout.deterministics}
    wrong += sorted(expected - fit.arrays.keys())
    if np.shape(fit.arrays.get("unconstrained", 0))[2:] != (len(layout.coordinates),):
        wrong.append("unconstrained")
    return judge(
        "model_layout",
        len(wrong),
        "==",
        0,
        where=", ".join(wrong[:3]),
        advice="The model code declares other variables than the fit holds.",
    )


def _statistics(wanted: tuple[str, ...], fit: Fit) -> Criterion:
    """Count sampler statistics that are missing, or there although the sampler makes none."""
    names = {name.removeprefix("stats/") for name in fit.arrays if name.startswith("stats/")}
    wrong = sorted(names ^ set(wanted))
    return judge(
        "sampler_statistics",
        len(wrong),
        "==",
        0,
        where=", ".join(wrong[:3]),
        advice="The sampler of this model leaves other statistics than the fit holds.",
    )


def _densities(found: Any, fit: Fit) -> Criterion:
    """Return the largest relative difference of log densities; see LOGP_TOLERANCE."""
    stored = fit.arrays["stats/logp"]
    gap = np.abs(found.logp - stored) / np.maximum(1, np.abs(found.logp))
    gap = np.where(found.known, gap, 0)
    worst = np.unravel_index(int(np.argmax(gap)), gap.shape)  # the first NaN, if there is one
    return judge(
        "logp_difference",
        float(gap[worst]),
        "<",
        LOGP_TOLERANCE,
        where=f"chain {worst[0]}, draw {worst[1]}",
        advice="The model gives another log density at a stored draw than the run recorded.",
    )


def _symmetries(found: list[dict[str, Any]], fit: Fit) -> Criterion:
    """Count the exchanges that leave the density as it is and are not on record, or the reverse."""
    stored = list(fit.meta.get("symmetries", []))
    wrong = [one["parts"] for one in found if one not in stored]
    wrong += [str(one) for one in stored if one not in found]
    return judge(
        "symmetries",
        len(wrong),
        "==",
        0,
        where=", ".join(wrong[:3]),
        advice="The record does not hold the exchanges under which the density stays the same.",
    )


def _constrained(computed: Mapping[str, Array], fit: Fit, names: list[str]) -> Criterion:
    """Return the largest relative difference of a constrained value; see VALUE_TOLERANCE."""
    worst, where = 0.0, ""
    for name in names:
        gap = _gap(computed.get(name), fit.arrays[f"posterior/{name}"])
        if np.isnan(gap) or gap > worst:
            worst, where = gap, name
        if np.isnan(gap):
            break
    return judge(
        "posterior_difference",
        worst,
        "<",
        VALUE_TOLERANCE,
        where=where,
        advice="A stored value does not follow from the stored unconstrained draws.",
    )


def _gap(computed: Array | None, stored: Array) -> float:
    """Return the largest relative difference; infinite for another type or shape."""
    if computed is None or computed.dtype != stored.dtype or computed.shape != stored.shape:
        return float("inf")
    if computed.size == 0:
        return 0.0
    if computed.dtype.kind not in "fc":
        return 0.0 if np.array_equal(computed, stored) else float("inf")
    inner = tuple(range(2, computed.ndim))
    size = np.max(np.abs(computed), axis=inner, keepdims=True, initial=0, where=~np.isnan(computed))
    with np.errstate(invalid="ignore"):
        gap = np.abs(computed - stored) / np.where(size > 0, size, 1)
    same = (computed == stored) | (np.isnan(computed) & np.isnan(stored))
    return float(np.max(np.where(same, 0, gap)))
