"""Calling the user's functions so that a failure names their file, line and function."""

import copy
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any

from assay.core.errors import AssayError, Category, TrainingError

_OWN_INPUTS = frozenset({"build", "init", "results"})


def caller(model: ModuleType) -> Callable[..., Any]:
    """Return `call(name, *args)`, which runs the model's function `name`.

    Functions that are called a few times get inputs of their own, for code likes to prepare its
    data in place: what one call did to them would otherwise change the next one. `step` and
    `simulate` are called too often for that.

    Raises (from the returned function):
        TrainingError: the function raised; category 3 for MemoryError and OSError with no space,
            2 for missing columns and the like in the features, else 1.
    """

    def call(name: str, *args: Any) -> Any:
        if name in _OWN_INPUTS:
            args = (copy.deepcopy(args[0]), *args[1:])
        try:
            return getattr(model, name)(*args)
        except AssayError:
            raise
        except Exception as error:  # the boundary to code that is not ours
            raise model_failure(model, name, error) from error

    return call


def model_failure(model: ModuleType | str, function: str, error: BaseException) -> TrainingError:
    """Describe an exception of model code: innermost line in the model's own file, and kind."""
    file = model if isinstance(model, str) else str(model.__file__)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == file]
    line = own[-1].lineno if own else None
    place = f"{file.rsplit('/', 1)[-1]}" + (f":{line}" if line else "") + f" in {function}"
    text = "".join(traceback.format_exception_only(error)).strip()
    return TrainingError(
        f"{function} raised {text}",
        category=_category(error),
        where=place,
        remedy="Correct the model code (or the features it reads) at that line and run again.",
        details="".join(traceback.format_exception(error)),
    )


def file_name(model: ModuleType) -> str:
    """Return the name of the file that a model lies in, without its folder."""
    return str(getattr(model, "__file__", None) or model.__name__).rpartition("/")[2]


def _category(error: BaseException) -> Category:
    if isinstance(error, MemoryError):
        return Category.RESOURCE
    if isinstance(error, (KeyError, IndexError)):
        return Category.DATA
    return Category.IMPLEMENTATION
