"""Running replicates again, and showing on the model that a fit is made of its replicates."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.base import Job
from assay.methods.simulation.batches import first_look, stretches
from assay.methods.simulation.outputs import check, layout, stacked
from assay.methods.simulation.precision import is_met
from assay.methods.simulation.replicate import Array, simulate
from assay.methods.variants import Lazy, different, distorted

AGREEMENT = 1e-9  # relative; another processor rounds otherwise
_HANDFUL = 5


def replay(job: Job, request: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Array]:  # noqa: ARG001
    """Run the replicates of a challenge again.

    Args:
        job: the training.
        request: `replicates`, their numbers.
        arrays: nothing; a replicate needs its number only.

    Returns:
        Outputs and flags under the names of a fit's arrays; row k is of `replicates[k]`.

    Raises:
        TrainingError: the model failed, or outputs differ between these replicates.
    """
    job.channel.phase("simulate")
    return _run(job, request["replicates"])


def certify(job: Job, fit: Fit, rng: np.random.Generator | None = None) -> list[Criterion]:
    """Run a handful of replicates again, and judge that training stopped where it must.

    That outputs are not the same is a doubt only: what a replicate gives may hang on rounding.
    A challenge compares more of them bit for bit. Which they are is drawn by `rng`, if given.

    Raises:
        TrainingError: the model failed.
    """
    count = int(fit.meta["replicates"])
    few = min(count, _HANDFUL)
    if rng is None:
        numbers = np.unique(np.linspace(0, count - 1, few).astype(int)).tolist()
    else:
        numbers = np.sort(rng.choice(count, size=few, replace=False)).tolist()
    worst, where = 0.0, ""
    again = _run(job, numbers)
    stored = {name: values for name, values in fit.arrays.items() if name in again}
    for name, values in again.items():
        apart, row = _apart(values, stored.get(name), numbers)
        if apart > worst:
            worst, where = apart, f"replicate {numbers[row]}, {name}"
    advice = (
        "Run again, the replicate gives something else: it is not from this model and seed, or "
        "simulate hangs on more than its inputs and rng."
    )
    return [
        judge("replicates_agree", worst, "<=", AGREEMENT, where=where, advice=advice, gates=False),
        _stopping(job, fit),
    ]


def perturb(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return six fits of the same size whose replicates are drawn from those that there are.

    Two are bootstrap samples, one repeats half of the replicates, and three hold one replicate
    only, three that differ where there are any.

    Args:
        fit: arrays and meta as `fit` left them.
        rng: where the choices come from.
    """
    count = int(fit.meta["replicates"])
    half = rng.permutation(count)[: max(1, count // 2)]
    rows = [rng.integers(count, size=count), rng.integers(count, size=count)]
    rows.append(np.resize(half, count))
    rows += [np.full(count, number) for number in _different(fit, rng.permutation(count))]
    return Lazy([partial(_picked, fit, chosen) for chosen in rows])


def distort(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return fits with outputs that need not make sense; see `distorted`."""
    outputs = {name: x for name, x in fit.arrays.items() if name.startswith("replicates/")}
    others = distorted(outputs, rng, leading=1)
    return others.then(lambda other: Fit(arrays={**fit.arrays, **other}, meta=fit.meta))


def _picked(fit: Fit, rows: Array) -> Fit:
    return Fit(arrays={name: x[rows] for name, x in fit.arrays.items()}, meta=fit.meta)


def _run(job: Job, numbers: Sequence[int]) -> dict[str, Array]:
    replicates = [simulate(job, number) for number in numbers]
    expected = layout(replicates[0])
    for number, one in zip(numbers, replicates, strict=True):
        check(job, expected, number, one)
    return stacked(replicates, expected)


def _stopping(job: Job, fit: Fit) -> Criterion:
    """Judge that there are as many replicates as the rule of `fit` leads to."""
    training, convergence = job.training, job.convergence
    outputs = {name: fit.arrays[f"replicates/{name}"] for name in training.precision}
    expected = training.most_replicates
    for end in (stretch[-1] for stretch in stretches(training)):
        enough = end >= first_look(training) and end > convergence.mcse_over_sd**-2
        rows = {name: values[:end] for name, values in outputs.items()}
        if training.precision and enough and is_met(rows, training.precision):
            expected = end
            break
    advice = "Training stopped before the precision was met, or went on when it was."
    return judge("stopping", fit.meta["replicates"], "==", expected, advice=advice)


def _apart(again: Array, stored: Array | None, numbers: Sequence[int]) -> tuple[float, int]:
    """Return the largest relative difference of an output's rows, and which row it is in."""
    if stored is None or stored.dtype != again.dtype or stored.shape[1:] != again.shape[1:]:
        return float("inf"), 0
    if len(stored) <= max(numbers):
        return float("inf"), len(numbers) - 1
    one, other = again.astype(float), stored[list(numbers)].astype(float)
    size = np.maximum(np.abs(one), np.abs(other))
    with np.errstate(all="ignore"):
        apart = np.where(one == other, 0.0, np.abs(one - other) / size)
    apart = np.where(np.isnan(one) & np.isnan(other), 0.0, np.nan_to_num(apart, nan=np.inf))
    rows = apart.reshape(len(apart), -1).max(axis=1, initial=0.0)
    return float(rows.max()), int(np.argmax(rows))


def _different(fit: Fit, order: Array) -> list[int]:
    """Return three replicates, different ones as long as there are any, in the given order."""
    outputs = [fit.arrays[f"replicates/{name}"] for name in fit.meta["outputs"]]
    contents = (
        (number, b"".join(values[number].tobytes() for values in outputs))
        for number in order.tolist()
    )
    return (different(contents, 3) * 3)[:3]
