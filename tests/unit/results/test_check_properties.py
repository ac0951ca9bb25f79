"""Tables of any content: one that keeps the design passes, one that breaks a rule hears which."""

import math
from functools import cache

import pandas as pd
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.results.check import check_results
from sample_designs import with_results

BLOCK = """\
  key: [team, year]
  columns:
    team: {type: string}
    year: {type: integer, min: 1896, max: 2100}
    gold: {type: number, max: 1000}
    silver: {type: integer}
    share: {type: number, min: -1, max: 1}
    total: {type: number}
    lower: {type: number, min: null}
    upper: {type: number}
    host: {type: boolean}
  identities: ["total == gold + 2*silver"]
  intervals: [[lower, total, upper]]
  constant: [silver, share, total, lower, upper]
"""
MOST_ROWS = 8
NUMBERS = ("year", "gold", "silver", "share", "total", "lower", "upper")
BOUNDED_BELOW = {"year": 1896, "gold": 0, "silver": 0, "share": -1, "total": 0, "upper": 0}
BOUNDED_ABOVE = {"year": 2100, "gold": 1000, "share": 1}
NOT = {  # what is no cell of a type; what is missing or infinite has rules of its own
    "team": st.integers() | st.booleans() | st.sampled_from(["", "nul\0", b"x", "x" * 100_001]),
    "host": st.integers() | st.text() | st.sampled_from([1.0, 0.5]),
    "whole": st.text() | st.booleans() | st.floats(2000.1, 2000.9) | st.just(1j),
    "number": st.text() | st.booleans() | st.sampled_from([1j, [1], (1,), b"1"]),
}
MISSING = st.sampled_from([None, math.nan, pd.NA, pd.NaT])
INFINITE = st.sampled_from([math.inf, -math.inf, 10**400, -(10**400)])


@cache
def design():
    return with_results(BLOCK, f"expected: {{rows: [1, {MOST_ROWS}]}}\n")


@st.composite
def honest(draw, least=1, most=MOST_ROWS):
    """Return the columns, as lists of cells, of a table that keeps every rule."""
    names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
    keys = draw(
        st.lists(
            st.tuples(names, st.integers(1896, 2100)), min_size=least, max_size=most, unique=True
        )
    )
    size = len(keys)
    every = lambda cells: draw(st.lists(cells, min_size=size, max_size=size))  # noqa: E731
    gold = every(st.integers(0, 1000) | st.floats(0, 1000))
    assume(size == 1 or len(set(map(float, gold))) > 1)
    silver = every(st.integers(0, 1000) | st.integers(0, 1000).map(float))
    total = [g + 2 * s for g, s in zip(gold, silver, strict=True)]
    apart = st.floats(0, 1e9)
    return {
        "team": [team for team, _ in keys],
        "year": [year for _, year in keys],
        "gold": gold,
        "silver": silver,
        "share": every(st.floats(-1, 1)),
        "total": total,
        "lower": [t - d for t, d in zip(total, every(apart), strict=True)],
        "upper": [t + d for t, d in zip(total, every(apart), strict=True)],
        "host": every(st.booleans()),
    }


def found(columns):
    """Return check, column and row of each violation in a table of whatever its cells are."""
    table = pd.DataFrame({name: pd.Series(c, dtype=object) for name, c in columns.items()})
    violations = check_results(table, design())
    assert all(violation.message for violation in violations)
    return [(violation.check, violation.column, violation.row) for violation in violations]


def put(columns, name, row, value):
    """Return the columns with one cell replaced."""
    return {**columns, name: [*columns[name][:row], value, *columns[name][row + 1 :]]}


rows = st.integers(0, MOST_ROWS - 1)


@given(honest(), st.randoms(use_true_random=False))
def test_a_table_that_keeps_every_rule_passes_whatever_its_types_and_order(columns, random):
    assert found(columns) == []
    table = pd.DataFrame(columns)  # of the types that pandas finds
    shuffled = random.sample(list(columns), len(columns))
    assert check_results(table[shuffled], design()) == []


@given(honest(), st.sampled_from(sorted(NOT)), rows, st.data())
def test_a_cell_of_another_type_is_refused(columns, kind, row, data):
    names = {"whole": ("year", "silver"), "number": ("gold", "share", "total")}.get(kind, (kind,))
    name, row = data.draw(st.sampled_from(names)), row % len(columns["team"])
    reported = found(put(columns, name, row, data.draw(NOT[kind])))
    assert ("type", name, row) in reported
    assert {r for _, _, r in reported} <= {row, None}


@given(honest(), st.sampled_from((*NUMBERS, "team", "host")), rows, MISSING)
def test_a_missing_cell_is_refused(columns, name, row, value):
    row %= len(columns["team"])
    assert ("missing", name, row) in found(put(columns, name, row, value))


@given(honest(), st.sampled_from(NUMBERS), rows, INFINITE)
def test_an_infinite_cell_is_refused(columns, name, row, value):
    row %= len(columns["team"])
    assert ("infinite", name, row) in found(put(columns, name, row, value))


@given(honest(), rows, st.integers(1), st.data())
def test_a_cell_out_of_bounds_is_refused(columns, row, beyond, data):
    row %= len(columns["team"])
    name, least = data.draw(st.sampled_from(sorted(BOUNDED_BELOW.items())))
    assert ("minimum", name, row) in found(put(columns, name, row, least - beyond))
    name, most = data.draw(st.sampled_from(sorted(BOUNDED_ABOVE.items())))
    assert ("maximum", name, row) in found(put(columns, name, row, most + beyond))


@given(honest(least=2), rows, rows)
def test_a_key_that_stands_twice_is_refused(columns, row, other):
    row, other = (place % len(columns["team"]) for place in (row, other))
    assume(row != other)
    twice = put(columns, "team", row, columns["team"][other])
    twice = put(twice, "year", row, columns["year"][other])
    assert found(twice) == [("key", "team, year", max(row, other))]


@given(honest(), rows, st.floats(1.1e-9, 0.5), st.sampled_from((1, -1)))
def test_an_identity_that_does_not_hold_is_refused(columns, row, shift, sign):
    row %= len(columns["team"])
    total = columns["total"][row]
    assume(total > 1e-300)
    wrong = put(columns, "total", row, total * (1 + sign * shift))
    assert ("identity", "total == gold + 2*silver", row) in found(wrong)


@given(honest(), rows, st.floats(1e-3, 1e9))
def test_an_interval_out_of_order_is_refused(columns, row, beyond):
    row %= len(columns["team"])
    total = columns["total"][row]
    assert found(put(columns, "lower", row, total + beyond)) == [("interval", "lower", row)]


@given(honest(least=2), st.integers(0, 1000))
def test_a_column_without_variance_is_refused_unless_declared(columns, gold):
    same = {**columns, "gold": [gold] * len(columns["gold"])}
    assert ("zero_variance", "gold", None) in found(same)
    share = {**columns, "share": [0.5] * len(columns["share"])}
    assert found(share) == []


@given(honest(least=MOST_ROWS + 1, most=MOST_ROWS + 3))
def test_more_rows_than_expected_are_refused(columns):
    assert found(columns) == [("rows", "", None)]


@given(honest(), st.sampled_from((*NUMBERS, "team", "host")), st.text())
def test_other_columns_than_declared_are_refused(columns, name, more):
    fewer = {key: cells for key, cells in columns.items() if key != name}
    assert ("columns", name, None) in found(fewer)
    assume(more not in columns)
    assert found({**columns, more: columns["team"]}) == [("columns", more, None)]
    table = pd.DataFrame(columns)
    (twice,) = check_results(pd.concat([table, table[[name]]], axis=1), design())
    assert (twice.check, twice.column) == ("columns", name)


def test_keys_are_compared_as_the_csv_will_hold_them():
    """Beside a float whole numbers are written as floats, which cannot tell these two apart."""
    design = with_results("  key: [k]\n  columns: {k: {type: number}}\n")
    close = [2**53, 2**53 + 1]
    assert check_results(pd.DataFrame({"k": close}), design) == []
    mixed = pd.DataFrame({"k": [*close, 0.5]}, dtype=object)
    (twice,) = check_results(mixed, design)
    assert (twice.check, twice.column, twice.row) == ("key", "k", 1)


CELLS = st.one_of(
    st.text(), st.integers(), st.floats(), st.booleans(), st.binary(), st.dates(), MISSING, INFINITE
)


@given(st.dictionaries(st.sampled_from(tuple(design().results.columns)) | st.text(), CELLS))
def test_whatever_a_table_holds_is_judged_without_an_error(cells):
    reported = found({name: [cell] for name, cell in cells.items()})
    assert reported != []
