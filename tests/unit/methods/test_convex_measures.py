"""The numbers of a certificate against the same formulas written out plainly, row by row."""

import math
from typing import Any

import numpy as np
import pytest
from convex_support import form

from assay.methods.convex.certificate import (
    Optimality,
    Worst,
    infeasibility,
    optimality,
    unboundedness,
    worst,
)
from assay.methods.convex.cones import common_units, moves
from assay.methods.convex.scales import largest, measure_scales, ratio, row_maximum

COLUMNS = 4


# An equality, inequalities, second-order cones; and what lies behind them.
CONES = {"zero": 1, "nonneg": 3, "soc": (3, 2)}


WITH_OTHERS = ({"nonneg": 2, "soc": (2,), "exp": 1}, {"nonneg": 2, "exp": 1, "power": (0.3,)})


def problem(seed, *, quadratic=True, b=True, cost=True, cones=CONES):
    """Return a problem, x, z and s of random numbers, with zeros among them."""
    rng = np.random.default_rng(seed)
    rows = cones.get("zero", 0) + cones["nonneg"] + sum(cones.get("soc", ()))
    rows += 3 * cones.get("exp", 0) + 3 * len(cones.get("power", ()))
    a = rng.normal(size=(rows, COLUMNS)) * (rng.random((rows, COLUMNS)) < 0.5)
    a *= 10.0 ** rng.integers(-2, 3, size=(rows, 1))
    root = rng.normal(size=(COLUMNS, 2)) if quadratic else np.zeros((COLUMNS, 2))
    right = rng.normal(size=rows) * (rng.random(rows) < 0.6) if b else np.zeros(rows)
    c = rng.normal(size=COLUMNS) * (rng.random(COLUMNS) < 0.8) if cost else np.zeros(COLUMNS)
    made = form(root @ root.T, c, a, right, **cones)
    x = rng.normal(size=COLUMNS) * (rng.random(COLUMNS) < 0.7) * 10.0 ** rng.integers(-3, 3)
    z, s = rng.normal(size=(2, rows)) * (rng.random((2, rows)) < 0.7)
    return made, x, z, s


def of_no_value(seed, curve, *, at_zero=False):
    """Return a problem whose primal and dual value are zero, so that its floors count."""
    p, _, z, s = problem(seed, quadratic=False)
    rng = np.random.default_rng(seed)
    x = np.zeros(COLUMNS) if at_zero else rng.normal(size=COLUMNS)
    root = rng.normal(size=(COLUMNS, 2))
    matrix = curve * root @ root.T
    value = 0.5 * x @ matrix @ x
    c = np.zeros(COLUMNS) if curve else rng.normal(size=COLUMNS)
    if not at_zero:
        c = c - x * (c @ x + value) / (x @ x)
    z = z - p.b * (p.b @ z + value) / (p.b @ p.b)
    return form(matrix, c, p.A.toarray(), p.b, **CONES), x, (1e-3 if at_zero else 1.0) * z, s


PROBLEMS = [
    *(problem(seed) for seed in range(12)),
    *(problem(seed, quadratic=False) for seed in range(12)),
    *(problem(seed, b=False) for seed in range(6)),
    *(problem(seed, quadratic=False, b=False, cost=False) for seed in range(3)),
    *(problem(seed, cones=cones) for seed in range(6) for cones in WITH_OTHERS),
    *(of_no_value(seed, curve) for seed in range(4) for curve in (0.0, 1.0, -1.0)),
    *(of_no_value(seed, curve, at_zero=True) for seed in range(4) for curve in (0.0, -1.0)),
]


PROBLEMS += [(p, 0 * x, 0 * z, s) for p, x, z, s in PROBLEMS[:6]]


PROBLEMS += [(p, x, z, 0 * s) for p, x, z, s in PROBLEMS[24:30]]


def plain_primal_scales(p, x, s, reach):
    a, rows, linear = abs(p.A).toarray(), range(p.cones.rows), p.cones.linear
    own = np.array([max(abs(p.b[i]), abs(s[i]), 1e-3 * a[i] @ abs(x)) for i in rows])
    own = common_units(own, p.cones)
    sizes = []
    for j in range(COLUMNS):
        bounds = [
            own[i] / a[i, j]
            for i in range(linear + sum(p.cones.soc))
            if a[i, j] and own[i] > 0 and (np.count_nonzero(a[i]) > 1) == (i < linear)
        ]
        sizes.append(max(abs(x[j]), min(bounds, default=0.0)))
    floor = [max(1e-3 * size, 1e-5 * reach) for size in sizes]
    possible = [max(a[i] * floor) for i in rows]
    return common_units(np.maximum(own, possible), p.cones), np.array(sizes)


def plain_objective_unit(p, x, z, sizes):
    quadratic = x @ p.P.toarray() @ x
    contributions = [
        abs(p.c[j]) * sizes[j] + 0.5 * abs(p.P.toarray()[j, j]) * sizes[j] ** 2
        for j in range(COLUMNS)
    ]
    positive = [each for each in contributions if each > 0]
    return max(
        abs(0.5 * quadratic + p.c @ x),
        abs(0.5 * quadratic + p.b @ z),
        1e-2 * abs(p.c) @ abs(x),
        1e-2 * abs(quadratic),
        1e-6 * min(abs(p.b) @ abs(z), sum(contributions)),
        1e-6 * min(positive, default=0.0),
    )


def plain_scales(p, x, z, s):
    """Return the scales of rows, columns, multipliers, objective and variables."""
    unitless = not p.b.any()
    reach = max(abs(x).max(), 1.0 if unitless else 0.0)
    rows, sizes = plain_primal_scales(p, x, s, reach)
    unit = max(plain_objective_unit(p, x, z, sizes), abs(p.c).max() if unitless else 0.0)
    sizes = np.maximum(sizes, 1e-3 * reach)
    terms = abs(p.P).toarray() @ abs(x) + abs(p.A).toarray().T @ abs(z) + abs(p.c)
    effect = 1e-2 * unit
    columns = [max(terms[j], effect / sizes[j] if sizes[j] > 0 else 0.0) for j in range(COLUMNS)]
    least = [effect / row if row > 0 else 0.0 for row in rows]
    multipliers = common_units(np.maximum(abs(z), least), p.cones, dual=True)
    return rows, columns, multipliers, unit, sizes


@pytest.mark.parametrize("number", range(len(PROBLEMS)))
def test_scales_are_those_of_the_formulas(number):
    found = measure_scales(*PROBLEMS[number])
    rows, columns, multipliers, unit, sizes = plain_scales(*PROBLEMS[number])
    assert found.rows == pytest.approx(rows, rel=1e-12, abs=0)
    assert found.columns == pytest.approx(columns, rel=1e-12, abs=0)
    assert found.multipliers == pytest.approx(multipliers, rel=1e-12, abs=0)
    assert found.objective == pytest.approx(unit, rel=1e-12, abs=0)
    assert found.sizes == pytest.approx(sizes, rel=1e-12, abs=0)


def test_units_of_the_smallest_problem():
    # Minimise 3x subject to 2x >= 4, at x = 2: one variable, alone in its row.
    p = form([[0]], [3], [[-2]], [-4], nonneg=1)
    found = measure_scales(p, np.array([2.0]), np.array([1.5]), np.array([0.0]))
    assert (found.objective, found.rows.tolist(), found.sizes.tolist()) == (6.0, [4.0], [2.0])
    assert (found.columns.tolist(), found.multipliers.tolist()) == ([6.0], [1.5])


def test_an_objective_of_no_value_is_measured_by_its_multipliers():
    # At zero, where every variable could be 1, and b'z is zero but |b|'|z| is 0.6.
    p = form(np.zeros((2, 2)), [1, 1e-6], np.ones((4, 2)), [1, -1, 1, 1], nonneg=4)
    z = np.array([0.2, 0.2, 0.1, -0.1])
    assert measure_scales(p, np.zeros(2), z, np.zeros(4)).objective == pytest.approx(6e-7)


def test_rows_of_an_exponential_cone_tell_no_size():
    rows = [[0, 1], [0, 1], [0, 1], [1, 0], [0, 1], [0, 1]]
    p = form(np.zeros((2, 2)), [1, 1], rows, np.ones(6), nonneg=1, soc=(2,), exp=1)
    found = measure_scales(p, np.array([0.0, 1.0]), np.zeros(6), np.ones(6))
    assert found.sizes.tolist() == [1e-3, 1.0]  # the first as a share of the second


def test_nothing_has_no_size():
    assert largest(np.zeros(0)) == 0.0
    assert largest(np.array([1.0, -3.0])) == 3.0
    assert ratio(np.array([0.0, 0, -1, 2]), np.array([0.0, 1, 0, 4])).tolist() == [
        0,
        0,
        math.inf,
        0.5,
    ]
    p = form([[0, 0]], [1, 1], [[1, 5], [0, 0], [3, 2]], [1, 1, 1], nonneg=3)
    assert row_maximum(abs(p.A)).tolist() == [5, 0, 3]


def ratios(numbers, scales):
    each = [
        0.0 if n == 0 else (n / k if k else math.inf) for n, k in zip(numbers, scales, strict=True)
    ]
    return max(each)


@pytest.mark.parametrize("number", range(len(PROBLEMS)))
def test_a_certificate_is_that_of_the_formulas(number):
    p, x, z, s = PROBLEMS[number]
    a, q = p.A.toarray(), p.P.toarray()
    rows, columns, multipliers, unit, sizes = plain_scales(p, x, z, s)
    primal, dual = abs(a @ x + s - p.b), abs(q @ x + a.T @ z + p.c)
    outside = moves(s, p.cones, rows)
    beyond = moves(z, p.cones, multipliers, dual=True)
    gap = abs(x @ q @ x + p.c @ x + p.b @ z)
    error = gap + sizes @ dual + abs(z) @ (primal + outside) + rows @ beyond
    found = optimality(p, x, z, s)
    assert found.primal_residual.value == pytest.approx(ratios(primal, rows))
    assert found.dual_residual.value == pytest.approx(ratios(dual, columns))
    assert found.slack_outside.value == pytest.approx(ratios(outside, rows))
    assert found.multiplier_outside.value == pytest.approx(ratios(beyond, multipliers))
    assert found.duality_gap == pytest.approx(ratios([gap], [unit]), abs=1e-9)
    assert found.objective_error == pytest.approx(ratios([error], [unit]))
    assert found.unit == pytest.approx(unit)
    assert found.objective == pytest.approx(0.5 * x @ q @ x + p.c @ x)


def plain_repair(a, cost, defects):
    """Return what it costs to mend each row's defect by its cheapest variable."""
    total = 0.0
    for i, defect in enumerate(defects):
        prices = [abs(cost[j]) / a[i, j] for j in range(a.shape[1]) if a[i, j]]
        total += min(prices, default=0.0) * defect
    return total


@pytest.mark.parametrize("number", range(24))
def test_a_proof_of_infeasibility_is_that_of_the_formula(number):
    p, _, z, _ = PROBLEMS[number]
    for sign in (1, -1):
        y = sign * z
        fall = -p.b @ y
        found = infeasibility(p, y)
        if not fall > 0:
            assert (found.value, found.index) == (math.inf, -1)
            continue
        a, size = abs(p.A).toarray(), abs(y).max()
        units = common_units(np.maximum(abs(y), 1e-3 * size), p.cones, dual=True)
        outside = moves(y, p.cones, units, dual=True)
        defects = abs(p.A.T @ y)
        terms = np.maximum(a.T @ abs(y), 1e-3 * a.max(axis=0) * size)
        weakest = max(ratios(defects, terms), ratios(outside, units))
        repair = plain_repair(a.T, p.b, defects) + abs(p.b) @ outside
        strength = abs(p.b) @ abs(y) / fall
        assert found.value == pytest.approx(max(weakest * strength, repair / fall))


@pytest.mark.parametrize("number", range(24))
def test_a_proof_of_unboundedness_is_that_of_the_formula(number):
    p, x, _, _ = PROBLEMS[number]
    for sign in (1, -1):
        y = sign * x
        fall = -p.c @ y
        found = unboundedness(p, y)
        if not fall > 0:
            assert (found.value, found.index) == (math.inf, -1)
            continue
        a, q, size = abs(p.A).toarray(), abs(p.P).toarray(), abs(y).max()
        units = common_units(np.maximum(abs(p.A @ y), 1e-3 * a.max(axis=1) * size), p.cones)
        outside = moves(-(p.A @ y), p.cones, units)
        terms = np.maximum(q @ abs(y), 1e-3 * q.max(axis=1) * size)
        weakest = max(ratios(abs(p.P @ y), terms), ratios(outside, units))
        repair = plain_repair(a, p.c, outside)
        strength = abs(p.c) @ abs(y) / fall
        assert found.value == pytest.approx(max(weakest * strength, repair / fall))


def test_a_row_that_no_variable_can_mend_costs_nothing():
    # Of t >= |u| only u has a variable: along it the cone is left, which moving x mends in part.
    p = form([[0]], [-2], [[0], [1]], [0, 0], soc=(2,))
    assert unboundedness(p, np.ones(1)).value == pytest.approx(max(0.5, 2 * 0.5 / 2))
    cheap = form([[0]], [-2e-3], [[0], [1e3]], [0, 0], soc=(2,))
    assert unboundedness(cheap, np.ones(1)).value == pytest.approx(0.5)


def test_the_worst_ratio_has_a_place():
    assert worst(np.zeros(0), np.zeros(0)) == Worst(0.0, -1)
    assert worst(np.array([1.0, -6, 2]), np.array([1.0, 2, 1])) == Worst(3.0, 1)
    assert worst(np.array([1.0, np.nan, 9]), np.ones(3)) == Worst(math.inf, 1)


NUMBERS: dict[str, Any] = {
    "primal_residual": Worst(0.0, -1),
    "dual_residual": Worst(0.0, -1),
    "duality_gap": 0.0,
    "objective_error": 0.0,
    "slack_outside": Worst(0.0, -1),
    "multiplier_outside": Worst(0.0, -1),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_worst_number_counts_and_the_error_for_a_hundredth(name):
    for value in (3.0, math.inf, math.nan):
        wrapped = Worst(value, 1) if isinstance(NUMBERS[name], Worst) else value
        found = Optimality(**{**NUMBERS, name: wrapped}, objective=9.0, unit=9.0).worst
        if math.isfinite(value):
            assert found == (0.03 if name == "objective_error" else 3.0)
        else:
            assert found == math.inf
