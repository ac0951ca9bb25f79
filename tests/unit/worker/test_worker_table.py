"""The results table crosses to the recorder as data, whatever the model put into it."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import TrainingError
from assay.worker.table import read_table, write_table


def cross(table, tmp_path):
    write_table(tmp_path / "results.json", table)
    return read_table(tmp_path / "results.json")


def test_plain_columns_arrive_unchanged(tmp_path):
    table = pd.DataFrame(
        {
            "noc": ["NA", "Österreich", ""],
            "x": [0.1, np.nan, np.inf],
            "n": np.array([1, 2, 3], dtype=np.int32),
            "b": [True, False, True],
        }
    )
    back = cross(table, tmp_path)
    assert back["noc"].tolist() == ["NA", "Österreich", ""]
    assert back["x"].tolist()[0] == 0.1
    assert np.isnan(back["x"][1])
    assert np.isinf(back["x"][2])
    assert back["n"].tolist() == [1, 2, 3]
    assert back["b"].dtype == bool


def test_mixed_missing_and_strange_cells_stay_visible(tmp_path):
    table = pd.DataFrame({"x": [1, "two", None, pd.NaT, {"a": 1}, np.float64(2.5)]}, dtype=object)
    assert cross(table, tmp_path)["x"].tolist() == [1, "two", None, None, "dict {'a': 1}", 2.5]


def test_duplicate_column_names_and_no_rows_arrive(tmp_path):
    table = pd.DataFrame([[1.0, 2.0]], columns=["x", "x"])
    assert list(cross(table, tmp_path).columns) == ["x", "x"]
    assert len(cross(table.iloc[:0], tmp_path)) == 0


def test_what_is_no_table_is_refused_in_words(tmp_path):
    with pytest.raises(TrainingError, match=r"returned list, not a pandas\.DataFrame"):
        write_table(tmp_path / "results.json", [1, 2])
