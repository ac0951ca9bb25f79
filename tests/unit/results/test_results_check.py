"""Every sanity check fails on what it is for, passes what is right, and reports all it finds."""

import decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.design import parse_design
from assay.results.check import check_results
from sample_designs import good, with_results


def medals_design(**changes):
    return parse_design(Path("model_design_1.md"), good(**changes).encode())


def medals(**changes):
    table = {
        "noc": ["NA", "Ö", "USA"],
        "gold": [3.0, 1.0, 40.0],
        "silver": [2.0, 0.0, 44.0],
        "bronze": [0.5, 2.0, 42.0],
        "total": [5.5, 3.0, 126.0],
        "lower": [4.0, 2.0, 110.0],
        "upper": [7.0, 3.0, 140.0],
    }
    return pd.DataFrame({**table, **changes})


def checks(table, design=None):
    return [(v.check, v.column, v.row) for v in check_results(table, design or medals_design())]


def one(kind, values, *, extra=""):
    """Check a table of a key and one column x with the column's design given."""
    design = with_results(
        f"  key: [k]\n  columns: {{k: {{type: string}}, x: {kind}}}\n  constant: [x]\n{extra}"
    )
    names = [f"r{i}" for i in range(len(values))]
    column = pd.Series(values, dtype=object) if isinstance(values, list) else values
    return check_results(pd.DataFrame({"k": names, "x": column}), design)


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
    assert checks(medals().iloc[:0].drop(columns="gold")) == [
        ("columns", "gold", None),
        ("empty", "", None),
    ]


def test_missing_extra_and_duplicate_columns():
    assert checks(medals().drop(columns="gold")) == [("columns", "gold", None)]
    assert checks(medals(iron=1.0)) == [("columns", "iron", None)]
    twice = pd.concat([medals(), medals()[["gold"]]], axis=1)
    assert checks(twice) == [("columns", "gold", None)]
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


class Exotic:
    """Something that is no value."""


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (
            "{type: number, min: null}",
            [1, 2.5, -3, np.float32(1.5), np.int8(3), -0.0],
            ["1", True, np.bool_(True), decimal.Decimal(1), 1j, [1], "", Exotic()],
        ),
        (
            "{type: integer, min: null}",
            [1, 2.0, -3, np.int64(5), np.float64(4), 10**20],
            ["1", 1.5, True, np.float64(0.1), pd.Timestamp(0)],
        ),
        (
            "{type: string}",
            ["a", "NA", "nan", "None", " ", "Ö奖", np.str_("x"), "1"],
            ["", 1, 1.5, True, b"bytes", "nul\0", "\ud800", "x" * 100_001],
        ),
        ("{type: boolean}", [True, False, np.bool_(True)], [0, 1, "True", 1.0, "yes"]),
    ],
)
def test_types_are_exact_cell_by_cell(kind, right, wrong):
    assert one(kind, right) == []
    found = one(kind, [*right, *wrong])
    assert [(v.check, v.row) for v in found] == [
        ("type", len(right) + place) for place in range(len(wrong))
    ]


@pytest.mark.parametrize(
    "column",
    [
        np.array([1, 2], dtype=np.int16),
        np.array([1.5, 2], dtype=np.float32),
        pd.Series([1, 2], dtype="Int64"),
        pd.Series([1.5, 2.5], dtype="Float64"),
        pd.Series([1.5, 2.5], dtype="float64[pyarrow]"),
        np.array([2**63 + 5, 1], dtype=np.uint64),
    ],
)
def test_number_columns_of_every_dtype_pass(column):
    assert one("{type: number}", column) == []


@pytest.mark.parametrize(
    "column",
    [
        np.array([True, False]),
        np.array(["1", "2"]),
        pd.Series(["1", "2"], dtype="string"),
        pd.Series(["1", "2"], dtype="category"),
        pd.to_datetime(pd.Series(["2020-01-01", "2020-01-02"])),
        np.array([1j, 2j]),
    ],
)
def test_number_columns_of_other_dtypes_fail(column):
    assert [v.check for v in one("{type: number}", column)] == ["type", "type"]


@pytest.mark.parametrize("kind", ["number", "integer", "string", "boolean"])
@pytest.mark.parametrize("cell", [None, np.nan, pd.NA, pd.NaT, np.float32("nan")])
def test_missing_cells_of_every_kind_are_missing(kind, cell):
    good_cell = {"number": 1.5, "integer": 2, "string": "a", "boolean": True}[kind]
    found = one(f"{{type: {kind}}}", [good_cell, cell])
    assert [(v.check, v.row) for v in found] == [("missing", 1)]


@pytest.mark.parametrize("cell", [np.inf, -np.inf, 10**400, np.float32("inf")])
@pytest.mark.parametrize("kind", ["number", "integer"])
def test_infinite_cells_are_infinite_and_nothing_else(kind, cell):
    assert [(v.check, v.row) for v in one(f"{{type: {kind}, max: 5}}", [1, cell])] == [
        ("infinite", 1)
    ]


@pytest.mark.parametrize("cell", [np.inf, -np.inf, np.nan])
def test_without_bounds_numbers_are_finite_all_the_same(cell):
    check = "missing" if np.isnan(cell) else "infinite"
    for kind in ("number", "integer"):
        found = one(f"{{type: {kind}, min: null}}", [1.0, cell])
        assert [(v.check, v.row) for v in found] == [(check, 1)]


@pytest.mark.parametrize(
    ("bounds", "values", "found"),
    [
        ("", [0, -1e-300, 5], [("minimum", 1)]),
        (", min: null", [-5, 1], []),
        (", min: 2", [2, 1.999], [("minimum", 1)]),
        (", min: -2", [-2, -2.1], [("minimum", 1)]),
        (", max: 60", [60, 60.0001], [("maximum", 1)]),
        (", min: 1, max: 1", [1, 0, 2], [("minimum", 1), ("maximum", 2)]),
    ],
)
def test_ranges_include_their_ends(bounds, values, found):
    for kind in ("number", "integer"):
        if kind == "number" or all(float(v).is_integer() for v in values):
            result = one(f"{{type: {kind}{bounds}}}", values)
            assert [(v.check, v.row) for v in result] == found


def test_the_message_of_a_range_names_the_bound():
    (violation,) = one("{type: number, min: 2}", [2, 1.5])
    assert "row 1 (k=r1): x is 1.5, below the design's minimum 2" in violation.message


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
    ("rows", "fine"),
    [("3", True), ("[1, 3]", True), ("[3, 9]", True), ("4", False), ("[4, 9]", False)],
)
def test_the_number_of_rows_is_the_expected_one(rows, fine):
    design = medals_design(**{"rows: 3 ": f"rows: {rows} "})
    found = check_results(medals(), design)
    assert [v.check for v in found] == ([] if fine else ["rows"])


def test_strange_text_in_a_message_stays_on_its_line():
    found = check_results(
        medals(noc=["a\nb", "c" * 200, "d"], gold=[-1.0, -1.0, -1.0]), medals_design()
    )
    assert all(len(v.message.splitlines()) == 1 for v in found)
    assert all(len(v.message) < 300 for v in found)


def test_the_table_itself_is_left_alone():
    table = medals(gold=[-1.0, 2.0, 3.0])
    before = table.copy(deep=True)
    check_results(table, medals_design())
    pd.testing.assert_frame_equal(table, before)
