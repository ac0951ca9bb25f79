"""Features that run code: a pickle may call anything, before the model's code is even read.

The worker that trains and the one that validates load the same file. One that replaces parts of
them while it is loaded could report whatever it likes, so no pickle may name more than the types of
data that features are made of.
"""

import importlib
import io
import pickle
import re
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from pathlib import Path
from types import ModuleType
from typing import Any

LIBRARIES = frozenset({"numpy", "pandas", "pyarrow", "scipy", "xarray"})
# fmt: off
PLAIN = {
    "builtins": frozenset({
        "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list",
        "object", "range", "set", "slice", "str", "tuple",
    }),
    "_codecs": frozenset({"encode"}),
    "collections": frozenset({"Counter", "OrderedDict", "defaultdict", "deque"}),
    "copyreg": frozenset({"_reconstructor", "__newobj__"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "fractions": frozenset({"Fraction"}),
    "pathlib": frozenset({"PosixPath", "PurePath", "PurePosixPath"}),
    "types": frozenset({"SimpleNamespace"}),
    "uuid": frozenset({"UUID"}),
    "zoneinfo": frozenset({"ZoneInfo", "ZoneInfo._unpickle"}),
}
# fmt: on
# Functions with which those libraries put their own objects together again.
_REBUILDS = re.compile(
    r"_(ma)?reconstruct|scalar|_frombuffer|_new_\w+|\w*unpickle\w*|__\w+_ctor|_restore_\w+"
    r"|py_buffer|type_for_alias"
)

SHOWN = 5


def acts(features: Path) -> list[str]:
    """Return what a features file calls when it is loaded and that is no data, sorted.

    Nothing of it is run. Only a pickle can call anything.

    Raises:
        Exception: it is no pickle, or one that does not hold together.
    """
    return odd_calls(features.read_bytes()) if features.suffix == ".pkl" else []


def odd_calls(content: bytes) -> list[str]:
    """Return what a pickle calls when it is loaded and that is no data, sorted.

    Raises:
        Exception: it is no pickle, or one that does not hold together.
    """
    named = named_in(content)
    return sorted(f"{module}.{name}" for module, name in named if not is_data(module, name))


def described(features: Path, odd: list[str]) -> str:
    """Return a sentence on a file that calls such things, with what to do."""
    more = "" if len(odd) <= SHOWN else f" (and {len(odd) - SHOWN} more)"
    return (
        f"{features.name} calls {', '.join(odd[:SHOWN])}{more} when it is loaded; write it again "
        "with nothing but frames, arrays, numbers and text"
    )


def named_in(content: bytes) -> set[tuple[str, str]]:
    """Return module and name of everything that a pickle would look up and call.

    Raises:
        Exception: it is no pickle, or one that does not hold together.
    """
    survey = _Survey(io.BytesIO(content))
    survey.load()
    return survey.named


def is_data(module: str, name: str) -> bool:
    """Return whether a pickle may name this: a type of data, or what puts such data together."""
    if module in PLAIN:
        return name in PLAIN[module]
    if module.partition(".")[0] not in LIBRARIES or "." in name:
        return False
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return False
    own = str(getattr(found, "__module__", None) or module).partition(".")[0] in LIBRARIES
    constant = not callable(found) and not isinstance(found, ModuleType)
    return own and (isinstance(found, type) or constant or _REBUILDS.fullmatch(name) is not None)


class _Stub:
    """Stands for whatever a pickle names; takes everything that is done to it and does nothing."""

    label = ""

    def __new__(cls, *_: Any, **__: Any) -> "_Stub":
        return object.__new__(_Stub)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __call__(self, *_: Any, **__: Any) -> "_Stub":
        return self

    def __setstate__(self, state: Any) -> None:
        pass

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def append(self, value: Any) -> None:
        """Take an element."""

    def extend(self, values: Any) -> None:
        """Take elements."""

    def add(self, value: Any) -> None:
        """Take an element of a set."""


class _Survey(pickle.Unpickler):
    """Reads a pickle with stubs in place of all that it names."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.named: set[tuple[str, str]] = set()

    def find_class(self, module: str, name: str) -> Any:
        """Note the name, as Python 3 has it; nothing is imported."""
        known: tuple[str, str] = NAME_MAPPING.get((module, name), (module, name))
        module, name = IMPORT_MAPPING.get(known[0], known[0]), known[1]
        if (module, name) == ("builtins", "getattr"):
            return self._attribute
        self.named.add((module, name))
        return type("_Named", (_Stub,), {"label": f"{module}:{name}"})

    def _attribute(self, owner: Any, name: str, *_: Any) -> Any:
        """Note a member of a class, with which pickles name alternative constructors."""
        module, _colon, outer = str(getattr(owner, "label", "")).partition(":")
        return self.find_class(module, f"{outer}.{name}")
