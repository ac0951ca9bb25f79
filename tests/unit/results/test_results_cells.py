"""Cells have the type and range of their column, however the table holds them."""

import decimal

import numpy as np
import pandas as pd
import pytest
from checked_tables import one

from assay.design.schema import Column
from assay.results.cells import as_written


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
            ["a", "NA", "nan", "None", " ", "Ö奖", np.str_("x"), "1", "x" * 100_000],
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


@pytest.mark.parametrize(
    ("kind", "cells", "written"),
    [
        ("number", [1, 0.5, "x", None], [1.0, 0.5, "x", None]),
        ("number", [1, 2], [1, 2]),
        ("number", [1.0, 2.0], [1.0, 2.0]),
        ("string", [1, 0.5], [1, 0.5]),
    ],
)
def test_one_float_makes_all_numbers_of_a_column_floats(kind, cells, written):
    found = as_written(cells, Column(type=kind))
    assert [(cell, type(cell)) for cell in found] == [(cell, type(cell)) for cell in written]
