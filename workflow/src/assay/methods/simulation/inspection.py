"""What contradicts itself in the evidence of a simulation, without running a replicate again."""

from collections.abc import Mapping

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.exact import same
from assay.methods.simulation.batches import batch_ends, stretches
from assay.methods.simulation.precision import is_met
from assay.methods.simulation.repetition import LEVEL, longest_copy, repeated_results
from assay.methods.simulation.replicate import FLAGS, Array
from assay.methods.simulation.settings import Convergence, Training

Checkpoints = Mapping[str, Mapping[str, Array]]

_FEWEST = Convergence.model_validate({}).mcse_over_sd ** -2  # designs may ask for more
_ATOMS = 2  # single results that may have a probability of their own


def inspect(fit: Fit, training: Training, checkpoints: Checkpoints) -> list[Criterion]:
    """Return what holds and what contradicts itself; each checkpoint is read once.

    Args:
        fit: arrays and meta as `fit` left them.
        training: the design's training block.
        checkpoints: stored batches by name, oldest first.
    """
    criteria = [_arrays(fit)]
    if not criteria[0].passed:
        return criteria  # what follows would stumble over it
    return [
        *criteria,
        *_count(fit, training),
        _batch_ends(fit, training),
        _batches(fit, checkpoints),
        *_precision(fit, training),
        *_repetition(fit),
    ]


def _arrays(fit: Fit) -> Criterion:
    """Judge that outputs and flags are those of the meta, with a row for every replicate."""
    count = int(fit.meta["replicates"])
    wanted = {
        f"replicates/{name}": (np.dtype(one["dtype"]), (count, *one["shape"]))
        for name, one in fit.meta["outputs"].items()
    }
    wanted |= {f"flags/{name}": (np.dtype(np.int64), (count,)) for name in FLAGS}
    odd = sorted(wanted.keys() ^ fit.arrays.keys())
    odd += [
        f"{name}: {array.dtype} {array.shape}"
        for name, array in fit.arrays.items()
        if name in wanted and (array.dtype, array.shape) != wanted[name]
    ]
    advice = "Outputs are missing, cut short or too many: the fit was not left by a training."
    return judge("arrays", len(odd), "==", 0, where=odd[0] if odd else "", advice=advice)


def _count(fit: Fit, training: Training) -> list[Criterion]:
    """Judge that there are as many replicates as the design asks for and allows."""
    count = int(fit.meta["replicates"])
    few = "The design asks for more replicates."
    many = "There are more replicates than the design allows."
    return [
        judge("replicates", count, ">=", training.replicates, advice=few),
        judge("most_replicates", count, "<=", training.most_replicates, advice=many),
    ]


def _batch_ends(fit: Fit, training: Training) -> Criterion:
    """Judge that batches ended where the design alone says, the last one where a look is due."""
    ends, stored = batch_ends(training), list(fit.meta["batch_ends"])
    looks = [stretch[-1] for stretch in stretches(training)]
    wrong = [end for end, due in zip(stored, ends, strict=False) if end != due]
    if not stored or len(stored) > len(ends) or stored[-1] not in looks:
        wrong.append(stored[-1] if stored else 0)
    if stored and stored[-1] != fit.meta["replicates"]:
        wrong.append(stored[-1])
    where = f"batch up to {wrong[0]}" if wrong else ""
    advice = "Batches did not end where they must: replicates were left out or added."
    return judge("batch_ends", len(wrong), "==", 0, where=where, advice=advice)


def _batches(fit: Fit, checkpoints: Checkpoints) -> Criterion:
    """Judge that the batches, one after the other, are the fit bit for bit."""
    ends = list(fit.meta["batch_ends"])
    spans = list(zip([0, *ends], ends, strict=False))
    names = [f"batch_{first:09d}" for first, _ in spans]
    advice = "The batches stored while training are not those of the fit."
    if list(checkpoints) != names:
        odd = sorted(set(names) ^ set(checkpoints))
        where = odd[0] if odd else "their order"
        return judge("batches", None, "==", 0, where=where, advice=advice)
    total, first_place = 0, ""
    for name, (first, last) in zip(names, spans, strict=True):
        rows = {key: values[first:last] for key, values in fit.arrays.items()}
        found = same(name, rows, checkpoints[name], advice)
        total += int(found.value or 0)
        first_place = first_place or (f"{name}, {found.where}" if found.value else "")
    return judge("batches", total, "==", 0, where=first_place, advice=advice)


def _precision(fit: Fit, training: Training) -> list[Criterion]:
    """Judge that training went on until the precision was met, or to the most allowed.

    That it did not go on beyond needs the convergence block, so `replay.certify` judges that.
    """
    if not training.precision:
        return []
    count = int(fit.meta["replicates"])
    outputs = {name: fit.arrays[f"replicates/{name}"] for name in training.precision}
    met = count > _FEWEST and is_met(outputs, training.precision)
    soon = not met and count < training.most_replicates
    advice = "Training stopped although the precision was not met and more were allowed."
    return [judge("stopped_too_soon", int(soon), "==", 0, advice=advice)]


def _repetition(fit: Fit) -> list[Criterion]:
    """Judge that replicates were not copied; see `repetition`."""
    outputs = {name: fit.arrays[f"replicates/{name}"] for name in fit.meta["outputs"]}
    copied, plausible, place = longest_copy(outputs)
    advice = (
        f"So many successive replicates come twice in the same order with probability {LEVEL:g}: "
        "they were copied."
    )
    criteria = [judge("copied_run", copied, "<=", plausible, where=place, advice=advice)]
    repeated = repeated_results(outputs)
    if repeated is not None:
        words = (
            "Results that look continuous come more than once: drawn again from fewer replicates, "
            "or values that only look continuous."
        )
        criteria.append(
            judge("repeated_results", repeated, "<=", _ATOMS, advice=words, gates=False)
        )
    return criteria
