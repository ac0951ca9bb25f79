"""Columns held against each other: rows that come and go, labels, numbers that are none."""

import numpy as np
import pandas as pd
import pytest

from assay.validation.columns import (
    cells,
    difference,
    is_label,
    movement,
    shared_difference,
    stays,
)


def test_another_order_is_no_change():
    table = pd.DataFrame({"name": ["a", "b"], "x": [1.0, 2.0]})
    first, second = (cells(t, "x", ["name"]) for t in (table, table.iloc[::-1]))
    assert difference(first, second) == movement(first, second) == 0


def test_rows_that_come_and_go_do_not_move_those_that_stay():
    first, second = {"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 5.0, "d": 1.0}
    assert movement(first, second) == shared_difference(first, second) == 0
    assert difference(first, second) == 1


def test_the_same_numbers_under_other_names_are_no_movement():
    assert movement({"a": 1.0, "b": 2.0}, {"c": 2.0, "d": 1.0}) == 0
    assert shared_difference({"a": 1.0}, {"c": 1.0}) is None
    assert movement({"a": 1.0, "b": 2.0}, {"c": 2.0, "d": 3.0}) == pytest.approx(1 / 3)


def test_a_number_that_is_none_any_more_has_moved():
    assert movement({"a": 1.0}, {"a": np.nan}) == 1
    assert movement({"a": np.nan}, {"a": np.nan}) == 1


def test_text_and_booleans_move_or_do_not():
    assert movement({"a": "x", "b": "y"}, {"a": "x", "b": "x"}) == 1
    assert movement({"a": True}, {"a": True}) == 0


def test_ranks_and_words_are_labels_and_measures_are_not():
    assert is_label({"a": 1.0, "b": 2.0})
    assert is_label({"a": "best", "b": True})
    assert not is_label({"a": 1.0, "b": 2.5})


def test_a_cell_with_a_trace_of_something_stays():
    assert stays(0.25, 0.25 + 1e-12, 1e-6)
    assert not stays(0.25, 0.26, 1e-6)
    assert stays("x", "x", 1e-6)
    assert not stays("x", 1.0, 1e-6)
