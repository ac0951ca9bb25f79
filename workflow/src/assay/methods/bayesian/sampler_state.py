"""The state of PyMC's NUTS as plain arrays: stored along the way, restored in another process.

Stored are the point and, of `step.sampling_state`, every field that changes while sampling:
step size and mass matrix with what adapts them, counters, and both generators (the step's and
the potential's) with their PCG64 state and increment as hexadecimal text. Fields that PyMC calls
frozen (sizes, initial mean and diagonal) follow from model and seed; restoring happens on a step
prepared from the same. Numbers keep their kind, since Python's power and NumPy's may differ in
the last bit.

The kind of each entry is the last part of its name: "step/step_adapt/_hbar:float".

Only NUTS alone is stored. Step methods for discrete variables keep more than their sampling
state says, so a model that has them has no states, and a whole chain is drawn again instead.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pymc

from assay.core.errors import AssayError
from assay.methods.bayesian.chains import Array
from assay.methods.bayesian.pymc_internals import DataClassState, RandomGeneratorState

_SEPARATOR = "/"


class StateError(AssayError):
    """A state cannot be stored or restored."""


def resumable(step: Any) -> bool:
    """Return whether a step method can be stored and resumed to the last bit."""
    return type(step) is pymc.NUTS


def capture(step: Any, point: Mapping[str, Array]) -> dict[str, Array]:
    """Return the state between two steps as arrays that npz can hold without pickle.

    Args:
        step: a step method for which `resumable` holds.
        point: the values of all value variables.

    Raises:
        StateError: the step holds something that has no plain form.
    """
    if not resumable(step):
        raise StateError(f"{type(step).__name__} cannot be resumed")
    arrays = {f"point/{name}": np.asarray(values) for name, values in point.items()}
    _flatten("step", step.sampling_state, arrays)
    return arrays


def restore(step: Any, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Put a stored state into a step method prepared for the same model; return the point.

    Raises:
        StateError: the arrays are not those of a state of this step.
    """
    if not resumable(step):
        raise StateError(f"{type(step).__name__} cannot be resumed")
    try:
        step.sampling_state = _rebuild("step", step.sampling_state, dict(arrays))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise StateError(f"not a state of this sampler: {error}") from error
    return {
        name.removeprefix("point/"): np.array(values)
        for name, values in arrays.items()
        if name.startswith("point/")
    }


def _moving(state: DataClassState) -> list[str]:
    """Return the names of the fields that sampling changes."""
    frozen = ("frozen", "tensor_name")
    return [part.name for part in fields(state) if not any(map(part.metadata.get, frozen))]


def _flatten(path: str, value: Any, into: dict[str, Array]) -> None:
    """Add a value, or all that a state holds, to `into`."""
    if isinstance(value, DataClassState):
        for name in _moving(value):
            _flatten(f"{path}{_SEPARATOR}{name}", getattr(value, name), into)
    elif isinstance(value, RandomGeneratorState):
        _flatten_generator(path, value, into)
    elif value is None:
        into[f"{path}:none"] = np.empty(0)
    elif isinstance(value, (bool, int, float)) and not isinstance(value, np.generic):
        into[f"{path}:{type(value).__name__}"] = np.array(value)
    elif isinstance(value, np.generic):
        into[f"{path}:scalar"] = np.array(value)
    elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
        into[f"{path}:array"] = value
    elif isinstance(value, list) and all(np.ndim(part) == 0 for part in value):
        into[f"{path}:list"] = np.array(value, dtype=np.float64)
    else:
        raise StateError(f"{path} is a {type(value).__name__}, which has no plain form")


def _flatten_generator(path: str, state: RandomGeneratorState, into: dict[str, Array]) -> None:
    bits, seeds = state.bit_generator_state, state.seed_seq_state
    if bits.get("bit_generator") != "PCG64":
        raise StateError(f"{path} is a {bits.get('bit_generator')} generator, not PCG64")
    into[f"{path}/state:hex"] = np.array(f"{bits['state']['state']:032x}")
    into[f"{path}/inc:hex"] = np.array(f"{bits['state']['inc']:032x}")
    into[f"{path}/has_uint32:int"] = np.array(bits["has_uint32"])
    into[f"{path}/uinteger:int"] = np.array(bits["uinteger"])
    into[f"{path}/entropy:hex"] = np.array(f"{seeds['entropy']:x}")
    into[f"{path}/spawn_key:key"] = np.array(seeds["spawn_key"], dtype=np.uint64)
    into[f"{path}/pool_size:int"] = np.array(seeds["pool_size"])
    into[f"{path}/n_children_spawned:int"] = np.array(seeds["n_children_spawned"])


def _rebuild(path: str, template: Any, arrays: dict[str, Array]) -> Any:
    """Return the value stored under a path; states take what is frozen from the template."""
    if isinstance(template, DataClassState):
        values = {part.name: getattr(template, part.name) for part in fields(template)}
        for name in _moving(template):
            values[name] = _rebuild(f"{path}{_SEPARATOR}{name}", values[name], arrays)
        return type(template)(**values)
    if isinstance(template, RandomGeneratorState):
        return _rebuild_generator(path, arrays)
    for kind, make in _KINDS.items():
        if f"{path}:{kind}" in arrays:
            return make(arrays[f"{path}:{kind}"])
    raise KeyError(path)


def _rebuild_generator(path: str, arrays: Mapping[str, Array]) -> RandomGeneratorState:
    def number(name: str) -> int:
        return int(arrays[f"{path}/{name}:int"].item())

    def hexadecimal(name: str) -> int:
        return int(str(arrays[f"{path}/{name}:hex"].item()), 16)

    return RandomGeneratorState(
        bit_generator_state={
            "bit_generator": "PCG64",
            "state": {"state": hexadecimal("state"), "inc": hexadecimal("inc")},
            "has_uint32": number("has_uint32"),
            "uinteger": number("uinteger"),
        },
        seed_seq_state={
            "entropy": hexadecimal("entropy"),
            "spawn_key": tuple(int(part) for part in arrays[f"{path}/spawn_key:key"]),
            "pool_size": number("pool_size"),
            "n_children_spawned": number("n_children_spawned"),
        },
    )


_KINDS: dict[str, Any] = {
    "none": lambda _: None,
    "bool": lambda values: bool(values.item()),
    "int": lambda values: int(values.item()),
    "float": lambda values: float(values.item()),
    "scalar": lambda values: values[()],
    "array": np.array,
    "list": list,
}
