import cvxpy as cp
import numpy as np
import pytest
from convex_support import changed, small_lp, small_qp, train

from assay.errors import TrainingError
from assay.methods.base import Fit
from assay.methods.convex.recompute import differences, solve_again
from assay.methods.convex.settings import Training


def everything():
    x = cp.Variable(3, name="x", nonneg=True)
    X = cp.Variable((2, 2), name="X", PSD=True)
    return cp.Problem(
        cp.Minimize(cp.trace(X) + cp.norm(x - 1) + cp.sum(cp.exp(-x)) + 5),
        [X[0, 1] == 1, cp.sum(x) <= 2, cp.norm(x) <= 3],
    )


def knapsack():
    take = cp.Variable(3, name="take", boolean=True)
    return cp.Problem(cp.Maximize(np.arange(1, 4) @ take), [cp.sum(take) <= 2])


@pytest.mark.parametrize("build", [small_lp, small_qp, everything, knapsack])
def test_an_honest_fit_follows_from_its_problem(build):
    assert differences(build(), train(build())) == []


def test_a_fit_without_an_optimum_follows_too():
    x = cp.Variable(name="x")
    problem = cp.Problem(cp.Minimize(x), [x >= 1, x <= 0])
    assert differences(problem, train(problem)) == []


def test_values_that_do_not_follow_from_x_are_found():
    found = train(small_lp())
    assert differences(small_lp(), changed(found, **{"value/x": np.array([3.0, 1.001])})) == [
        "value/x"
    ]
    assert differences(small_lp(), changed(found, **{"value/y": np.ones(2)})) == ["value/y"]
    assert "dual/1" in differences(small_lp(), changed(found, **{"dual/1": np.array(7.0)}))
    lie = Fit(arrays=found.arrays, meta={**found.meta, "objective": 12.0})
    assert differences(small_lp(), lie) == ["objective"]


def test_another_problem_is_found():
    found = train(small_lp())
    harder = small_lp()
    harder = cp.Problem(harder.objective, [*harder.constraints[:2], harder.variables()[0][0] <= 2])
    assert differences(harder, found) == ["standard/b"]
    assert {"x", "z", "cones"} <= set(differences(small_qp(), found))


def test_a_bound_is_proved_again():
    objective, bound = solve_again(knapsack(), Training())
    assert objective == pytest.approx(5)
    assert bound == pytest.approx(5)
    k = cp.Variable(name="k", integer=True)
    assert np.isnan(solve_again(cp.Problem(cp.Minimize(k), [2 * k == 1]), Training())[0])


def test_a_model_that_no_longer_builds_a_problem_is_refused():
    with pytest.raises(TrainingError):
        differences(None, train(small_lp()))
