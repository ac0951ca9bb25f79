"""One replicate: the model's `simulate` under watch for numerical errors."""

import sys
import warnings
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from assay.core import seeds
from assay.core.errors import Category, TrainingError
from assay.methods.base import Job
from assay.methods.calls import file_name

Array = np.ndarray[Any, Any]

FLAGS = ("divide", "overflow", "invalid", "warning")
_BITS = {1: "divide", 2: "overflow", 8: "invalid"}  # of numpy's error callback
_NUMERIC = "biuf"
_RESERVED = "replicate"


@dataclass(frozen=True)
class Replicate:
    """What one call of `simulate` gave.

    Attributes:
        outputs: numbers (as float64) and arrays by name, owned by nobody else.
        flags: how often each of FLAGS was raised.
        note: the first of them in words with its place; empty if there was none.
    """

    outputs: dict[str, Array]
    flags: tuple[int, ...]
    note: str = ""


def simulate(job: Job, number: int) -> Replicate:
    """Run replicate `number` with the generator that belongs to it.

    Raises:
        TrainingError: the model failed or returned something else than numbers by name.
    """
    rng = seeds.generator(job.seed, "replicate", number)
    watch = _Watch(str(getattr(job.model, "__file__", None)))
    try:
        with watch:
            returned = job.call("simulate", job.inputs, rng)
    except TrainingError as error:
        raise _at(error, number) from error
    outputs = _outputs(job, number, returned)
    return Replicate(outputs, tuple(watch.counts[flag] for flag in FLAGS), watch.note)


class _Watch:
    """Counts floating-point errors and RuntimeWarnings, whatever the model silenced on import.

    Code that expects an error and silences it around that very place, with numpy.errstate or
    warnings.catch_warnings, is believed: not-finite outputs are found all the same.
    """

    def __init__(self, file: str) -> None:
        self.counts = dict.fromkeys(FLAGS, 0)
        self.note = ""
        self._file = file
        self._floats = np.errstate(
            divide="call", over="call", invalid="call", under="ignore", call=self._flagged
        )
        self._warnings = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._floats.__enter__()
        self._warnings.__enter__()
        warnings.simplefilter("always", RuntimeWarning)
        self._show = warnings.showwarning
        warnings.showwarning = self._warned

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._warnings.__exit__(kind, error, trace)
        self._floats.__exit__(kind, error, trace)

    def _flagged(self, words: str, flag: int) -> None:
        for bit, name in _BITS.items():
            if flag & bit:
                self.counts[name] += 1
        self._remember(words, sys._getframe(1))

    def _warned(self, message: Any, category: type[Warning], *rest: Any, **more: Any) -> None:
        if not issubclass(category, RuntimeWarning):
            self._show(message, category, *rest, **more)
            return
        self.counts["warning"] += 1
        self._remember(str(message), sys._getframe(1))

    def _remember(self, words: str, frame: FrameType | None) -> None:
        if self.note:
            return
        here, own = frame, frame
        while own is not None and own.f_code.co_filename != self._file:
            own = own.f_back
        here = own or here
        # The folder stays out: what is stored must be the same wherever it is computed.
        file = here.f_code.co_filename.rpartition("/")[2] if here else ""
        place = f" ({file}:{here.f_lineno})" if here else ""
        self.note = f"{words}{place}"


def _outputs(job: Job, number: int, returned: Any) -> dict[str, Array]:
    if type(returned) is not dict or not returned:
        raise _unusable(job, number, f"simulate returned {_kind(returned)}, not a dict of numbers")
    outputs = {}
    for name, value in returned.items():
        if not isinstance(name, str) or not name or name == _RESERVED:
            raise _unusable(job, number, f"{name!r} cannot be the name of an output")
        outputs[name] = _output(job, number, name, value)
    return outputs


def _output(job: Job, number: int, name: str, value: Any) -> Array:
    if isinstance(value, (bool, int, float, np.bool_, np.integer, np.floating)):
        return np.array(float(value))
    if type(value) is np.ndarray and value.dtype.kind in _NUMERIC:
        return np.array(value, order="C") if value.ndim else np.array(float(value))
    kind = f"an array of {value.dtype}" if isinstance(value, np.ndarray) else _kind(value)
    raise _unusable(job, number, f"output {name!r} is {kind}, not a real number or array of them")


def _kind(value: Any) -> str:
    if value == {} and isinstance(value, dict):
        return "an empty dict"
    return f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")


def _unusable(job: Job, number: int, message: str) -> TrainingError:
    error = TrainingError(
        message,
        category=Category.IMPLEMENTATION,
        where=f"{file_name(job.model)} in simulate",
        remedy='Return a dict such as {"total": 3.0, "by_day": numpy.zeros(7)} from simulate.',
    )
    return _at(error, number)


def _at(error: TrainingError, number: int) -> TrainingError:
    return TrainingError(
        f"replicate {number}: {error}",
        category=error.category,
        where=error.where,
        remedy=error.remedy,
        details=error.details,
    )
