"""What a model may keep from step to step: a dict of numeric arrays, always laid out alike."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from assay.core.errors import Category, TrainingError
from assay.methods.calls import file_name

Array = np.ndarray[Any, Any]
State = dict[str, Array]

_NUMERIC = "biufc"  # kinds of dtype: booleans, integers, floating and complex numbers
_SCALARS = (bool, int, float, complex, np.generic)


def fault(model: ModuleType, function: str, message: str, remedy: str) -> TrainingError:
    """Return the error for a model function that returned something else than it must."""
    return TrainingError(
        message,
        category=Category.IMPLEMENTATION,
        where=f"{file_name(model)} in {function}",
        remedy=remedy,
    )


def canonical(model: ModuleType, function: str, returned: Any, names: tuple[str, ...]) -> State:
    """Return a state as plain C-ordered arrays under sorted keys, as it is read back from disk.

    Array layout and the order of keys can change the last bit of a sum, so steps must see the
    same ones while training and when replayed. Arrays that comply are passed on, not copied.

    Args:
        model: the model code, to be named in errors.
        function: who returned it, "init" or "step".
        returned: what it returned.
        names: the keys it must have, sorted; empty for any.

    Raises:
        TrainingError: it is no dict of numeric arrays, or its keys have changed.
    """
    if type(returned) is not dict or not returned:
        raise _not_a_state(model, function, returned)
    if tuple(returned) != names:
        returned = _sorted(model, function, returned, names)
    irregular = [
        name
        for name, value in returned.items()
        if not (
            type(value) is np.ndarray and value.dtype.kind in _NUMERIC and value.flags.c_contiguous
        )
    ]
    if irregular:
        regular = {name: _as_array(model, function, name, returned[name]) for name in irregular}
        returned = {**returned, **regular}
    state: State = returned
    return state


def copied(state: Mapping[str, Array]) -> State:
    """Return a deep copy, so that a step that works in place cannot touch what was kept."""
    return {name: value.copy(order="C") for name, value in state.items()}


def _sorted(
    model: ModuleType, function: str, returned: dict[Any, Any], names: tuple[str, ...]
) -> dict[str, Any]:
    for name in returned:
        if not isinstance(name, str) or not name:
            raise fault(
                model,
                function,
                f"{function} returned a state with the key {name!r}, which is no name",
                "Name every array of the state with a non-empty string.",
            )
    ordered = {name: returned[name] for name in sorted(returned)}
    if names and tuple(ordered) != names:
        raise _other_keys(model, function, set(ordered), set(names))
    return ordered


def _as_array(model: ModuleType, function: str, name: str, value: Any) -> Array:
    if type(value) is np.ndarray or isinstance(value, _SCALARS):
        array = np.asarray(value)
        if array.dtype.kind in _NUMERIC:
            return np.ascontiguousarray(array) if array.ndim else array
    kind = f"an array of dtype {value.dtype}" if isinstance(value, np.ndarray) else "a value"
    raise fault(
        model,
        function,
        f"{function} returned a state whose {name!r} is {kind} of type "
        f"{type(value).__module__}.{type(value).__qualname__}",
        f"Keep only numeric numpy arrays in the state: convert {name!r} with "
        "numpy.asarray(..., dtype=float), or split it into several arrays.",
    )


def _not_a_state(model: ModuleType, function: str, returned: Any) -> TrainingError:
    found = "an empty dict" if returned == {} else f"an object of type {type(returned).__name__}"
    return fault(
        model,
        function,
        f"{function} must return the state as a dict of numpy arrays but it is {found}",
        'Return a dict such as {"x": numpy.zeros(3)} with everything the next step needs.',
    )


def _other_keys(
    model: ModuleType, function: str, found: set[str], names: set[str]
) -> TrainingError:
    missing = ", ".join(sorted(names - found)) or "none"
    extra = ", ".join(sorted(found - names)) or "none"
    return fault(
        model,
        function,
        f"the keys of the state have changed: missing {missing}; new {extra}",
        "Return the same keys from init and from every step.",
    )
