"""Comparisons are parsed by a grammar of their own and judged within 1e-9 relative."""

import numpy as np
import pytest

from assay.design.comparisons import GrammarError, Name, Product, Sum, parse
from assay.results.evaluate import close, holds, sides


def judge(text, **columns):
    comparison = parse(text)
    arrays = {name.replace("_of_", " of "): np.atleast_1d(c) for name, c in columns.items()}
    arrays = {name: np.asarray(column, dtype=float) for name, column in arrays.items()}
    return holds(comparison, arrays).tolist()


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("total == gold + silver + bronze", ("total", "gold", "silver", "bronze")),
        ("a*b - 2*(c + 1) <= -d", ("a", "b", "c", "d")),
        ("`share of golds` >= größe_2", ("share of golds", "größe_2")),
        ("  a<b  ", ("a", "b")),
        ("1e-3 * a > .5", ("a",)),
        ("a == a", ("a",)),
        ("e1 == 2e1 + e", ("e1", "e")),
        ("- - a == +a", ("a",)),
    ],
)
def test_what_parses_and_which_columns_it_names(text, columns):
    assert parse(text).columns == columns
    assert parse(text).text == text


@pytest.mark.parametrize(
    ("text", "position", "what", "remedy"),
    [
        ("", 1, "it ends", "write columns"),
        ("total", 6, "it ends where a comparison", "=="),
        ("total = gold", 7, "there is =", "write == for equal"),
        ("total == ", 9, "it ends where a column", ""),
        ("a == b / c", 8, "there is /", "multiply the other side"),
        ("a != b", 3, "there is !=", "compare with =="),
        ("a == b ** 2", 8, "there is **", "write the product out"),
        ("a <= b <= c", 8, "second comparison", "of its own"),
        ("a == (b + c", 12, "it ends where a closing", ""),
        ("a == b + c)", 11, "there is ) where the end", ""),
        ("a == b c", 8, "there is c where the end", ""),
        ("a == `b", 6, "there is `", "close the backtick"),
        ("a == __import__('os')", 16, "there is (", ""),
        ("a.b == 1", 2, "there is .", ""),
        ("a == 2x", 6, "", ""),
        ("a == 1e999", 6, "too large", "smaller"),
        ("a == b; c", 7, "there is ;", ""),
        ("a == " + "(" * 100 + "b" + ")" * 100, 57, "nested too deeply", "flatter"),
        ("a == " + "-" * 5000 + "b", 57, "nested too deeply", "flatter"),
    ],
)
def test_errors_say_where_and_what_to_do(text, position, what, remedy):
    with pytest.raises(GrammarError) as caught:
        parse(text)
    assert caught.value.position == position
    assert what in caught.value.what
    assert remedy in caught.value.remedy
    assert str(caught.value).startswith(f"character {position}: ")


@pytest.mark.parametrize(
    ("text", "columns", "verdict"),
    [
        ("t == a + b", {"t": [5, 6], "a": [2, 2], "b": [3, 3]}, [True, False]),
        ("t == a", {"t": [0, 0], "a": [0, 1e-300]}, [True, False]),
        ("t == a", {"t": 1.0, "a": 1.0 + 0.99e-9}, [True]),
        ("t == a", {"t": 1.0, "a": 1.0 + 1.01e-9}, [False]),
        ("t == a", {"t": 1e15, "a": 1e15 + 1e5}, [True]),
        ("t == a", {"t": 1e-15, "a": 1.1e-15}, [False]),
        ("t == a", {"t": -1.0, "a": -1.0 - 0.99e-9}, [True]),
        ("t == a", {"t": -1.0, "a": -1.0 - 1.01e-9}, [False]),
        ("a * a == t", {"t": 1.0, "a": 1.0 + 0.49e-9}, [True]),
        ("a * a == t", {"t": 1.0, "a": 1.0 + 0.51e-9}, [False]),
        ("t - a == 0", {"t": 1.0, "a": 1.0 + 0.99e-9}, [True]),
        ("t - a == 0", {"t": 1.0, "a": 1.0 + 1.01e-9}, [False]),
        ("t == a", {"t": 0.3, "a": 0.1 + 0.2}, [True]),
        ("t <= a", {"t": [1, 2, 0.1 + 0.2], "a": [2, 1, 0.3]}, [True, False, True]),
        ("t >= a", {"t": [1, 2, 0.3], "a": [2, 1, 0.1 + 0.2]}, [False, True, True]),
        ("t < a", {"t": [1, 1, 2], "a": [2, 1, 1]}, [True, False, False]),
        ("t > a", {"t": [1, 1, 2], "a": [2, 1, 1]}, [False, False, True]),
        ("t == a", {"t": [np.nan, np.inf], "a": [np.nan, np.inf]}, [False, False]),
        ("t <= a", {"t": [np.nan, 1], "a": [1, np.nan]}, [False, False]),
        ("a * a == t", {"a": 1e200, "t": 1e300}, [False]),
        ("a * a >= t", {"a": 1e200, "t": 1e300}, [True]),
        ("a * a == a * a", {"a": 1e200}, [False]),
        ("a * a <= a * a", {"a": 1e200}, [False]),
        ("a * a >= a * a", {"a": 1e200}, [False]),
        ("1 == 1", {}, [True]),
        ("1 < 1", {}, [False]),
        ("t == 7", {"t": [7, 8]}, [True, False]),
        ("`t of a` == t", {"t_of_a": 1, "t": 1}, [True]),
    ],
)
def test_what_holds(text, columns, verdict):
    assert judge(text, **columns) == verdict


@pytest.mark.parametrize("side", ["{} == b", "b == {}"])
@pytest.mark.parametrize("nested", ["(" * 50 + "a" + ")" * 50, "-" * 50 + "a"])
def test_fifty_levels_are_the_most(side, nested):
    assert judge(side.format(nested), a=1.0, b=1.0) == [True]
    deeper = f"({nested})" if nested.startswith("(") else f"-{nested}"
    with pytest.raises(GrammarError, match="nested too deeply"):
        parse(side.format(deeper))


def test_what_stands_alone_is_no_sum_and_no_product():
    a, b = Name("a"), Name("b")
    assert parse("a == b").left == a
    assert parse("a*b == b").left == Product((a, b))
    assert parse("a - b == b").left == Sum(((1, a), (-1, b)))
    assert parse("+a == -b").left == Sum(((1, a),))
    assert parse("+a == -b").right == Sum(((-1, b),))


def test_a_billionth_of_the_scale_is_close_and_no_more():
    one, scale = np.array([1.0, 1.0]), np.array([1e9, 0.99e9])
    assert close(0 * one, one, scale).tolist() == [True, False]


def test_sides_without_a_column_are_one_row():
    left, right = sides(parse("1 + 1 == 3"), {})
    assert (left.tolist(), right.tolist()) == ([2.0], [3.0])


def test_hundreds_of_columns_are_one_sum():
    names = [f"c{i}" for i in range(3000)]
    comparison = parse("total == " + " + ".join(names))
    columns = {name: np.array([1.0, 2.0]) for name in names} | {"total": np.array([3000.0, 5.0])}
    assert holds(comparison, columns).tolist() == [True, False]
