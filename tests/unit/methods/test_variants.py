"""Fits that need not make sense: places, signs, zeros and sizes change, shapes do not."""

import numpy as np
import pytest

from assay.core.fit import Fit
from assay.methods.variants import distorted, nudged


@pytest.mark.parametrize("leading", [0, 1, 2])
def test_shapes_and_types_stay(leading):
    rng = np.random.default_rng(1)
    arrays = {
        "x": rng.normal(size=(3, 4, 5)),
        "flag": rng.random((3, 4)) < 0.5,
        "count": np.arange(12).reshape(3, 4),
        "single": np.float32(2.5) * np.ones((3, 4), dtype=np.float32),
    }
    for other in distorted(arrays, rng, leading):
        assert {n: (x.shape, x.dtype) for n, x in other.items()} == {
            n: (x.shape, x.dtype) for n, x in arrays.items()
        }


def test_the_order_of_values_and_their_signs_change():
    arrays = {"x": np.array([1.0, 10.0, 100.0, 1000.0])}
    others = [other["x"] for other in distorted(arrays, np.random.default_rng(0))]
    assert any(other.argmax() != 3 and sorted(other) == sorted(arrays["x"]) for other in others)
    assert any((other < 0).all() for other in others)
    assert any((other == 0).any() for other in others)


def test_draws_are_treated_alike():
    arrays = {"x": np.tile([1.0, 10.0, 100.0], (4, 1))}
    for other in distorted(arrays, np.random.default_rng(0), leading=1):
        assert np.all(other["x"] == other["x"][0])


def test_each_is_made_when_asked_for_anew_and_alike():
    arrays = {"x": np.arange(1.0, 9.0)}
    others = distorted(arrays, np.random.default_rng(0))
    assert len(others) == len(list(others)) == 5
    first = others[3]["x"]
    again = others[3]["x"]
    assert np.array_equal(first, again)
    first[:] = 0
    assert np.array_equal(others[3:][0]["x"], again)
    with pytest.raises(IndexError):
        others[5]


def test_fits_nudged_differ_about_the_twelfth_digit_only():
    fit = Fit({"x": np.array([0.1, 0.0, 3.0]), "n": np.arange(3)}, {"objective": 0.1})
    for other in nudged(fit, np.random.default_rng(0)):
        assert other.arrays["x"][0] != 0.1
        np.testing.assert_allclose(other.arrays["x"], fit.arrays["x"], rtol=1.1e-12)
        assert list(other.arrays["x"][1:]) == [0.0, 3.0]
        assert other.arrays["n"] is fit.arrays["n"]
        assert other.meta["objective"] == pytest.approx(0.1, rel=1e-11)
