"""Arrays agree to the last bit or not at all, and the first place where they do not is named."""

import numpy as np
import pytest

from assay.methods.exact import identical, same

STORED = {"a": np.arange(6.0).reshape(2, 3), "b": np.array(7), "c": np.zeros((0, 2))}


def judged(**changes):
    found = {name: values for name, values in {**STORED, **changes}.items() if values is not None}
    return same("replay", STORED, found, "look again")


def test_the_same_bytes_agree():
    criterion = judged(a=STORED["a"].copy())
    assert (criterion.passed, criterion.value, criterion.where) == (True, 0, "")


@pytest.mark.parametrize(
    ("changes", "value", "where"),
    [
        ({"a": np.array([[0.0, 1, 2], [3, 4, np.nextafter(5, 6)]])}, 1, "a[1,2]"),
        ({"a": np.array([[-0.0, 1, 2], [3, 4, 5]])}, 1, "a[0,0]"),
        ({"a": STORED["a"] + 1}, 6, "a[0,0]"),
        ({"b": np.array(8)}, 1, "b"),
        ({"a": np.full((2, 3), np.nan), "b": np.array(8)}, 7, "a[0,0]"),
        ({"a": STORED["a"].astype(np.float32)}, 6, "a is float32 (2, 3), not float64 (2, 3)"),
        ({"a": STORED["a"].reshape(3, 2)}, 6, "a is float64 (3, 2), not float64 (2, 3)"),
        ({"a": np.arange(8.0)}, 8, "a is float64 (8,), not float64 (2, 3)"),
        ({"b": np.zeros((0, 3))}, 1, "b is float64 (0, 3), not int64 ()"),
        ({"c": np.zeros((0, 3))}, 1, "c is float64 (0, 3), not float64 (0, 2)"),
        ({"a": None}, 6, "a is missing"),
        ({"c": None}, 1, "c is missing"),
        ({"d": np.ones(4)}, 4, "d should not be there"),
        ({"d": np.ones(0)}, 1, "d should not be there"),
    ],
)
def test_every_difference_is_counted_and_the_first_is_named(changes, value, where):
    criterion = judged(**changes)
    assert (criterion.passed, criterion.value, criterion.where) == (False, value, where)


def test_nothing_to_compare_is_no_agreement():
    criterion = same("replay", {}, {}, "")
    assert (criterion.value, criterion.comparison, criterion.threshold) == (None, "==", 0)
    assert not criterion.passed
    assert not same("replay", {}, {"a": np.ones(1)}, "").passed


def test_every_nan_is_its_own_bytes():
    assert identical(np.array([np.nan]), np.array([np.nan]))
    assert not identical(np.array([np.nan]), np.array([-np.nan]))


def test_identical_arrays_are_both_there():
    one = STORED["a"]
    assert identical(one, one.copy())
    assert not identical(one, None)
    assert not identical(None, one)
    assert not identical(None, None)
    assert not identical(one, one + 1)
    assert identical(np.asfortranarray(one), one)
