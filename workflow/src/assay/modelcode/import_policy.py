"""What model code has no business with: assay itself, and the interpreter's machinery.

Model code runs in the process that trains it and does it again. Code that replaces parts of that
process could report whatever it likes, so nothing is approved that reaches for them. This reads
the code and finds the known ways there; confinement of the process is another layer. What only
shows when it runs, the text given to `eval` and the name given to `getattr`, is looked at then
(`assay.modelcode.loading`).
"""

import ast
import warnings
from collections.abc import Collection, Iterator
from pathlib import Path

# fmt: off
MODULES = frozenset({
    "_pickle", "assay", "bdb", "builtins", "codeop", "copyreg", "ctypes", "doctest", "imp",
    "importlib", "inspect", "marshal", "pdb", "pickle", "pkgutil", "pydoc", "runpy", "shelve",
    "subprocess", "timeit", "unittest", "zipimport",
})
BUILTINS = frozenset({
    "__builtins__", "__import__", "__loader__", "__spec__", "compile", "exec", "globals", "setattr",
    "vars",
})
ATTRIBUTES = frozenset({
    "CodeType", "FunctionType", "__builtins__", "__closure__", "__code__", "__defaults__",
    "__dict__", "__getattribute__", "__globals__", "__import__", "__instancecheck__",
    "__kwdefaults__", "__loader__", "__self__", "__spec__", "__subclasses__", "_current_frames",
    "_getframe", "addaudithook", "ag_code", "ag_frame", "attrgetter", "cr_code", "cr_frame",
    "f_back", "f_builtins", "f_code", "f_globals", "f_locals", "get_objects", "get_referents",
    "get_referrers", "gi_code", "gi_frame", "import_module", "meta_path", "methodcaller",
    "path_hooks", "read_pickle", "runstring", "setprofile", "settrace", "tb_frame",
})
MACHINERY = frozenset({"gc", "operator", "sys", "types"})  # nobody needs all of them
# Modules that other modules keep under their own names, which nothing else is likely to bear.
KEPT = frozenset({
    "builtins", "copyreg", "ctypes", "importlib", "inspect", "modules", "pickle", "pkgutil",
    "subprocess",
})
# fmt: on
PACKAGE = Path(__file__).parents[1]


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
    return reached(code.read_bytes(), str(code))


def reached(source: bytes, path: str) -> list[str]:
    """Return the same for the source of a module that is called `path`.

    Raises:
        SyntaxError: it is no Python.
    """
    return [
        f"{path}:{line}: {name}: model code has no business with this; do without it"
        for line, name in names_reached(parse(source))
    ]


def names_reached(tree: ast.AST) -> list[tuple[int, str]]:
    """Return (line, name) of everything in a tree that model code has no business with, sorted."""
    nodes = list(ast.walk(tree))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    found = {
        (node.lineno, name)
        for node in nodes
        if isinstance(node, ast.stmt | ast.expr | ast.pattern)
        for name in (*_names(node), *_kept_modules(node, called))
    }
    return sorted(found)


def _names(node: ast.stmt | ast.expr | ast.pattern) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if _root(alias.name) in MODULES)
    elif isinstance(node, ast.ImportFrom):
        yield from _imported(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if _is_part_of_assay(node.value):
            yield node.value
    elif isinstance(node, ast.Name) and node.id in BUILTINS:
        yield node.id
    elif isinstance(node, ast.Attribute):
        if node.attr in ATTRIBUTES:
            yield node.attr
    elif isinstance(node, ast.MatchClass):
        yield from (name for name in node.kwd_attrs if name in ATTRIBUTES | KEPT)
    elif isinstance(node, ast.FunctionDef):
        if node.name in ATTRIBUTES:
            yield node.name
    elif isinstance(node, ast.Call) and _is_getattr_of_machinery(node):
        yield "getattr"


def _imported(node: ast.ImportFrom) -> Iterator[str]:
    if node.module and _root(node.module) in MODULES:
        yield node.module
    names = {alias.name for alias in node.names}
    yield from sorted(names & (ATTRIBUTES | KEPT))
    if "*" in names and node.module in MACHINERY:
        yield f"{node.module}.*"


def _root(name: str) -> str:
    return name.partition(".")[0]


def _kept_modules(node: ast.AST, called: Collection[int]) -> Iterator[str]:
    """Yield `sys.modules`, `dataclasses.inspect` and the like; a method of that name is called."""
    if isinstance(node, ast.Attribute) and node.attr in KEPT and id(node) not in called:
        yield node.attr


def _is_part_of_assay(text: str) -> bool:
    """Return whether this is the dotted name of one of assay's own modules.

    Just "assay" may be a column of somebody's data.
    """
    root, _, rest = text.partition(".")
    part = rest.partition(".")[0]
    if root != "assay" or not part.isidentifier():
        return False
    return (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()


def _is_getattr_of_machinery(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Name) or node.func.id != "getattr" or len(node.args) < 2:
        return False
    name = node.args[1]
    return isinstance(name, ast.Constant) and name.value in ATTRIBUTES | BUILTINS | KEPT
