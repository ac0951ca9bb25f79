"""Comparisons of any shape: read as they are written, reckoned as Python does, or refused."""

import operator

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from assay.design.comparisons import Expression, GrammarError, Name, Number, Product, Sum, parse
from assay.results.evaluate import holds, sides

OPERATORS = {
    "==": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
MIRRORED = {"==": "==", "<=": ">=", ">=": "<=", "<": ">", ">": "<"}
COLUMNS = ("a", "b", "c2", "größe")
WITHIN = 1e-9  # relative, in which two sides count as equal


def several(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Return sums of two terms or more, products of two factors or more, and signs."""
    signs = st.sampled_from((1, -1))
    rest = st.lists(st.tuples(signs, children), min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda term, more: Sum(((1, term), *more)), children, rest),
        st.builds(Product, st.lists(children, min_size=2, max_size=4).map(tuple)),
        st.builds(lambda sign, factor: Sum(((sign, factor),)), signs, children),
    )


def expressions(names: st.SearchStrategy[str]) -> st.SearchStrategy[Expression]:
    numbers = st.floats(0, allow_nan=False, allow_infinity=False).map(Number)
    return st.recursive(numbers | names.map(Name), several, max_leaves=12)


def printed(expression: Expression, *, quote: bool = True) -> str:
    """Return an expression with no more parentheses than the grammar needs."""
    match expression:
        case Number(value):
            return repr(value)
        case Name(column):
            return f"`{column}`" if quote else column
        case Product(factors):
            return " * ".join(_factor(factor, quote) for factor in factors)
        case Sum(((sign, factor),)):
            return f"{'+' if sign > 0 else '-'}{_factor(factor, quote)}"
        case Sum(((_, first), *rest)):
            signed = [f" {'+' if sign > 0 else '-'} {_term(term, quote)}" for sign, term in rest]
            return _term(first, quote) + "".join(signed)
    raise AssertionError(expression)


def _term(expression: Expression, quote: bool) -> str:
    text = printed(expression, quote=quote)
    return f"({text})" if isinstance(expression, Sum) and len(expression.terms) > 1 else text


def _factor(expression: Expression, quote: bool) -> str:
    text = _term(expression, quote)
    return f"({text})" if isinstance(expression, Product) else text


@given(
    expressions(st.text(min_size=1).filter(lambda name: "`" not in name)),
    st.sampled_from(sorted(OPERATORS)),
    expressions(st.sampled_from(COLUMNS)),
)
def test_what_is_printed_is_read_back(left, sign, right):
    text = f"{printed(left)} {sign} {printed(right, quote=False)}"
    read = parse(text)
    assert (read.left, read.operator, read.right, read.text) == (left, sign, right, text)


@given(
    expressions(st.sampled_from(COLUMNS)),
    st.fixed_dictionaries(dict.fromkeys(COLUMNS, st.floats(allow_nan=False))),
)
def test_both_sides_are_reckoned_as_python_does(expression, values):
    text = printed(expression, quote=False)
    columns = {name: np.array([value]) for name, value in values.items()}
    (left,), (right,) = sides(parse(f"{text} <= a * ({text})"), columns)
    expected = eval(text, {}, dict(values))
    assert np.array_equal([left, right], [expected, values["a"] * expected], equal_nan=True)


@given(
    st.floats(1e-200, 1e200),
    st.sampled_from((1, -1)),
    st.floats(-1e-8, 1e-8).filter(lambda shift: abs(abs(shift) - WITHIN) > WITHIN / 100),
)
@example(1.0, 1, 0.989 * WITHIN)
@example(1.0, -1, -1.011 * WITHIN)
def test_equal_means_within_a_thousand_millionth_however_it_is_written(size, sign, shift):
    left, right = sign * size, sign * size * (1 + shift)
    for text in ("t == a", "a == t", "t - a == 0", "0 == a - t", "t + b == a + b", "2*t == a*2"):
        columns = {"t": np.array([left]), "a": np.array([right]), "b": np.array([0.0])}
        assert holds(parse(text), columns).tolist() == [abs(shift) < WITHIN], text


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.sampled_from(sorted(OPERATORS)))
@example(1.0, 1.0, "<")
def test_sides_that_are_apart_compare_as_in_python_and_the_same_mirrored(left, right, sign):
    columns = {"t": np.array([left]), "a": np.array([right])}
    (judged,) = holds(parse(f"t {sign} a"), columns).tolist()
    assert holds(parse(f"a {MIRRORED[sign]} t"), columns).tolist() == [judged]
    if sign in "<>" or abs(left - right) > 2 * WITHIN * max(abs(left), abs(right)):
        assert judged == OPERATORS[sign](left, right)
    else:
        assert judged  # equal within the tolerance: ==, <= and >= all hold


@given(st.sampled_from(sorted(OPERATORS)), st.booleans())
def test_a_missing_number_never_holds(sign, first):
    columns = {"t": np.array([np.nan, 1.0]), "a": np.array([1.0, np.nan])}
    text = f"t {sign} a" if first else f"0 {sign} t + a"
    assert holds(parse(text), columns).tolist() == [False, False]


PIECES = (
    "a",
    "größe",
    "`two words`",
    "`",
    "1",
    ".5",
    "1e-3",
    "1e999",
    "٣",
    "(",
    ")",
    *"+-*/=<>!& \n",
)


@given(st.text() | st.lists(st.sampled_from((*PIECES, "==", "<=", "**"))).map("".join))
@example("(" * 60 + "a == b")
@example("a == " + "-" * 60 + "b")
def test_whatever_is_no_comparison_is_refused_with_the_place(text):
    try:
        comparison = parse(text)
    except GrammarError as error:
        assert 1 <= error.position <= len(text) + 1
        assert error.what
        assert error.remedy
    else:
        assert comparison.operator in OPERATORS
        assert all(name in text for name in comparison.columns)
