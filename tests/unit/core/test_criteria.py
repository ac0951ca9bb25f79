"""A criterion passes only on a number that was measured and holds."""

import json
import math
from typing import Any

import numpy as np
import pytest

from assay.core.criteria import Criterion, all_passed, judge


@pytest.mark.parametrize("comparison", ["<", "<=", ">", ">=", "=="])
@pytest.mark.parametrize("value", [None, math.nan])
def test_what_was_not_measured_never_passes(value, comparison):
    assert not judge("x", value, comparison, 1.0).passed


@pytest.mark.parametrize("comparison", ["<", "<=", ">", ">=", "=="])
@pytest.mark.parametrize("threshold", [None, math.nan])
def test_no_threshold_is_never_met(comparison, threshold):
    assert not judge("x", 1.0, comparison, threshold).passed


@pytest.mark.parametrize(
    ("value", "comparison", "threshold", "passed"),
    [
        (1.05, "<", 1.05, False),
        (1.0499, "<", 1.05, True),
        (1e-8, "<=", 1e-8, True),
        (1.01e-8, "<=", 1e-8, False),
        (401, ">", 400, True),
        (399, ">=", 400, False),
        (1, "==", 0, False),
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


@pytest.mark.parametrize(
    ("number", "stored"), [(math.inf, "inf"), (math.nan, "nan"), (0.5, 0.5), (None, None), (3, 3)]
)
def test_only_numbers_that_json_has_no_word_for_become_strings(number, stored):
    assert judge("x", number, "<", 1.0).as_json()["value"] == stored
    assert judge("x", 1.0, "<", number).as_json()["threshold"] == stored


def test_a_criterion_gates_unless_it_is_a_remark():
    kept: dict[str, Any] = {"advice": "mend it", "where": "x[0]"}
    assert judge("x", 2, "<", 1).gates
    assert Criterion("x", 2, "<", 1, passed=False).gates
    assert not judge("x", 2, "<", 1, gates=False).gates
    assert judge("x", 2, "<", 1, **kept).advice == "mend it"
    assert judge("x", 0, "<", 1, **kept).advice == ""
    assert judge("x", 0, "<", 1, gates=False, **kept).advice == "mend it"


def test_no_gates_is_no_pass():
    assert not all_passed([])
    assert not all_passed([judge("note", 1, ">", 2, gates=False)])
    assert all_passed([judge("gate", 3, ">", 2), judge("note", 1, ">", 2, gates=False)])
    assert not all_passed([judge("gate", 1, ">", 2), judge("gate", 3, ">", 2)])


@pytest.mark.parametrize("value", [True, np.True_])
def test_truth_is_stored_as_a_number(value):
    found = judge("settled", value, "==", True)
    assert (found.value, found.threshold, found.passed) == (1, 1, True)
    assert (type(found.value), type(found.threshold)) == (int, int)
