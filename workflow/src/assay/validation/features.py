"""Features that run code: a pickle may call anything, before the model's code is even read.

The worker that trains and the one that validates load the same file. One that replaces parts of
them while it is loaded could report whatever it likes, so nothing is approved whose pickle names
more than the types of data that features are made of.
"""

import importlib
import io
import pickle
import re
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from assay.validation.subject import Subject
from assay.validation.verdict import Finding

SHOWN = 5
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


def check_features(subject: Subject) -> Iterator[Finding]:
    """Doubt a features file that calls more than what data are made of; nothing of it is run."""
    path = subject.inputs["features"]
    if path.suffix != ".pkl":
        yield Finding("features", "pass", "the features file cannot hold code")
        return
    try:
        named = named_in(path.read_bytes())
    except Exception as error:  # a stranger's pickle: whatever it provokes is a doubt
        message = f"{path.name} cannot be read without running it: {type(error).__name__}: {error}"
        yield Finding("features", "warn", message, doubt=True)
        return
    odd = sorted(f"{module}.{name}" for module, name in named if not is_data(module, name))
    if odd:
        message = (
            f"{path.name} calls {', '.join(odd[:SHOWN])} when it is loaded; write it again with "
            "nothing but frames, arrays, numbers and text"
        )
        yield Finding("features", "warn", message, odd, [], doubt=True)
    else:
        yield Finding("features", "pass", "the features file holds nothing but data", len(named))


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
