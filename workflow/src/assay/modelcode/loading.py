"""Importing a model's code, with an `eval` and a `getattr` that look at what they are given.

What model code has no business with is found by reading it (`import_policy`), except where a
text or a name comes into being only while it runs. There these two look, in the model's module
and in its helpers, and nowhere else: libraries keep Python's own.
"""

import ast
import builtins
import os
import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from assay.core.errors import Category, TrainingError
from assay.methods.calls import model_failure
from assay.modelcode.import_policy import ATTRIBUTES, KEPT, names_reached


def import_model(path: Path) -> ModuleType:
    """Import the frozen copy of the model's code, with its helper modules beside it.

    Raises:
        TrainingError: the code raised, or reached for what it has no business with.
    """
    sys.path_hooks.insert(0, _finder_within(path.parent))
    sys.path.insert(0, str(path.parent))
    loader = _Loader(path.stem, str(path))
    spec = spec_from_loader(path.stem, loader)
    if spec is None:
        raise FileNotFoundError(path)
    module = module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        loader.exec_module(module)
    except TrainingError:
        raise
    except Exception as error:  # the boundary to code that is not ours
        raise model_failure(str(path), "import", error) from error
    return module


class _Loader(SourceFileLoader):
    """Gives a module its own table of builtins before its code runs."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = dict(_BUILTINS)
        super().exec_module(module)


def _finder_within(folder: Path) -> Any:
    """Return a path hook (see `sys.path_hooks`) that finds modules inside a folder."""
    inside = os.path.realpath(folder) + os.sep

    def finder(path: str) -> FileFinder:
        if not (os.path.realpath(path) + os.sep).startswith(inside):
            raise ImportError
        return FileFinder(
            path,
            (ExtensionFileLoader, EXTENSION_SUFFIXES),
            (_Loader, SOURCE_SUFFIXES),
            (SourcelessFileLoader, BYTECODE_SUFFIXES),
        )

    return finder


def _getattr(thing: Any, name: str, *default: Any) -> Any:
    """Do what `getattr` does, but for what model code has no business with."""
    if isinstance(name, str):
        name = _exactly(name)
    if name in ATTRIBUTES or (name in KEPT and isinstance(thing, ModuleType)):
        raise _refusal(f"getattr of {name}")
    return getattr(thing, name, *default)


def _eval(
    source: Any,
    globals: dict[str, Any] | None = None,
    locals: Any = None,
    /,
) -> Any:
    """Do what `eval` does with an expression that reaches for nothing forbidden."""
    if isinstance(source, CodeType):
        raise _refusal("eval of compiled code")
    text = _exactly(source) if isinstance(source, str) else str(memoryview(source), "utf-8")
    for _, name in names_reached(ast.parse(text.strip(), mode="eval")):
        raise _refusal(f"eval of {name}")
    if globals is None:
        caller = sys._getframe(1)
        globals = caller.f_globals
        locals = caller.f_locals if locals is None else locals
    globals.setdefault("__builtins__", dict(_BUILTINS))
    return eval(text, globals, locals)


def _exactly(text: str) -> str:
    """Return the characters of a text as a plain `str`: subclasses may say other things."""
    return "".join((text,))


def _refusal(what: str) -> TrainingError:
    return TrainingError(
        f"{what}: model code has no business with this",
        category=Category.IMPLEMENTATION,
        where="model code",
        remedy="Do without it: model code may use its inputs and libraries, not assay or the "
        "interpreter's machinery.",
    )


_BUILTINS = {**vars(builtins), "getattr": _getattr, "eval": _eval}
