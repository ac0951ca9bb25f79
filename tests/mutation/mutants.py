"""Making mutants of a module: one small change of its syntax tree each.

What decides is changed: comparisons, numbers, the direction of extremes, `and` and `or`, guards,
and the words and flags of a verdict. What only words a decision is left alone, and told apart by
its place: annotations, decorators, f-strings, what is given to a formatting function, and what is
given to or stored as an `advice`, a `message` or an `indent`. Strings are left alone too, but for
the names of comparisons and severities.
"""

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from types import CodeType

_OPERATORS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_STRINGS = {
    "<": ("<=", ">"),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<"),
    "==": (">=",),
    "fail": ("warn",),
    "warn": ("pass",),
    "skipped": ("pass",),
}
_OPPOSITES = ("min", "max"), ("argmin", "argmax"), ("minimum", "maximum"), ("any", "all")
_RENAMED = {one: other for pair in _OPPOSITES for one, other in (pair, pair[::-1])}
_ABSOLUTE = frozenset({"abs", "fabs", "absolute"})
_FLAGS = frozenset({"doubt", "gates", "passed", "transient"})
_WORDS = frozenset({"advice", "message", "indent"})
_FORMATTING = frozenset({"format", "round", "repr", "number", "pair", "print"})
_UNSEEN = frozenset({"annotation", "returns", "decorator_list", "type_comment"})
_LEAVING = (ast.Return, ast.Continue, ast.Break, ast.Raise)


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        line: where it is, from 1.
        before, after: the source there, lines joined and blanks collapsed, without and with it.
        code: the changed module, compiled.
    """

    line: int
    before: str
    after: str
    code: CodeType


@dataclass(frozen=True)
class _Place:
    """A node and where it hangs: `parent.field`, or `parent.field[index]` of a list."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.expr

    def put(self, node: ast.expr) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants(source: str, path: str) -> list[Mutant]:
    """Return every mutant of a module, in the order of its source.

    Args:
        source: its text.
        path: the file it is from, for tracebacks.
    """
    tree, lines = ast.parse(source), source.splitlines()
    found = []
    for place in _places(tree):
        for node in _variants(place):
            ast.fix_missing_locations(ast.copy_location(node, place.node))
            place.put(node)
            code = compile(tree, path, "exec")
            before, after = _shown(place.node, node, lines)
            found.append(Mutant(place.node.lineno, before, after, code))
        place.put(place.node)
    return sorted(found, key=lambda mutant: mutant.line)


def _places(parent: ast.AST) -> Iterator[_Place]:
    """Yield every expression below a node but those that only word something."""
    for field, value in ast.iter_fields(parent):
        if field in _UNSEEN:
            continue
        several = isinstance(value, list)
        for index, node in enumerate(value if several else [value]):
            if not isinstance(node, ast.AST) or _only_words(node):
                continue
            if isinstance(node, ast.expr):
                yield _Place(parent, field, index if several else None, node)
            yield from _places(node)


def _only_words(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr() | ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _FORMATTING
        case ast.keyword(arg=str(name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name in _WORDS
    return False


def _variants(place: _Place) -> Iterator[ast.expr]:
    """Yield what an expression is replaced by."""
    node = place.node
    match node:
        case ast.Compare(left, operators, right):
            for at, operator in enumerate(operators):
                for other in _OPERATORS[type(operator)]:
                    changed = [*operators[:at], other(), *operators[at + 1 :]]
                    yield ast.Compare(left, changed, right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand):
            yield copy(operand)
        case ast.Name(name, context) if name in _RENAMED:
            yield ast.Name(_RENAMED[name], context)
        case ast.Attribute(value, name, context) if name in _RENAMED:
            yield ast.Attribute(value, _RENAMED[name], context)
        case ast.Call(ast.Name(id=name) | ast.Attribute(attr=name), [argument]) if (
            name in _ABSOLUTE
        ):
            yield copy(argument)
        case ast.Constant(value):
            yield from (ast.Constant(other) for other in _values(value, place))
    if _is_guard(place) and not isinstance(node, ast.Compare | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node)


def _values(value: object, place: _Place) -> list[bool | int | float | str]:
    """Return what a constant is replaced by."""
    match value:
        case bool():
            return [not value] if _decides(place) else []
        case int():
            return [1] if value == 0 else [value + 1, value - 1]
        case float():
            return [1.0] if value == 0 else [2 * value, value / 2]
        case str():
            return [*_STRINGS.get(value, ())]
    return []


def _decides(place: _Place) -> bool:
    """Return whether a truth value is a verdict, or the default of one."""
    match place.parent:
        case ast.Return() | ast.arguments() | ast.AnnAssign():
            return True
        case ast.keyword(arg=str(name)):
            return name in _FLAGS
    return False


def _is_guard(place: _Place) -> bool:
    """Return whether an expression decides which way to go."""
    match place.parent, place.field:
        case (ast.IfExp(), "test") | (ast.comprehension(), "ifs"):
            return True
        case ast.If(body=[*_, last]), "test":
            typing_only = isinstance(place.node, ast.Name) and place.node.id == "TYPE_CHECKING"
            return isinstance(last, _LEAVING) and not typing_only
    return False


def _shown(old: ast.expr, new: ast.expr, lines: list[str]) -> tuple[str, str]:
    """Return the lines of a node as they are, and as they would read with another in its place."""
    last = old.end_lineno or old.lineno
    spanned = [line.encode() for line in lines[old.lineno - 1 : last]]
    head, tail = spanned[0][: old.col_offset], spanned[-1][old.end_col_offset :]
    before = b" ".join(spanned)
    after = head + ast.unparse(new).encode() + tail
    return " ".join(before.decode().split()), " ".join(after.decode().split())
