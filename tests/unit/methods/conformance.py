"""In what a package departs from the contract of a method, and where source names a method."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_args, get_overloads, get_type_hints

from pydantic import TypeAdapter, ValidationError

from assay.methods import contract, load
from assay.methods.base import Settings

# Where a Protocol has any settings, a method has its own.
OWN_SETTINGS = {"training": "Training", "convergence": "Convergence"}


def parts() -> dict[str, type]:
    """Return the Protocol of each part, as `load` promises it to callers."""
    promised = (get_type_hints(one, localns=vars(contract)) for one in get_overloads(load))
    return {get_args(hints["part"])[0]: hints["return"] for hints in promised}


def departures(package: str) -> list[str]:
    """Return in what a method's package departs from the contract, a line each."""
    found: list[str] = []
    modules: dict[str, ModuleType] = {}
    for part in parts():
        try:
            modules[part] = import_module(f"{package}.{part}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{part}":
                raise
            found.append(f"{part}: there is no such module")
    for part, protocol in parts().items():
        if part in modules:
            found += (f"{part}.{line}" for line in _of_part(modules, part, protocol))
    return found or list(_of_values(modules))


def _of_part(modules: Mapping[str, ModuleType], part: str, protocol: type) -> Iterator[str]:
    module = modules[part]
    for name, annotation in get_type_hints(protocol).items():
        if not hasattr(module, name):
            yield f"{name}: it is missing"
        elif not _is_of(annotation, getattr(module, name)):
            yield f"{name}: it is no {annotation}"
    for name, wanted in vars(protocol).items():
        if isinstance(wanted, FunctionType) and not name.startswith("_"):
            given = getattr(module, name, None)
            if isinstance(given, FunctionType):
                yield from (f"{name}: {line}" for line in _of_function(modules, wanted, given))
            else:
                yield f"{name}: it is missing"


def _is_of(annotation: Any, value: object) -> bool:
    try:
        TypeAdapter(annotation).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _of_function(
    modules: Mapping[str, ModuleType], wanted: FunctionType, given: FunctionType
) -> Iterator[str]:
    _, *expected = inspect.signature(wanted).parameters.values()  # without self
    found = list(inspect.signature(given).parameters.values())
    for one, other in zip(expected, found, strict=False):
        if (one.name, one.kind, one.default) != (other.name, other.kind, other.default):
            yield f"{other} where the contract has {one}"
    if len(expected) != len(found):
        yield f"it takes {len(found)} arguments, not {len(expected)}"
    hints, own = get_type_hints(wanted), get_type_hints(given)
    for name, annotation in hints.items():
        if annotation is Settings:
            annotation = getattr(modules.get("settings"), OWN_SETTINGS[name], None)  # noqa: PLW2901
        if name == "return" and annotation is object and name in own:
            continue
        if own.get(name) != annotation:
            yield f"{name} is annotated {own.get(name)}, not {annotation}"


def _of_values(modules: Mapping[str, ModuleType]) -> Iterator[str]:
    """Yield what makes no sense in values whose types are right."""
    traits, settings = modules["traits"].TRAITS, modules["settings"]
    functions = settings.FUNCTIONS
    if not traits.title.strip():
        yield "traits.TRAITS: the title is empty"
    if traits.default_threads < 1:
        yield "traits.TRAITS: default_threads is below 1"
    if odd := traits.algorithm - settings.Training.model_fields.keys():
        yield f"traits.TRAITS: algorithm names no training setting: {sorted(odd)}"
    if odd := traits.called_often - (functions.keys() - {"results"}):
        yield f"traits.TRAITS: called_often names no function for it: {sorted(odd)}"
    if functions.get("results") != 2 or len(functions) < 2:
        yield "settings.FUNCTIONS: results(inputs, fit) and what is trained are not among them"
    if not all(name.isidentifier() and count >= 1 for name, count in functions.items()):
        yield "settings.FUNCTIONS: not all are names, or not all take inputs"
    if any(field.is_required() for field in settings.Convergence.model_fields.values()):
        yield "settings.Convergence: a design need not have this block, so all has defaults"
    if not modules["fit"].SEEN or not all(name.endswith("/") for name in modules["fit"].SEEN):
        yield "fit.SEEN: they are no groups of arrays"
    if modules["recompute"].FIXED_SECONDS <= 0:
        yield "recompute.FIXED_SECONDS: a validation takes some time"


def mentions(source: str, names: frozenset[str]) -> list[str]:
    """Return "line: name" where code, not its prose, names a method or imports from its package."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            words = re.findall(r"\w+", node.value.lower())
        elif isinstance(node, ast.ImportFrom) and node.module:
            words = node.module.split(".") + [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            words = [word for alias in node.names for word in alias.name.split(".")]
        else:
            continue
        found += [f"{node.lineno}: {word}" for word in words if word in names]
    return found


def third_party(folder: Path, known: frozenset[str]) -> set[str]:
    """Return the top-level modules that a folder's source imports, but those that are `known`."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - known
