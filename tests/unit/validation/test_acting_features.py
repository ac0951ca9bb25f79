"""Features files: data are recognised as such, calls are not."""

import collections
import datetime
import os
import pickle
import zoneinfo

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import xarray

from assay.modelcode.pickles import is_data, named_in

ZONE = zoneinfo.ZoneInfo("UTC")
FRAME = pd.DataFrame(
    {
        "number": [1.0, 2.0],
        "text": ["x", "y"],
        "day": pd.date_range("2020-01-01", periods=2, tz=ZONE),
        "kind": pd.Categorical(["u", "v"]),
        "month": pd.period_range("2020-01", periods=2, freq="M"),
        "whole": pd.array([1, None], dtype="Int64"),
        "flag": pd.array([True, None], dtype="boolean"),
    }
)
DATA = [
    FRAME,
    FRAME.set_index(["text", "day"]),
    np.arange(3),
    np.float64(2),
    np.array(["a", None], dtype=object),
    np.ma.array([1, 2], mask=[False, True]),
    {"a": [1, (2, 3.5)], "b": {1}, "c": frozenset("x"), "d": 2j, "e": range(3), "f": b"x"},
    datetime.datetime(2020, 1, 1, tzinfo=ZONE),
    collections.OrderedDict(a=collections.Counter("aab")),
    collections.defaultdict(list, {1: [2]}),
    scipy.sparse.csr_array(np.eye(3)),
    xarray.Dataset({"a": ("x", [1, 2])}, coords={"x": [0, 1]}),
    pd.Timestamp("2020-01-01", tz="UTC"),
    pd.NA,
]


class Call:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("thing", DATA, ids=lambda thing: type(thing).__name__)
def test_data_name_nothing_else(thing, protocol):
    named = named_in(pickle.dumps(thing, protocol=protocol))
    assert [name for name in named if not is_data(*name)] == []


@pytest.mark.parametrize("function", [os.system, eval, np.load, pd.read_pickle, zoneinfo.ZoneInfo])
def test_calls_are_noticed_and_not_made(function, tmp_path):
    made = tmp_path / "made"
    content = pickle.dumps([FRAME, Call(function, f"touch {made}")])
    odd = [name for name in named_in(content) if not is_data(*name)]
    assert bool(odd) == (function is not zoneinfo.ZoneInfo)
    assert not made.exists()


@pytest.mark.parametrize("owner", [str, np.ndarray, pd.DataFrame])
def test_members_of_a_class_are_noticed(owner):
    content = pickle.dumps(Call(getattr, owner, "__subclasses__"))
    assert [name for name in named_in(content) if not is_data(*name)]


@pytest.mark.parametrize(
    ("module", "name"),
    [("numpy.f2py", "subprocess.Popen"), ("numpy", "testing"), ("pandas.core.common", "os")],
)
def test_what_a_library_imports_is_no_data(module, name):
    assert not is_data(module, name)
