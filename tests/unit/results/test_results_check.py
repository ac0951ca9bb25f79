"""Every sanity check fails on what it is for, passes what is right, and reports all it finds."""

import numpy as np
import pandas as pd
import pytest
from checked_tables import checks, medals, medals_design, one

from assay.results.check import check_results
from sample_designs import with_results


def test_an_honest_table_passes_in_any_column_order():
    assert check_results(medals(), medals_design()) == []
    assert (
        check_results(medals()[["total", *medals().columns.drop("total")]], medals_design()) == []
    )


def test_every_violation_is_reported_not_the_first():
    table = medals(
        gold=[-3.0, 61.0, np.nan], total=[5.5, 4.0, 300.0], lower=[6.0, 2.0, 1.0], upper=7.0
    )
    found = check_results(table, medals_design())
    assert [(v.check, v.column, v.row) for v in found] == [
        ("minimum", "gold", 0),
        ("maximum", "gold", 1),
        ("missing", "gold", 2),
        ("maximum", "total", 2),
        ("identity", "total == gold + silver + bronze", 0),
        ("identity", "total == gold + silver + bronze", 1),
        ("interval", "lower", 0),
        ("interval", "total", 2),
        ("zero_variance", "upper", None),
    ]
    assert found[0].message.startswith("row 0 (noc=NA): gold is -3.0, a negative value; ")
    assert "min: null" in found[0].message
    assert found[1].value == 61.0
    assert "maximum 60" in found[1].message
    assert found[4].value == (5.5, -0.5)
    assert "5.5 == -0.5 is false" in found[4].message
    assert "lower is 6, above total, 5.5" in found[6].message
    assert "zero variance" in found[8].message
    assert "results.constant" in found[8].message


def test_what_is_no_table():
    for thing in (None, [1], medals().to_numpy(), medals()["noc"], {"noc": ["a"]}):
        (violation,) = check_results(thing, medals_design())
        assert violation.check == "columns"
        assert type(thing).__name__ in violation.message


def test_an_empty_table_is_one_violation():
    assert checks(medals().iloc[:0]) == [("empty", "", None)]
    assert check_results(medals().iloc[:0], medals_design())[0].value == 0
    assert checks(medals().iloc[:0].drop(columns="gold")) == [
        ("columns", "gold", None),
        ("empty", "", None),
    ]


def test_missing_extra_and_duplicate_columns():
    assert checks(medals().drop(columns="gold")) == [("columns", "gold", None)]
    assert checks(medals(iron=1.0)) == [("columns", "iron", None)]
    twice = pd.concat([medals(), medals()[["gold"]]], axis=1)
    assert checks(twice) == [("columns", "gold", None)]
    assert "the column iron is not" in check_results(medals(iron=1.0), medals_design())[0].message
    numbered = medals().rename(columns={"gold": 2020})
    assert checks(numbered) == [("columns", "gold", None), ("columns", "2020", None)]
    levels = medals()
    levels.columns = pd.MultiIndex.from_product([["x"], levels.columns])
    assert len(checks(levels)) == 14


def test_a_key_left_in_the_index_gets_a_hint():
    (violation,) = check_results(medals().set_index("noc"), medals_design())
    assert "reset_index" in violation.message


def test_an_odd_index_changes_nothing():
    table = medals()
    table.index = [5, 5, 5]
    assert check_results(table, medals_design()) == []
    table["gold"] = [3.0, -1.0, 40.0]
    assert ("minimum", "gold", 1) in checks(table)


def test_key_columns_are_unique_together():
    design = with_results(
        "  key: [noc, year]\n  columns: {noc: {type: string}, year: {type: integer}}\n"
    )
    good_table = pd.DataFrame({"noc": ["A", "A", "B"], "year": [2020, 2024, 2020]})
    assert check_results(good_table, design) == []
    bad = pd.DataFrame({"noc": ["A", "B", "A", "A"], "year": [2020, 2020, 2020.0, 2020]})
    found = check_results(bad, design)
    assert [(v.check, v.row) for v in found] == [("key", 2), ("key", 3)]
    assert "row 2 (noc=A, year=2020.0)" in found[0].message
    assert "the same as in row 0" in found[0].message
    assert found[0].value == ("A", 2020.0)
    partly = pd.DataFrame({"noc": ["A", "A"], "year": [None, None]})
    assert {v.check for v in check_results(partly, design)} == {"missing"}


def test_the_value_of_a_key_of_one_column_is_that_columns():
    (violation,) = check_results(medals(noc=["A", "B", "B"]), medals_design())
    assert (violation.check, violation.row, violation.value) == ("key", 2, "B")


def test_keys_that_cannot_be_compared_are_reported_as_cells_only():
    found = check_results(medals(noc=[["a"], None, None]), medals_design())
    assert [(v.check, v.row) for v in found] == [("type", 0), ("missing", 1), ("missing", 2)]


def test_identities_of_whole_numbers_and_floats():
    design = with_results(
        "  key: [k]\n  columns: {k: {type: string}, a: {type: number, min: null}, "
        "b: {type: integer, min: null}}\n  identities: ['a == 2*b', 'b < 10']\n"
    )
    right = pd.DataFrame({"k": ["x", "y"], "a": [2.0 * (1 + 1e-12), -4], "b": [1, -2]})
    assert check_results(right, design) == []
    wrong = pd.DataFrame({"k": ["x", "y"], "a": [2.1, 20.0], "b": [1, 10]})
    assert [(v.check, v.column, v.row) for v in check_results(wrong, design)] == [
        ("identity", "a == 2*b", 0),
        ("identity", "b < 10", 1),
    ]


def test_intervals_allow_rounding_but_no_more():
    assert checks(medals(lower=[5.5 + 1e-12, 3.0, 126.0])) == []
    assert checks(medals(lower=[5.5 + 1e-6, 3.0, 126.0])) == [("interval", "lower", 0)]
    assert checks(medals(upper=[5.4, 3.0, 126.0])) == [("interval", "total", 0)]
    assert checks(medals(lower=[5.5 * (1 + 0.99e-9), 3.0, 126.0])) == []
    assert checks(medals(lower=[5.5 * (1 + 1.01e-9), 3.0, 126.0])) == [("interval", "lower", 0)]


@pytest.mark.parametrize(("over", "found"), [(0.99e-9, []), (1.01e-9, ["interval"])])
def test_rounding_is_relative_below_zero_too(over, found):
    design = with_results(
        "  key: [k]\n  columns: {k: {type: string}, a: {type: number, min: null}, "
        "b: {type: number, min: null}}\n  intervals: [[a, b]]\n"
    )
    table = pd.DataFrame({"k": ["x", "y"], "a": [-2.0, 0.0], "b": [-2.0 * (1 + over), 1.0]})
    assert [v.check for v in check_results(table, design)] == found


def test_an_interval_without_one_of_its_columns_is_not_judged():
    assert checks(medals().drop(columns="lower")) == [("columns", "lower", None)]
    assert checks(medals().drop(columns="upper")) == [("columns", "upper", None)]


def test_zero_variance_is_for_numeric_columns_that_may_not_be_constant():
    design = medals_design(**{"constant: []": "constant: [upper]"})
    assert check_results(medals(upper=200.0), design) == []
    assert check_results(medals(upper=[130.0, 131.0, 132.0]), design) == []
    assert checks(medals(upper=200.0)) == [("zero_variance", "upper", None)]
    two_rows = medals_design(**{"rows: 3 ": "rows: 2 "})
    assert checks(medals(upper=200.0).iloc[:2], two_rows) == [("zero_variance", "upper", None)]
    one_row = medals_design(**{"rows: 3 ": "rows: 1 "})
    assert check_results(medals(upper=200.0).iloc[:1], one_row) == []
    # Not even a rounding error is noise enough to be a constant of 0.1.
    assert checks(medals(upper=[200.1] * 3)) == [("zero_variance", "upper", None)]


def test_keys_text_and_truth_values_may_be_constant():
    design = with_results(
        "  key: [k, year]\n  columns: {k: {type: string}, year: {type: integer}, "
        "t: {type: string}, b: {type: boolean}}\n"
    )
    table = pd.DataFrame({"k": ["x", "y"], "year": 2028, "t": "same", "b": True})
    assert check_results(table, design) == []


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ("3", ""),
        ("[1, 3]", ""),
        ("[3, 9]", ""),
        ("4", "expects 4;"),
        ("2", "expects 2;"),
        ("[4, 9]", "expects 4 to 9;"),
        ("[1, 2]", "expects 1 to 2;"),
    ],
)
def test_the_number_of_rows_is_the_expected_one(rows, wanted):
    design = medals_design(**{"rows: 3 ": f"rows: {rows} "})
    found = check_results(medals(), design)
    assert [v.check for v in found] == (["rows"] if wanted else [])
    assert all(wanted in v.message for v in found)


def test_strange_text_in_a_message_stays_on_its_line():
    found = check_results(
        medals(noc=["a\nb", "c" * 200, "d"], gold=[-1.0, -1.0, -1.0]), medals_design()
    )
    assert all(len(v.message.splitlines()) == 1 for v in found)
    assert all(len(v.message) < 300 for v in found)


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("NA", "'NA'"),
        ("x" * 58, "'" + "x" * 58 + "'"),
        ("x" * 59, "'" + "x" * 56 + "..."),
    ],
)
def test_a_cell_is_quoted_in_at_most_sixty_characters(cell, shown):
    (violation,) = one("{type: number}", [1.0, cell])
    assert f"x is {shown} (str), not" in violation.message


def test_the_table_itself_is_left_alone():
    table = medals(gold=[-1.0, 2.0, 3.0])
    before = table.copy(deep=True)
    check_results(table, medals_design())
    pd.testing.assert_frame_equal(table, before)
