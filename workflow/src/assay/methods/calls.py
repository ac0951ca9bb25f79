"""Calling the user's functions so that a failure names their file, line and function."""

import copy
import traceback
from collections.abc import Callable, Collection
from types import ModuleType
from typing import Any

from assay.core.errors import AssayError, Category, TrainingError


def caller(model: ModuleType, called_often: Collection[str] = ()) -> Callable[..., Any]:
    """Return `call(name, *args)`, which runs the model's function `name`.

    A function gets inputs of its own, for code likes to prepare its data in place: what one call
    did to them would otherwise change the next one.

    Args:
        model: the module.
        called_often: functions that are called too often for that.

    Raises (from the returned function):
        TrainingError: the function raised; category 3 for MemoryError, 2 for missing columns and
            the like in the features, else 1.
    """

    def call(name: str, *args: Any) -> Any:
        if name not in called_often:
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
