"""Arrays and fits that are stored can be read back, and are never pickled."""

import numpy as np
import pytest

from assay.core.fit import Fit
from assay.evidence.arrays import load_arrays, load_fit, save_arrays, save_fit


def test_arrays_round_trip_and_same_arrays_give_same_bytes(tmp_path):
    arrays = {"value/x": np.arange(3.0), "name": np.array(["ä", "b"]), "flag": np.array(True)}
    save_arrays(tmp_path / "a.npz", arrays)
    save_arrays(tmp_path / "b.npz", arrays)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    back = load_arrays(tmp_path / "a.npz")
    assert {name: values.tolist() for name, values in back.items()} == {
        name: values.tolist() for name, values in arrays.items()
    }


def test_objects_are_never_pickled(tmp_path):
    with pytest.raises(ValueError, match="x: Python objects"):
        save_arrays(tmp_path / "a.npz", {"x": np.array([{}], dtype=object)})
    assert not (tmp_path / "a.npz").exists()


def test_fit_round_trip(tmp_path):
    save_fit(tmp_path, Fit(arrays={"x": np.ones(2)}, meta={"status": "optimal", "größe": 1.5}))
    back = load_fit(tmp_path)
    assert back.meta == {"status": "optimal", "größe": 1.5}
    assert back.arrays["x"].tolist() == [1.0, 1.0]
