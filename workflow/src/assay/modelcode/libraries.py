"""Whether libraries are still as they were imported: model code uses them, it does not change them.

Code that puts something else in the place of `nutpie.sample` or `numpy.cumsum` would be trained,
and done again, with that. Reading the code does not find every way to do so (`m = np; m.cumsum =
f`), comparing does. A library's data, such as registries and caches, is not looked at, and its
private names may come to stand for something else of a library: parts that are loaded late do that.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from operator import attrgetter, is_
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from assay.core.errors import Category, TrainingError

# What others exchange: `warnings.catch_warnings`, `typing_extensions` when it is imported.
MODULES = frozenset({"__main__", "typing", "warnings"})
HOOKS = frozenset({"breakpointhook", "displayhook", "excepthook", "unraisablehook"})
_PARTS = (attrgetter("__code__"), attrgetter("__defaults__"), attrgetter("__kwdefaults__"))


class Untouched:
    """Functions and classes of every module imported so far, as they were then."""

    def __init__(self, code: Path) -> None:
        """Remember them.

        Args:
            code: the folder of the model's code.
        """
        self._code = os.path.realpath(code) + os.sep
        self._then = list(_everything())
        found = [value for _, _, values in self._then for value in values]
        self._functions = [value for value in found if isinstance(value, FunctionType)]
        self._parts = [tuple(map(part, self._functions)) for part in _PARTS]

    def raise_changed(self) -> None:
        """Raise the first change.

        Raises:
            TrainingError: a function, class or method was exchanged or taken away.
        """
        for owner, names, values in self._then:
            if not all(map(is_, map(owner.__dict__.get, names), values)):
                self._raise_exchanged(owner, names, values)
        for part, then in zip(_PARTS, self._parts, strict=True):
            if not all(map(is_, map(part, self._functions), then)):
                pairs = zip(self._functions, then, strict=True)
                raise _refusal(next(_full_name(f) for f, value in pairs if part(f) is not value))

    def _raise_exchanged(self, owner: Any, names: Sequence[str], values: Sequence[Any]) -> None:
        for name, value in zip(names, values, strict=True):
            now = owner.__dict__.get(name)
            if now is not value and not (_is_private(owner, name) and self._is_of_a_library(now)):
                raise _refusal(f"{owner.__name__}.{name}")

    def _is_of_a_library(self, value: Any) -> bool:
        if isinstance(value, FunctionType):
            file = value.__code__.co_filename
            return Path(file).is_file() and not os.path.realpath(file).startswith(self._code)
        if not isinstance(value, BuiltinFunctionType | type):
            return False
        module = sys.modules.get(value.__module__ or "")
        file = getattr(module, "__file__", None) or ""
        return module is not None and not os.path.realpath(file).startswith(self._code)


def _everything() -> Iterator[tuple[Any, tuple[str, ...], tuple[Any, ...]]]:
    """Yield every module and class with the names and values of its functions and classes."""
    seen = set()
    for label, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or label in MODULES:
            continue
        for owner in (module, *_classes(module)):
            if id(owner) in seen:
                continue
            seen.add(id(owner))
            inside = list(vars(owner).items())
            code = {name: v for name, v in inside if _is_code(v) and name not in HOOKS}
            yield owner, tuple(code), tuple(code.values())


def _is_private(owner: Any, name: str) -> bool:
    module = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    parts = (*module.split("."), name)
    return any(part.startswith("_") and not part.endswith("__") for part in parts)


def _is_code(value: Any) -> bool:
    return callable(value) or isinstance(value, classmethod | property | staticmethod)


def _classes(module: ModuleType) -> list[type]:
    return [value for value in list(vars(module).values()) if isinstance(value, type)]


def _full_name(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _refusal(name: str) -> TrainingError:
    return TrainingError(
        f"model code changed {name}; it may use libraries, not change them",
        category=Category.IMPLEMENTATION,
        where="model code",
        remedy="Write a function of your own, and call that.",
    )
