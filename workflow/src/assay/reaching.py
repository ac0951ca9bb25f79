"""What model code has no business with: assay itself, and the interpreter's machinery.

Model code runs in the process that trains it and does it again. Code that replaces parts of that
process could report whatever it likes, so nothing is approved that reaches for them. This reads
the code and finds the known ways there; confinement of the process is another layer.
"""

import ast
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path

# fmt: off
MODULES = frozenset({
    "assay", "builtins", "ctypes", "gc", "imp", "importlib", "inspect", "marshal", "pkgutil",
    "runpy", "subprocess",
})
BUILTINS = frozenset({
    "__builtins__", "__import__", "__loader__", "__spec__", "compile", "eval", "exec", "globals",
    "setattr", "vars",
})
ATTRIBUTES = frozenset({
    "__builtins__", "__closure__", "__code__", "__dict__", "__getattribute__", "__globals__",
    "__import__", "__loader__", "__spec__", "__subclasses__", "_current_frames", "_getframe",
    "addaudithook", "f_back", "f_builtins", "f_globals", "f_locals", "gi_frame", "import_module",
    "meta_path", "path_hooks", "setprofile", "settrace", "tb_frame",
})
# fmt: on


def parse(source: bytes) -> ast.Module:
    """Return the tree of a module; what Python warns about in it is no concern here.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is no Python, or not to be parsed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def reaches(code: Path) -> list[str]:
    """Return where a module reaches for what it has no business with, as `path:line: name: what`.

    Raises:
        OSError: the file cannot be read.
        SyntaxError: it is no Python.
    """
    nodes = list(ast.walk(parse(code.read_bytes())))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    found = {
        (node.lineno, name)
        for node in nodes
        if isinstance(node, ast.stmt | ast.expr)
        for name in (*_names(node), *_table_of_modules(node, called))
    }
    return [
        f"{code}:{line}: {name}: model code has no business with this; do without it"
        for line, name in sorted(found)
    ]


def _names(node: ast.stmt | ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if _root(alias.name) in MODULES)
    elif isinstance(node, ast.ImportFrom) and node.module:
        if _root(node.module) in MODULES:
            yield node.module
        yield from (a.name for a in node.names if a.name in ATTRIBUTES | {"modules"})
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if _root(node.value) == "assay":
            yield node.value
    elif isinstance(node, ast.Name) and node.id in BUILTINS:
        yield node.id
    elif isinstance(node, ast.Attribute):
        if node.attr in ATTRIBUTES:
            yield node.attr
    elif isinstance(node, ast.Call) and _is_hidden_getattr(node):
        yield "getattr"


def _root(name: str) -> str:
    return name.partition(".")[0]


def _table_of_modules(node: ast.AST, called: Collection[int]) -> Iterator[str]:
    """Yield `modules` for `sys.modules` under whatever name; a method of that name is called."""
    if isinstance(node, ast.Attribute) and node.attr == "modules" and id(node) not in called:
        yield node.attr


def _is_hidden_getattr(node: ast.Call) -> bool:
    """Return whether this is `getattr` of a name that is put together at run time."""
    if not isinstance(node.func, ast.Name) or node.func.id != "getattr" or len(node.args) < 2:
        return False
    name = node.args[1]
    return not isinstance(name, ast.Constant) or name.value in ATTRIBUTES | BUILTINS | {"modules"}
