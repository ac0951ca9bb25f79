"""One function per gate; each takes what was stored and returns what it measured."""

from collections.abc import Mapping

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.simulation import precision as widths
from assay.methods.simulation import series as time_series
from assay.methods.simulation import settling
from assay.methods.simulation.columns import Columns
from assay.methods.simulation.replicate import FLAGS, Array
from assay.methods.simulation.settings import Convergence, Training


def completed(fit: Fit, training: Training) -> Criterion:
    """Judge that every replicate the design asks for is there, with every output."""
    rows = {len(values) for values in fit.arrays.values()}
    value = rows.pop() if len(rows) == 1 else None
    advice = "Some replicates are missing or cut short; train again."
    return judge("completed", value, ">=", training.replicates, advice=advice)


def numerical_errors(fit: Fit) -> Criterion:
    """Judge that no replicate overflowed, divided by zero or did something undefined."""
    flagged = np.zeros(len(fit.arrays[f"flags/{FLAGS[0]}"]), dtype=bool)
    for flag in FLAGS:
        flagged |= fit.arrays[f"flags/{flag}"] != 0
    where = ""
    if flagged.any():
        number = int(np.argmax(flagged))
        kinds = [flag for flag in FLAGS if fit.arrays[f"flags/{flag}"][number]]
        notes = [note for note in fit.meta["notes"] if note["replicate"] == number]
        words = notes[0]["note"] if notes else ", ".join(kinds)
        where = f"replicate {number}: {words}"
    advice = (
        "Correct the formula at that place. If its result is handled there (numpy.where, a limit "
        "taken elsewhere), say so around it: with numpy.errstate(divide='ignore')."
    )
    return judge("numerical_errors", int(flagged.sum()), "==", 0, where=where, advice=advice)


def finite(outputs: Mapping[str, Array]) -> Criterion:
    """Judge that no output of any replicate is NaN or infinite."""
    count, where = 0, ""
    for name, values in outputs.items():
        bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
        count += int(bad.sum())
        if bad.any() and not where:
            where = f"replicate {int(np.argmax(bad))}, output {name}"
    advice = "Look at what simulate does in that replicate; a missing value must not be NaN."
    return judge("finite", count, "==", 0, where=where, advice=advice)


def varies(columns: Columns) -> list[Criterion]:
    """Judge that replicates differ at all; a single output that does not is a remark."""
    total, varying = columns.values.shape[1], len(columns.varying)
    criteria = [
        judge(
            "varies",
            varying,
            ">",
            0,
            where="outputs that differ between replicates",
            advice="All replicates are the same: draw random numbers from the rng that simulate "
            "receives, and never seed a generator in model code.",
        )
    ]
    if 0 < varying < total:
        place = int(np.setdiff1d(np.arange(total), columns.varying)[0])
        advice = "The same in every replicate; its mean has no Monte-Carlo error."
        criteria.append(
            judge(
                "constant_outputs",
                total - varying,
                ">=",
                0,
                where=columns.name(place),
                advice=advice,
                gates=False,
            )
        )
    return criteria


def mcse_over_sd(columns: Columns, convergence: Convergence) -> Criterion:
    """Judge the Monte-Carlo error of every mean over its sd: for n replicates, one over root n."""
    count, limit = len(columns.values), convergence.mcse_over_sd
    needed = int(limit**-2 * (1 + 1e-12)) + 1
    return judge(
        "mcse_over_sd",
        1 / np.sqrt(count),
        "<",
        limit,
        where="every mean",
        advice=f"It is one over the root of the number of replicates: take {needed} or more.",
    )


def halves_agree(columns: Columns) -> Criterion:
    """Judge that means and spreads of two halves of the replicates agree; see `settling.halves`."""
    places = columns.varying
    if not len(places):
        return judge("halves_agree", 0.0, "<=", 0.0, where="nothing varies")
    worst = settling.halves(columns.values[:, places])
    return judge(
        "halves_agree",
        worst.value,
        "<=",
        worst.threshold,
        where=f"{worst.what} of {columns.name(int(places[worst.element]))}",
        advice="Later replicates differ from earlier ones: simulate keeps something between calls "
        "(a global, a cache, an object it changes in its inputs).",
    )


def tail_index(columns: Columns) -> list[Criterion]:
    """Judge that tails are light enough for a mean to exist; see `settling.tails`.

    What is shown is alpha, one over the extreme-value index: infinite for tails that are no
    power law. A mean exists from 1 upwards.
    """
    places = columns.varying
    worst = settling.tails(columns.values[:, places]) if len(places) else None
    if worst is None:
        return []
    return [
        judge(
            "tail_index",
            1 / worst.value if worst.value > 0 else float("inf"),
            ">=",
            1 / worst.threshold,
            where=f"{columns.name(int(places[worst.element]))}, from the {worst.what}",
            advice="The mean of this output does not settle, however many replicates there are "
            "(a ratio with a denominator near zero, a Pareto tail). Publish a median or quantile "
            "of a bounded quantity: let simulate return its logarithm, rank or a capped value.",
        )
    ]


def precision(outputs: Mapping[str, Array], training: Training) -> list[Criterion]:
    """Judge that every mean is known as well as the design asks."""
    criteria = []
    for name, wanted in training.precision.items():
        value, element = widths.half_width(outputs[name], wanted)
        shape = outputs[name].shape[1:]
        index = ",".join(str(int(i)) for i in np.unravel_index(element, shape)) if shape else ""
        criteria.append(
            judge(
                f"precision/{name}",
                value,
                "<=",
                widths.bound(wanted),
                where=f"{name}[{index}]" if shape else name,
                advice="Raise max_replicates, ask for less, reduce the variance, or use abs where "
                "the mean is near zero.",
            )
        )
    return criteria


def series(outputs: Mapping[str, Array], training: Training) -> list[Criterion]:
    """Judge that declared series are free of drift and long enough; see `series`."""
    criteria = []
    for name in training.series:
        values = outputs[name].astype(float)
        found = time_series.drift(values, len(training.series))
        criteria += [
            judge(
                f"drift/{name}",
                found.value,
                "<=",
                found.threshold,
                where=f"first tenth {found.early:.6g}, last half {found.late:.6g}",
                advice="The series is not stationary: leave out a longer warm-up, start in the "
                "stationary state, or simulate for longer.",
            ),
            judge(
                f"series_length/{name}",
                time_series.length(values),
                ">=",
                time_series.LEAST_LENGTH,
                where="in autocorrelation times",
                advice="Simulate each replicate for longer.",
            ),
        ]
    return criteria


def undeclared_series(outputs: Mapping[str, Array], training: Training) -> list[Criterion]:
    """Remark on outputs that look like time series, drift, and are not declared as stationary.

    No gate: a course of events in time drifts by right, and only the design can tell.
    """
    criteria = []
    for name, values in outputs.items():
        if name in training.series or values.ndim != 2 or not np.isfinite(values).all():
            continue
        found = time_series.undeclared(values.astype(float))
        if found is not None:
            criteria.append(
                judge(
                    f"drifts/{name}",
                    found.value,
                    "<=",
                    found.threshold,
                    where=f"first tenth {found.early:.6g}, last half {found.late:.6g}",
                    advice="If its mean over time is published as a long-run value, it is none "
                    "yet: name it under `series` in the design, which makes this a gate.",
                    gates=False,
                )
            )
    return criteria
