"""Training a simulation: batches of replicates until there are enough of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from assay.core.fit import Fit
from assay.methods.base import Job
from assay.methods.simulation.batches import first_look, stretches
from assay.methods.simulation.outputs import Layout, check, check_design, layout, stacked
from assay.methods.simulation.pool import runner
from assay.methods.simulation.precision import is_met, worst_share
from assay.methods.simulation.replicate import FLAGS, Array, Replicate

SEEN = ("replicates/",)  # groups of arrays that `results` is given

_NOTES = 5


@dataclass(frozen=True)
class Simulated:
    """What the model's `results` receives.

    Attributes:
        replicates: an xarray.Dataset of the outputs along `replicate`; further dimensions of
            output x are called x_dim_0, x_dim_1 ...
        rng: a generator for predictive draws.
    """

    replicates: Any
    rng: np.random.Generator


def fit(job: Job) -> Fit:
    """Run replicates: as many as the design says, or until its precision is met.

    Raises:
        TrainingError: a replicate failed, outputs differ between replicates, or a process died.
    """
    job.channel.phase("simulate")
    collection = _Collection(job)
    with runner(job) as run:
        for ends in stretches(job.training):
            left = [end for end in ends if not collection.restore_batch(end)]
            if left:
                replicates = run.run(collection.count, ends[-1])
                for end in left:
                    collection.add_batch(replicates, end)
            if job.training.precision and collection.is_enough():
                break
    return collection.as_fit()


def view(fit: Fit, rng: np.random.Generator) -> Simulated:
    """Return what `results` receives, made from what was stored."""
    import xarray as xr  # slow to import, and only the worker needs it

    outputs = {}
    for name in fit.meta["outputs"]:
        values = fit.arrays[f"replicates/{name}"]
        dims = ("replicate", *(f"{name}_dim_{axis}" for axis in range(values.ndim - 1)))
        outputs[name] = (dims, values.copy())
    numbers = {"replicate": np.arange(fit.meta["replicates"])}
    return Simulated(replicates=xr.Dataset(outputs, coords=numbers), rng=rng)


def _batch_name(first: int) -> str:
    return f"batch_{first:09d}"


class _Collection:
    """The batches so far."""

    def __init__(self, job: Job) -> None:
        self.count = 0
        self._job = job
        self._layout: Layout = {}
        self._batches: list[dict[str, Array]] = []
        self._ends: list[int] = []
        self._notes: list[dict[str, Any]] = []
        self._metrics: dict[str, float] = {}

    def add_batch(self, replicates: Iterator[Replicate], end: int) -> None:
        """Take replicates up to number `end` - 1, check them, and store them as a checkpoint."""
        first, batch, noted = self.count, [], len(self._notes)
        of = self._job.training.replicates
        for number, one in zip(range(first, end), replicates, strict=False):
            if not self._layout:
                self._layout = layout(one)
                check_design(self._job, self._layout)
            check(self._job, self._layout, number, one)
            self._note(number, one)
            batch.append(one)
            self._job.channel.progress(number + 1, max(of, end), **self._metrics)
        arrays = stacked(batch, self._layout)
        if not self._batches or len(self._notes) > noted:
            notes = np.array([json.dumps(note) for note in self._notes], dtype=np.str_)
            self._job.channel.keep("notes", lambda: {"notes": notes})
        self._job.channel.checkpoint(_batch_name(first), arrays, first=first, count=len(batch))
        self._batches.append(arrays)
        self._ends.append(end)
        self.count = end

    def restore_batch(self, end: int) -> bool:
        """Take the batch up to number `end` - 1 from an interrupted run, if it had got so far."""
        before = self._job.before
        arrays = before.checkpoints.get(_batch_name(self.count))
        if arrays is None:
            return False
        if not self._layout:
            self._notes = [json.loads(str(note)) for note in before.kept["notes"]["notes"]]
            outputs = (name for name in arrays if name.startswith("replicates/"))
            self._layout = {
                name.removeprefix("replicates/"): (arrays[name].shape[1:], arrays[name].dtype.str)
                for name in outputs
            }
        self._batches.append(dict(arrays))
        self._ends.append(end)
        self.count = end
        return True

    def is_enough(self) -> bool:
        """Return whether every mean is known as well as the design asks."""
        training, convergence = self._job.training, self._job.convergence
        if self.count < first_look(training) or self.count <= convergence.mcse_over_sd**-2:
            return False
        names = training.precision
        outputs = {name: self._joined(f"replicates/{name}") for name in names}
        share = worst_share(outputs, names)
        self._metrics = {"precision": share} if isfinite(share) else {}
        return is_met(outputs, names)

    def as_fit(self) -> Fit:
        """Return everything as a fit; nothing in it depends on the number of cores."""
        names = [*(f"replicates/{name}" for name in self._layout), *(f"flags/{n}" for n in FLAGS)]
        return Fit(
            arrays={name: self._joined(name) for name in names},
            meta={
                "iterations": f"{self.count:,} replicates",
                "replicates": self.count,
                "outputs": {
                    name: {"shape": list(shape), "dtype": dtype}
                    for name, (shape, dtype) in self._layout.items()
                },
                "batch_ends": self._ends,
                "notes": self._notes,
            },
        )

    def _joined(self, name: str) -> Array:
        return np.concatenate([batch[name] for batch in self._batches])

    def _note(self, number: int, one: Replicate) -> None:
        if one.note and len(self._notes) < _NOTES:
            self._notes.append({"replicate": number, "note": one.note})
