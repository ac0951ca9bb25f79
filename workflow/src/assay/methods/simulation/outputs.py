"""What replicates have in common: names, shapes and dtypes of their outputs."""

import numpy as np

from assay.core.errors import Category, TrainingError
from assay.methods.base import Job
from assay.methods.calls import file_name
from assay.methods.simulation.replicate import FLAGS, Array, Replicate

Layout = dict[str, tuple[tuple[int, ...], str]]


def layout(first: Replicate) -> Layout:
    """Return shape and dtype of every output of the first replicate, in its order."""
    return {name: (value.shape, value.dtype.str) for name, value in first.outputs.items()}


def check(job: Job, expected: Layout, number: int, replicate: Replicate) -> None:
    """Check that a replicate has the outputs that the first one had.

    Raises:
        TrainingError: names, a shape or a dtype differ.
    """
    found = replicate.outputs
    if found.keys() != expected.keys():
        missing = ", ".join(sorted(expected.keys() - found.keys())) or "none"
        extra = ", ".join(sorted(found.keys() - expected.keys())) or "none"
        raise _differs(job, f"replicate {number}: outputs missing {missing}; new {extra}")
    for name, (shape, dtype) in expected.items():
        value = found[name]
        if value.shape != shape:
            message = f"has shape {value.shape}, in replicate 0 it was {shape}"
            raise _differs(job, f"replicate {number}: output {name!r} {message}")
        if value.dtype.str != dtype:
            message = f"has dtype {value.dtype}, in replicate 0 it was {np.dtype(dtype)}"
            raise _differs(job, f"replicate {number}: output {name!r} {message}")


def check_design(job: Job, expected: Layout) -> None:
    """Check that the outputs which the design names exist and can be what it says they are.

    Raises:
        TrainingError: the design names an output that is not there, or calls one a series that
            is not one-dimensional.
    """
    asked = {"precision": tuple(job.training.precision), "series": job.training.series}
    for key, names in asked.items():
        for name in names:
            if name not in expected:
                raise _wrong_design(
                    f"the design asks for {key} of {name!r}, but simulate returns "
                    f"{', '.join(expected)}",
                    f"training.{key}",
                )
    for name in job.training.series:
        shape = expected[name][0]
        if len(shape) != 1:
            raise _wrong_design(
                f"the design calls {name!r} a series, but its shape is {shape}", "training.series"
            )


def stacked(replicates: list[Replicate], expected: Layout) -> dict[str, Array]:
    """Return outputs and flags of replicates, stacked along a first axis."""
    arrays: dict[str, Array] = {
        f"replicates/{name}": np.array([one.outputs[name] for one in replicates], dtype=dtype)
        for name, (_, dtype) in expected.items()
    }
    counts = np.array([one.flags for one in replicates], dtype=np.int64)
    return {**arrays, **{f"flags/{name}": counts[:, place] for place, name in enumerate(FLAGS)}}


def _differs(job: Job, message: str) -> TrainingError:
    return TrainingError(
        message,
        category=Category.IMPLEMENTATION,
        where=f"{file_name(job.model)} in simulate",
        remedy="Return the same outputs with the same shapes and dtypes from every call: a fixed "
        "grid, padded arrays, dtype=float.",
    )


def _wrong_design(message: str, key: str) -> TrainingError:
    return TrainingError(
        message,
        category=Category.IMPLEMENTATION,
        where=key,
        remedy=f"Correct {key} in the design, or what simulate returns.",
    )
