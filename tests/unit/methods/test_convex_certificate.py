import numpy as np
import pytest
from convex_support import form

from assay.methods.convex.certificate import infeasibility, optimality, prove, unboundedness

TOLERANCE = 1e-8

# Minimise -3x - 2y subject to x + y <= 4, x + 3y <= 9, x <= 3, x >= 0, y >= 0.
LP = form(
    np.zeros((2, 2)),
    [-3, -2],
    [[1, 1], [1, 3], [1, 0], [-1, 0], [0, -1]],
    [4, 9, 3, 0, 0],
    nonneg=5,
)
X, Z = np.array([3.0, 1.0]), np.array([2.0, 0, 1, 0, 0])


def slack(problem, x):
    return problem.b - problem.A @ x


def worst(problem, x, z, s=None):
    return optimality(problem, x, z, slack(problem, x) if s is None else s).worst


def test_an_optimum_proves_itself():
    found = optimality(LP, X, Z, slack(LP, X))
    assert found.worst == 0
    assert found.objective == -11
    assert prove(LP, X, Z, slack(LP, X), TOLERANCE).kind == "optimal"


@pytest.mark.parametrize(
    "x",
    [
        X * (1 + 1e-4),
        X * (1 - 1e-4),
        X + np.array([0, 1e-4]),
        X - np.array([1e-4, 0]),
        [2.9, 1.1],
        [0, 0],
        [4, 0],
    ],
    ids=["larger", "smaller", "beyond", "before", "early", "origin", "another vertex"],
)
def test_another_point_does_not(x):
    x = np.asarray(x, dtype=float)
    for s in (slack(LP, x), np.maximum(slack(LP, x), 0)):
        assert worst(LP, x, Z, s) > 1e-6
        assert prove(LP, x, Z, s, TOLERANCE).kind == "unproven"


@pytest.mark.parametrize("z", [Z * 1.0001, Z + np.array([0, 1e-4, 0, 0, 0]), -Z, np.zeros(5)])
def test_other_multipliers_do_not(z):
    assert worst(LP, X, z) > 1e-6


def test_each_defect_has_its_number_and_place():
    broken = optimality(
        LP, X + np.array([0, 0.5]), Z, np.maximum(slack(LP, X + np.array([0, 0.5])), 0)
    )
    assert broken.primal_residual.index == 0
    assert optimality(LP, X, Z, slack(LP, X) - [0, 0, 0, 0, 3]).slack_outside.index == 4
    assert optimality(LP, X, Z + np.array([0, 0, 0, 0, 1]), slack(LP, X)).dual_residual.index == 1
    assert (
        optimality(LP, X, Z - np.array([0, 1, 0, 0, 0]), slack(LP, X)).multiplier_outside.index == 1
    )


def test_nan_proves_nothing():
    assert worst(LP, X * np.nan, Z) == np.inf
    assert prove(LP, X * np.nan, Z, slack(LP, X), TOLERANCE).kind == "unproven"


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e5, 1e9])
def test_numbers_do_not_depend_on_units(unit):
    rows = np.array([1, unit, 1, 1 / unit, 1])
    other = form(
        np.zeros((2, 2)), LP.c * unit, LP.A.toarray() * rows[:, None], LP.b * rows, nonneg=5
    )
    x = X * (1 + 1e-5)
    mine, its = (
        optimality(LP, x, Z, slack(LP, x)),
        optimality(other, x, Z * unit / rows, slack(other, x)),
    )
    assert its.duality_gap == pytest.approx(mine.duality_gap, rel=1e-6)
    assert its.slack_outside.value == pytest.approx(mine.slack_outside.value, rel=1e-6)
    assert worst(other, X, Z * unit / rows) < TOLERANCE


def test_a_large_row_does_not_excuse_a_small_one():
    problem = form(np.zeros((2, 2)), [-1, -1], [[1, 0], [0, 1]], [1e9, 1], nonneg=2)
    z = np.ones(2)
    assert worst(problem, np.array([1e9, 1]), z) < TOLERANCE
    assert worst(problem, np.array([1e9, 1.01]), z) > TOLERANCE


def test_an_optimum_of_zero_is_measured_by_the_problems_own_size():
    # Minimise t subject to |x - 1000| <= t: 0 at 1000.
    problem = form(np.zeros((2, 2)), [1, 0], [[-1, 0], [0, -1]], [0, -1000], soc=(2,))
    x, z = np.array([0.0, 1000.0]), np.array([1.0, 0.0])
    assert worst(problem, x, z) < TOLERANCE
    assert worst(problem, np.array([1e-13, 1000.0]), z) < TOLERANCE
    assert worst(problem, np.array([1e-4, 1000.0]), z) > TOLERANCE


def test_huge_multipliers_of_redundant_constraints_excuse_nothing():
    # x + y == 1 twice, x, y >= 0, minimise x + 2y: 1 at (1, 0), while 2 at (0, 1).
    problem = form(
        np.zeros((2, 2)), [1, 2], [[1, 1], [1, 1], [-1, 0], [0, -1]], [1, 1, 0, 0],
        zero=2, nonneg=2,
    )  # fmt: skip
    good = np.array([-1.0, 0, 0, 1])
    assert worst(problem, np.array([1.0, 0]), good) < TOLERANCE
    for size in (1e4, 1e8, 1e12):
        bad = np.array([-2.0 + size, -size, 0, 0])  # would make (0, 1) optimal but for x
        assert worst(problem, np.array([0.0, 1]), bad) > 1e-6


def test_a_large_point_cannot_hide_a_small_cost():
    # Minimise y + x²/2·1e-16 with x free and y >= -1: residuals of y must not be excused by x.
    problem = form(np.diag([1e-16, 0]), [-1, 1], [[0, -1]], [1], nonneg=1)
    x = np.array([1e16, -1.0])
    assert worst(problem, x, np.array([1.0])) < TOLERANCE
    assert worst(problem, x * [1, -1], np.array([0.0])) > TOLERANCE


INFEASIBLE = form(np.zeros((1, 1)), [1], [[1], [-1]], [0, -1], nonneg=2)  # x <= 0 and x >= 1


def test_infeasibility_is_proved_by_farkas():
    z = np.array([1.0, 1.0])
    assert infeasibility(INFEASIBLE, z).value == 0
    assert infeasibility(INFEASIBLE, 1e6 * z).value == 0
    nothing = np.full(1, np.nan)
    assert prove(INFEASIBLE, nothing, z, np.full(2, np.nan), TOLERANCE).kind == "infeasible"


@pytest.mark.parametrize("z", [[1, 0.9], [1, -1], [-1, -1], [0, 0], [1, np.nan]])
def test_other_multipliers_prove_no_infeasibility(z):
    assert not infeasibility(INFEASIBLE, np.asarray(z, dtype=float)).value <= TOLERANCE


def test_a_feasible_problem_is_never_infeasible():
    rng = np.random.default_rng(5)
    assert all(infeasibility(LP, rng.random(5)).value > TOLERANCE for _ in range(200))


UNBOUNDED = form(np.zeros((2, 2)), [-1, 0], [[-1, 1]], [1], nonneg=1)  # maximise x, x >= y - 1


def test_unboundedness_is_proved_by_a_direction():
    assert unboundedness(UNBOUNDED, np.array([1.0, 0.5])).value == 0
    assert unboundedness(UNBOUNDED, np.array([1.0, 2.0])).value > TOLERANCE
    assert unboundedness(UNBOUNDED, np.array([-1.0, -2.0])).value == np.inf
    curved = form(np.diag([1.0, 0]), [-1, 0], [[-1, 1]], [1], nonneg=1)
    assert unboundedness(curved, np.array([1.0, 0.5])).value > TOLERANCE


def test_a_slow_descent_is_no_direction():
    # Minimise t subject to t >= exp(q): the infimum 0 is not attained, nothing is unbounded.
    problem = form(np.zeros((2, 2)), [0, 1], [[-1, 0], [0, 0], [0, -1]], [0, 1, 0], exp=1)
    assert unboundedness(problem, np.array([-29.0, -1e-13])).value > TOLERANCE


def test_an_enormous_point_is_seen_as_a_direction():
    x = np.array([1e16, 0.0])
    assert prove(UNBOUNDED, x, np.zeros(1), slack(UNBOUNDED, x), TOLERANCE).kind == "unbounded"
