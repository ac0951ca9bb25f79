"""Comparisons of sums and products of columns and numbers; nothing is ever eval'd.

    comparison = sum ("==" | "<=" | ">=" | "<" | ">") sum
    sum        = product (("+" | "-") product)*
    product    = factor ("*" factor)*
    factor     = ("+" | "-") factor | number | column | "(" sum ")"
    column     = a name of letters, digits and _, or any name between backticks

Sums and products keep all their parts side by side, so that hundreds of columns nest no deeper
than the parentheses do.
"""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from assay.core.errors import AssayError

Operator = Literal["==", "<=", ">=", "<", ">"]
MOST_LEVELS = 50
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w))|(?P<name>[^\W\d]\w*)"
    r"|`(?P<quoted>[^`]+)`|(?P<sign>==|<=|>=|!=|<>|\*\*|[-+*/=<>()%^&|,`.\[\]]|\S))"
)
_COMPARISONS = ("==", "<=", ">=", "<", ">")
_REMEDIES = {
    "=": "write == for equal",
    "/": "multiply the other side instead",
    "!=": "compare with ==, <=, >=, < or >",
    "<>": "compare with ==, <=, >=, < or >",
    "**": "write the product out",
    "`": "close the backtick",
}
_DEFAULT_REMEDY = "write columns and numbers with + - * ( ) and one of == <= >= < >"


class GrammarError(AssayError):
    """A comparison cannot be understood.

    Attributes:
        position: the character where it stops making sense, from 1.
        what: what is wrong there.
        remedy: what to write instead.
    """

    def __init__(self, position: int, what: str, remedy: str = _DEFAULT_REMEDY) -> None:
        super().__init__(f"character {position}: {what}; {remedy}")
        self.position = position
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class Name:
    """A column."""

    column: str


@dataclass(frozen=True)
class Sum:
    """Terms, each with its sign (+1 or -1)."""

    terms: tuple[tuple[int, "Expression"], ...]


@dataclass(frozen=True)
class Product:
    """Factors."""

    factors: tuple["Expression", ...]


Expression = Number | Name | Sum | Product


@dataclass(frozen=True)
class Comparison:
    """Two expressions and how they are compared.

    Attributes:
        text: as the design has it.
        columns: every column named, once, in order of appearance.
    """

    text: str
    left: Expression
    operator: Operator
    right: Expression
    columns: tuple[str, ...]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


def parse(text: str) -> Comparison:
    """Parse a comparison.

    Raises:
        GrammarError: it is none; names the character.
    """
    return _Parser(text).comparison()


class _Parser:
    """Recursive descent over the tokens; only parentheses and signs recurse."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0
        self._columns: dict[str, None] = {}

    def comparison(self) -> Comparison:
        left = self._sum(0)
        token = self._next()
        if token.text not in _COMPARISONS or token.kind != "sign":
            raise self._unexpected(token, "a comparison")
        operator: Operator = token.text  # type: ignore[assignment]
        right = self._sum(0)
        rest = self._next()
        if rest.text in _COMPARISONS and rest.kind == "sign":
            raise GrammarError(
                rest.position, "there is a second comparison", "write it as an identity of its own"
            )
        if rest.kind != "end":
            raise self._unexpected(rest, "the end")
        return Comparison(self._text, left, operator, right, tuple(self._columns))

    def _sum(self, level: int) -> Expression:
        terms = [(1, self._product(level))]
        while self._peek().kind == "sign" and self._peek().text in ("+", "-"):
            sign = 1 if self._next().text == "+" else -1
            terms.append((sign, self._product(level)))
        return terms[0][1] if len(terms) == 1 else Sum(tuple(terms))

    def _product(self, level: int) -> Expression:
        factors = [self._factor(level)]
        while self._peek().kind == "sign" and self._peek().text == "*":
            self._next()
            factors.append(self._factor(level))
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def _factor(self, level: int) -> Expression:
        token = self._next()
        if level > MOST_LEVELS:
            raise GrammarError(token.position, "it is nested too deeply", "write it flatter")
        if token.kind == "number":
            return self._number(token)
        if token.kind in ("name", "quoted"):
            self._columns[token.text] = None
            return Name(token.text)
        if token.text == "(" and token.kind == "sign":
            inner = self._sum(level + 1)
            closing = self._next()
            if closing.text != ")":
                raise self._unexpected(closing, "a closing parenthesis")
            return inner
        if token.kind == "sign" and token.text in ("+", "-"):
            return Sum(((1 if token.text == "+" else -1, self._factor(level + 1)),))
        raise self._unexpected(token, "a column or a number")

    def _number(self, token: _Token) -> Number:
        value = float(token.text)
        if not isfinite(value):
            raise GrammarError(token.position, f"{token.text} is too large", "write it smaller")
        return Number(value)

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at += 1  # never beyond the end: whoever meets it reads no further
        return token

    def _unexpected(self, token: _Token, wanted: str) -> GrammarError:
        found = "it ends" if token.kind == "end" else f"there is {token.text}"
        remedy = _REMEDIES.get(token.text if token.kind == "sign" else "", _DEFAULT_REMEDY)
        return GrammarError(token.position, f"{found} where {wanted} should be", remedy)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while match := _TOKEN.match(text, at):
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match[kind], match.start(kind) + 1))
        at = match.end()
    tokens.append(_Token("end", "", len(text.rstrip()) + 1))
    return tokens
