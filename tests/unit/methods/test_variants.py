"""Fits that need not make sense: places, signs, zeros and sizes change, shapes do not."""

import numpy as np
import pytest

from assay.methods.variants import distorted


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
