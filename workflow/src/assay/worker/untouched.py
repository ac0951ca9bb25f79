"""Whether libraries are still as they were imported: model code uses them, it does not change them.

Code that puts something else in the place of `nutpie.sample` or `numpy.cumsum` would be trained,
and done again, with that. Reading the code does not find every way to do so (`m = np; m.cumsum =
f`), comparing does. A library's data, such as registries and caches, is not looked at.
"""

import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from assay.errors import Category, TrainingError

# What others exchange: `warnings.catch_warnings`, `typing_extensions` when it is imported.
MODULES = frozenset({"__main__", "typing", "warnings"})
HOOKS = frozenset({"breakpointhook", "displayhook", "excepthook", "unraisablehook"})


class Untouched:
    """Functions and classes of every module imported so far, as they were then."""

    def __init__(self) -> None:
        self._then = list(_everything())

    def raise_changed(self) -> None:
        """Raise the first change.

        Raises:
            TrainingError: a function, class or method was exchanged or taken away.
        """
        for owner, name, value, parts in self._then:
            if vars(owner).get(name) is not value or _parts(value) != parts:
                raise _refusal(f"{owner.__name__}.{name}")


def _everything() -> Iterator[tuple[Any, str, Any, tuple[Any, ...]]]:
    """Yield (owner, name, value, what the value consists of) for modules and their classes."""
    seen = set()
    for label, module in list(sys.modules.items()):
        if not isinstance(module, ModuleType) or label in MODULES:
            continue
        for owner in (module, *_classes(module)):
            if id(owner) in seen:
                continue
            seen.add(id(owner))
            for name, value in list(vars(owner).items()):
                if _is_code(value) and name not in HOOKS:
                    yield owner, name, value, _parts(value)


def _is_code(value: Any) -> bool:
    return callable(value) or isinstance(value, classmethod | property | staticmethod)


def _classes(module: ModuleType) -> list[type]:
    return [value for value in list(vars(module).values()) if isinstance(value, type)]


def _parts(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, FunctionType):
        return ()
    return id(value.__code__), id(value.__defaults__), id(value.__kwdefaults__)


def _refusal(name: str) -> TrainingError:
    return TrainingError(
        f"model code changed {name}; it may use libraries, not change them",
        category=Category.IMPLEMENTATION,
        where="model code",
        remedy="Write a function of your own, and call that.",
    )
