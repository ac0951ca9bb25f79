"""A criterion passes only on a number that was measured and holds."""

import json
import math
from typing import Any

import numpy as np
import pytest

from assay.core.criteria import all_passed, judge


@pytest.mark.parametrize("comparison", ["<", "<=", ">", ">=", "=="])
@pytest.mark.parametrize("value", [None, math.nan])
def test_what_was_not_measured_never_passes(value, comparison):
    assert not judge("x", value, comparison, 1.0).passed


@pytest.mark.parametrize(
    ("value", "comparison", "threshold", "passed"),
    [
        (1.05, "<", 1.05, False),
        (1.0499, "<", 1.05, True),
        (0, "==", 0, True),
        ("infeasible", "==", "optimal", False),
        ("optimal", "==", "optimal", True),
        ("three", "<", 4, False),
        (400, ">", 400, False),
        (400, ">=", 400, True),
        (math.inf, "<", 1.0, False),
    ],
)
def test_comparisons(value, comparison, threshold, passed):
    assert judge("x", value, comparison, threshold).passed is passed


def test_numpy_numbers_become_plain_json():
    three: Any = np.int64(3)  # which passes for no int, to a type checker
    criterion = judge("x", three, "<=", float(np.float32(4)))
    assert criterion.passed is True
    json.dumps(criterion.as_json())


def test_no_gates_is_no_pass():
    assert not all_passed([])
    assert not all_passed([judge("note", 1, ">", 2, gates=False)])
    assert all_passed([judge("gate", 3, ">", 2), judge("note", 1, ">", 2, gates=False)])
    assert not all_passed([judge("gate", 1, ">", 2), judge("gate", 3, ">", 2)])
