"""Static checks of model code: it is read, never imported here."""

import ast
import importlib.machinery
import os
import re
import time
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from assay.modelcode.import_policy import parse, reaches

Function = ast.FunctionDef | ast.AsyncFunctionDef
SUFFIXES = tuple(importlib.machinery.all_suffixes())  # .py, .pyc and compiled extensions
# Everything that may follow `import` or `from` up to the end of the logical line.
_IMPORTS = re.compile(r"\b(?:import|from)\b((?:[^\n\\#;]|\\\n)*)")
_WORD = re.compile(r"[^\W\d]\w*")
SETTLED_NS = 2_000_000_000


def check_code(code: Path, functions: Mapping[str, int]) -> list[str]:
    """Return what is wrong with model code, each as `path:line: name: what; what to do`.

    Args:
        code: the model's file. The helper modules that it imports are parsed as well.
        functions: the functions required, with their numbers of positional arguments.

    Code that reaches for assay or the interpreter's machinery is wrong too (`import_policy`).
    """
    tree, problem = _parse(code)
    problems = [problem] if tree is None else reaches(code)
    if tree is not None:
        problems += _function_problems(code, tree, functions)
    for helper in helper_files(code):
        if helper.suffix == ".py":
            tree, problem = _parse(helper)
            problems += [problem] if tree is None else reaches(helper)
    return problems


def helper_files(code: Path) -> tuple[Path, ...]:
    """Return the files of the code's own folder that it imports, directly or not, sorted.

    Follows `import`, `from ... import`, packages and relative imports, also inside functions;
    helpers are followed too. Other ways to import are refused (`import_policy`). `code` itself
    is not among them; a file that cannot be read or parsed has no helpers of its own.
    """
    folder = code.parent
    found: dict[Path, None] = {}
    waiting = [code] if code.exists() else []
    stems = _stems(folder) if waiting else frozenset()
    while waiting:
        for helper in _imported_files(waiting.pop(), folder, stems):
            if helper not in found and helper != code:
                found[helper] = None
                waiting.append(helper)
    return tuple(sorted(found))


def _imported_files(file: Path, folder: Path, stems: frozenset[str]) -> Iterator[Path]:
    if file.suffix != ".py":
        return
    try:
        source = file.read_bytes()
    except OSError:
        return
    package = file.relative_to(folder).parts[:-1]
    if not package and not _may_import_from(stems, source):
        return
    for level, module, names in _imports(source):
        if level > len(package) + 1:
            continue
        around = package[: len(package) + 1 - level] if level else ()
        parts = (*around, *(module.split(".") if module else ()))
        if parts and parts[0] not in stems:
            continue
        yield from _module_files(folder, parts)
        for name in names:
            yield from _member_files(folder, parts, name)


def _may_import_from(stems: frozenset[str], source: bytes) -> bool:
    """Return False if no word behind an `import` or `from` is among the names in the folder.

    This settles most models for a tenth of the cost of parsing them.
    """
    text = source.decode("utf-8", errors="replace")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)  # as Python does with identifiers
    if "\r" in text:
        return True
    words = {word for rest in _IMPORTS.findall(text) for word in _WORD.findall(rest)}
    return not words.isdisjoint(stems)


def _stems(folder: Path) -> frozenset[str]:
    """Return the names in a folder up to their first dot.

    The list is kept as long as the folder's time does not change. A folder that changed just
    now is read each time: within one tick of the file system's clock its time may stand still.
    """
    changed = folder.stat().st_mtime_ns
    if time.time_ns() - changed < SETTLED_NS:
        return _listed(folder)
    return _kept(folder, changed)


def _listed(folder: Path) -> frozenset[str]:
    return frozenset(name.split(".", 1)[0] for name in os.listdir(folder))  # noqa: PTH208


@lru_cache(maxsize=16)
def _kept(folder: Path, changed: int) -> frozenset[str]:
    del changed  # part of the cache's key only
    return _listed(folder)


@lru_cache(maxsize=20_000)
def _imports(source: bytes) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    """Return (level, module, names imported from it) of every import in a source."""
    try:
        tree = parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", tuple(a.name for a in node.names)))
    return tuple(found)


def _module_files(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Yield the file of a module and the `__init__` files of the packages around it."""
    for depth in range(1, len(parts) + 1):
        place = folder.joinpath(*parts[:depth])
        yield from _existing(place)
        if place.is_dir():
            yield from _existing(place / "__init__")


def _member_files(folder: Path, parts: tuple[str, ...], name: str) -> Iterator[Path]:
    """Yield what `from parts import name` may import beside the module itself."""
    place = folder.joinpath(*parts)
    if parts and not place.is_dir():
        return
    if name != "*":
        yield from _module_files(folder, (*parts, name))
    elif parts:  # __all__ may name any of them
        yield from (path for path in sorted(place.iterdir()) if path.suffix in SUFFIXES)


def _existing(module: Path) -> Iterator[Path]:
    for suffix in SUFFIXES:
        path = module.with_name(module.name + suffix)
        if path.is_file():
            yield path


def _parse(code: Path) -> tuple[ast.Module | None, str]:
    """Return the tree, or the problem that there is none."""
    try:
        return parse(code.read_bytes()), ""
    except OSError as error:
        return None, f"{code}:1: file: it cannot be read ({error.strerror}); write the model's code"
    except SyntaxError as error:
        line = error.lineno or 1
        what = f"this is no Python ({error.msg}); correct it"
        return None, f"{code}:{line}: syntax: {what}"
    except (ValueError, RecursionError, MemoryError) as error:
        what = f"it cannot be parsed ({error or type(error).__name__})"
        return None, f"{code}:1: syntax: {what}; write it simpler"


def _function_problems(code: Path, tree: ast.Module, functions: Mapping[str, int]) -> Iterator[str]:
    defined = dict(_definitions(tree.body))
    for name, count in functions.items():
        if name not in defined:
            if "*" not in defined:
                what = f"there is no function {name} with {count} positional arguments"
                yield f"{code}:1: {name}: {what}; define it"
            continue
        node = defined[name]
        if isinstance(node, ast.AsyncFunctionDef):
            what = "it is an async function; write `def`"
            yield f"{code}:{node.lineno}: {name}: {what}"
        elif isinstance(node, ast.FunctionDef) and not node.decorator_list:
            what = _signature_problem(node, count)
            if what:
                yield f"{code}:{node.lineno}: {name}: {what}"


def _signature_problem(node: Function, count: int) -> str:
    arguments = node.args
    most = len(arguments.posonlyargs) + len(arguments.args)
    least = most - len(arguments.defaults)
    demanded = [
        argument.arg
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    if demanded:
        return f"it demands {', '.join(demanded)} by keyword; give a default or remove it"
    if count < least or (count > most and arguments.vararg is None):
        span = f"{least}" if least == most else f"{least} to {most}"
        return f"it takes {span} positional arguments, but is called with {count}; change it"
    return ""


def _definitions(body: list[ast.stmt]) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that a module binds at its top level, also under if, try and with.

    `*` stands for names that a star import may bring.
    """
    for node in body:
        if isinstance(node, Function | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name.split(".")[0]), node
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for target in ast.walk(node):
                if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store):
                    yield target.id, node
        for field in ("body", "orelse", "finalbody"):
            if not isinstance(node, Function | ast.ClassDef):
                yield from _definitions(getattr(node, field, []))
        for handler in getattr(node, "handlers", []):
            yield from _definitions(handler.body)
