"""What is proved within a tolerance, and how two answers are compared."""

import math

import numpy as np
import pytest
from convex_support import form

from assay.methods.convex import agreement
from assay.methods.convex.agreement import Agreement, compare
from assay.methods.convex.certificate import (
    Worst,
    infeasibility,
    measure_defects,
    optimality,
    prove,
    unboundedness,
)
from assay.methods.convex.scales import measure_scales

# Minimise -3x - 2y subject to x + y <= 4, x + 3y <= 9, x <= 3, x >= 0, y >= 0: -11 at (3, 1).
LP = form(
    np.zeros((2, 2)),
    [-3, -2],
    [[1, 1], [1, 3], [1, 0], [-1, 0], [0, -1]],
    [4, 9, 3, 0, 0],
    nonneg=5,
)


X, Z = np.array([3.0, 1.0]), np.array([2.0, 0, 1, 0, 0])


S = LP.b - LP.A @ X


def test_what_is_proved_is_proved_within_the_tolerance():
    z = Z + np.array([0, 1e-3, 0, 0, 0])
    value = optimality(LP, X, z, S).worst
    assert 0 < value < 1
    for tolerance, kind in ((value, "optimal"), (np.nextafter(value, 0), "unproven")):
        proof = prove(LP, X, z, S, tolerance)
        assert (proof.kind, proof.value, proof.index) == (kind, value, -1)
        assert proof.certificate == optimality(LP, X, z, S)


NOTHING = np.full(5, np.nan)


@pytest.mark.parametrize(
    ("x", "z", "s"), [(True, False, True), (False, True, True), (True, True, False)]
)
def test_an_answer_that_is_not_all_there_has_no_certificate(x, z, s):
    broken = np.array([math.nan, 1.0]), np.array([2.0, 0, math.inf, 0, 0]), NOTHING
    parts = [
        part if there else other
        for part, other, there in zip((X, Z, S), broken, (x, z, s), strict=True)
    ]
    proof = prove(LP, *parts, 1e-8)
    against = ([unboundedness(LP, X).value] if x else []) + (
        [infeasibility(LP, Z).value] if z else []
    )
    assert (proof.kind, proof.certificate, proof.index) == ("unproven", None, -1)
    assert proof.value == min(against)


def test_nothing_at_all_is_infinitely_far_from_a_proof():
    proof = prove(LP, NOTHING[:2], NOTHING, NOTHING, 1e-8)
    assert (proof.kind, proof.value, proof.certificate) == ("unproven", math.inf, None)


def test_infeasibility_is_proved_within_the_tolerance():
    p = form([[0]], [1], [[1], [-1]], [0, -1], nonneg=2)  # x <= 0 and x >= 1
    z = np.array([1.0, 1.001])
    found = infeasibility(p, z)
    assert found.value == pytest.approx(0.001 / 2.001)
    nothing = np.full(1, np.nan), z, np.full(2, np.nan)
    proof = prove(p, *nothing, found.value)
    assert (proof.kind, proof.value, proof.index) == ("infeasible", found.value, found.index)
    assert prove(p, *nothing, np.nextafter(found.value, 0)).kind == "unproven"
    assert infeasibility(p, np.zeros(2)) == Worst(math.inf, -1)
    assert infeasibility(p, np.array([1.0, 0.0])) == Worst(math.inf, -1)  # b'z is zero


def test_unboundedness_is_proved_within_the_tolerance():
    p = form(np.zeros((2, 2)), [-1, 0], [[-1, 1]], [1], nonneg=1)  # maximise x, x >= y - 1
    x = np.array([1.0, 1.001])
    found = unboundedness(p, x)
    assert found.index == 0
    nothing = x, np.full(1, np.nan), np.full(1, np.nan)
    proof = prove(p, *nothing, found.value)
    assert (proof.kind, proof.value, proof.index) == ("unbounded", found.value, 0)
    assert prove(p, *nothing, np.nextafter(found.value, 0)).kind == "unproven"
    assert unboundedness(p, np.zeros(2)) == Worst(math.inf, -1)
    assert unboundedness(p, np.array([0.0, -1.0])) == Worst(math.inf, -1)  # c'x is zero


def point(shift):
    x = X + np.array([0.0, shift])
    return x, Z, LP.b - LP.A @ x


@pytest.mark.parametrize("shift", [0.0, 1e-3, -1e-3, 0.5])
def test_two_answers_are_compared_by_their_objectives(shift):
    first, second = point(0.0), point(shift)
    found = compare(LP, first, second)
    assert found.difference == pytest.approx(2 * abs(shift) / 11)
    scales = [measure_scales(LP, *each) for each in (first, second)]
    defects = measure_defects(LP, *second, scales[1])
    effects = [
        defects.effect(each[1], its) for each, its in zip((first, second), scales, strict=True)
    ]
    assert found.resolution == pytest.approx(max(effects) / 11)


def test_each_answer_is_weighed_by_its_own_scales(monkeypatch):
    first, second = point(0.0), point(1e-3)
    given = {id(first[1]): measure_scales(LP, *first), id(second[1]): measure_scales(LP, *second)}
    asked = []

    class Weighed:
        def effect(self, z, scales):
            asked.append((z, scales))
            return 0.0

    def defects(problem, x, z, s, scales):
        asked.append((z, scales))
        return Weighed()

    monkeypatch.setattr(agreement, "measure_scales", lambda p, x, z, s: given[id(z)])
    monkeypatch.setattr(agreement, "measure_defects", defects)
    second = second[0], second[1].copy(), second[2]
    given[id(second[1])] = measure_scales(LP, *second)
    compare(LP, first, second)
    assert [id(z) for z, _ in asked] == [id(second[1]), id(first[1]), id(second[1])]
    assert all(scales is given[id(z)] for z, scales in asked)


def test_differences_are_relative_to_values_below_one_too():
    small = form([[0, 0]] * 2, 0.01 * LP.c, LP.A.toarray(), LP.b, nonneg=5)
    first, second = (X, 0.01 * Z, S), (X + np.array([0, 0.1]), 0.01 * Z, S)
    assert compare(small, first, second).difference == pytest.approx(0.2 / 11)


def test_a_second_answer_is_weighed_at_both_points():
    first = point(0.0)
    for factor in (0.1, 10.0):
        x, _, s = point(1e-3)
        second = x, factor * Z, s
        scales = [measure_scales(LP, *each) for each in (first, second)]
        defects = measure_defects(LP, *second, scales[1])
        effects = [defects.effect(Z, scales[0]), defects.effect(factor * Z, scales[1])]
        assert effects[0] != pytest.approx(effects[1])
        assert compare(LP, first, second).resolution == pytest.approx(max(effects) / 11)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_second_answer_that_is_not_finite_says_nothing(part):
    second = list(point(0.0))
    second[part] = second[part].copy()
    second[part][0] = np.nan
    found = compare(LP, point(0.0), tuple(second))
    assert (math.isnan(found.difference), found.resolution) == (True, math.inf)
    assert not found.usable


@pytest.mark.parametrize(
    ("resolution", "usable"), [(1e-4, True), (math.nextafter(1e-4, 1), False), (math.nan, False)]
)
def test_a_second_answer_is_known_to_a_ten_thousandth(resolution, usable):
    assert Agreement(0.0, resolution).usable is usable


def test_where_nothing_has_a_size_any_difference_is_infinite():
    nothing = form([[0]], [0], [[1]], [1], nonneg=1)
    here = np.zeros(1), np.zeros(1), np.ones(1)
    assert compare(nothing, here, here) == Agreement(0.0, 0.0)
    curved = form([[2]], [0], [[1]], [1], nonneg=1)
    there = np.full(1, 0.5), np.zeros(1), np.full(1, 0.5)
    assert compare(curved, here, there).difference == math.inf
