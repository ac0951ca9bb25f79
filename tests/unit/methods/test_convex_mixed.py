import cvxpy as cp
import numpy as np
import pytest
from convex_support import changed, failed, judged, train

from assay.core.errors import TrainingError
from assay.methods.convex.canonical import canonicalise
from assay.methods.convex.mixed import certify, complete, fix_integers
from assay.methods.convex.solve import solve_form, solver_order

VALUES, WEIGHTS = np.array([10.0, 13, 7, 8, 12]), np.array([3.0, 4, 2, 3, 5])


def knapsack():
    """Take items of weight at most 10: the first, second and fourth or the like, worth 31."""
    take = cp.Variable(5, name="take", boolean=True)
    return cp.Problem(cp.Maximize(VALUES @ take), [WEIGHTS @ take <= 10])


def facility():
    """Open one or both of two sites (cost 10, 8) to serve three clients."""
    site = cp.Variable(2, name="site", boolean=True)
    ship = cp.Variable((2, 3), name="ship", nonneg=True)
    distance = np.array([[1.0, 2, 6], [5, 2, 1]])
    return cp.Problem(
        cp.Minimize(np.array([10, 8]) @ site + cp.sum(cp.multiply(distance, ship))),
        [cp.sum(ship, axis=0) == 1, cp.sum(ship, axis=1) <= 3 * site],
    )


def cardinality():
    w, held = cp.Variable(3, name="w", nonneg=True), cp.Variable(3, name="held", boolean=True)
    sigma = np.diag([1.0, 2.0, 4.0])
    return cp.Problem(
        cp.Minimize(cp.quad_form(w, sigma)), [cp.sum(w) == 1, w <= held, cp.sum(held) <= 2]
    )


def cone():
    x, k = cp.Variable(2, name="x"), cp.Variable(2, name="k", boolean=True)
    return cp.Problem(
        cp.Minimize(cp.norm(x - np.array([0.9, 0.4])) + cp.sum(k) / 4),
        [cp.abs(x) <= k],
    )


CASES = [
    (knapsack, "MILP", 31.0),
    (facility, "MILP", 8 + 5 + 2 + 1),
    (cardinality, "MIQP", 2 / 3),
    (cone, "MISOCP", 0.5),
]


@pytest.mark.parametrize(("build", "problem_class", "expected"), CASES)
def test_mixed_integer_problems_are_solved_and_pass(build, problem_class, expected):
    found = train(build())
    assert found.meta["problem_class"] == problem_class
    assert found.meta["objective"] == pytest.approx(best(build), rel=1e-6)
    assert found.meta["objective"] == pytest.approx(expected, rel=1e-6)
    assert failed(found) == []
    assert judged(found)["stability"].gates


def best(build):
    """Try every choice of the booleans and let CVXPY solve the rest."""
    problem = build()
    booleans = next(v for v in problem.variables() if v.attributes["boolean"])
    values = []
    for choice in np.ndindex(*(2,) * booleans.size):
        again = build()
        chosen = next(v for v in again.variables() if v.attributes["boolean"])
        again = cp.Problem(again.objective, [*again.constraints, chosen == np.array(choice)])
        values.append(again.solve(solver="SCIP"))
    maximise = isinstance(problem.objective, cp.Maximize)
    finite = [value for value in values if np.isfinite(value)]
    return max(finite) if maximise else min(finite)


def test_another_choice_of_integers_is_refused():
    found = train(knapsack())
    take = np.array([1.0, 0, 1, 0, 1])
    form = canonicalise(knapsack()).form
    forged = changed(found, x=take, s=np.maximum(form.b - form.A @ take, 0))
    assert {"status", "mip_gap"} <= set(failed(forged))
    assert float(judged(forged)["mip_gap"].value) > 0.05


def test_a_second_search_that_found_better_refuses():
    found = train(knapsack())
    assert failed(changed(found, bound=np.array(-31.0))) == []
    better = changed(found, **{"second/bound": np.array(-30.0)})
    assert "stability" in failed(better)
    worse = np.array([1.0, 0, 1, 0, 1])
    form = canonicalise(knapsack()).form
    swapped = changed(
        found,
        **{"x": worse, "s": np.maximum(form.b - form.A @ worse, 0), "bound": np.array(-29.0),
           "second/x": found.arrays["x"], "second/s": found.arrays["s"]},
    )  # fmt: skip
    assert failed(swapped) == ["stability"]


def test_fractions_are_refused():
    found = train(knapsack())
    x = found.arrays["x"] + np.array([0, 0, 1e-5, 0, 0])
    criteria = judged(changed(found, x=x))
    assert not criteria["integrality"].passed
    assert "take" in criteria["integrality"].where
    assert "big-M" in criteria["integrality"].advice


def test_a_broken_constraint_is_refused():
    found = train(facility())
    assert {"status", "cone_membership"} <= set(failed(changed(found, s=found.arrays["s"] - 1)))
    assert "primal_residual" in failed(changed(found, s=found.arrays["s"] + 1))


def test_infeasible_integers_are_refused():
    k = cp.Variable(2, name="k", integer=True)
    proved = train(cp.Problem(cp.Minimize(cp.sum(k)), [k >= 1, cp.sum(k) <= 1]))
    assert judged(proved)["status"].value == "infeasible"
    assert judged(proved)["infeasibility_certificate"].passed
    only = train(cp.Problem(cp.Minimize(cp.sum(k)), [2 * k[0] + 2 * k[1] == 1]))
    status = judged(only)["status"]
    assert status.value == "unproven"
    assert "no integers can meet" in status.advice


def test_an_unbounded_mixed_problem_is_refused():
    k, x = cp.Variable(name="k", integer=True), cp.Variable(name="x")
    found = train(cp.Problem(cp.Maximize(x + k), [k <= 3]))
    assert judged(found)["status"].value == "unbounded"


def test_a_feasibility_problem_with_integers_passes():
    k = cp.Variable(3, name="k", integer=True)
    found = train(cp.Problem(cp.Minimize(0), [cp.sum(k) == 4, k >= 1]))
    assert failed(found) == []
    assert found.arrays["value/k"].sum() == 4


def test_a_big_m_that_only_holds_within_the_solvers_tolerance_is_seen():
    # x <= 1e7 k and k = 1e-8 lets x be 0.1; with integers k must be 1.
    k, x = cp.Variable(name="k", boolean=True), cp.Variable(name="x")
    problem = canonicalise(cp.Problem(cp.Minimize(1e3 * k - x), [x <= 1e7 * k, x >= 0.1, x <= 1]))
    form = problem.form
    columns = [problem.columns.texts[n] for n in problem.columns.index]
    cheat = np.zeros(2)
    cheat[columns.index("k")], cheat[columns.index("x")] = 1e-8, 0.1
    point = complete(form, cheat, lambda rest: None)
    found = certify(form, *point, form.objective(cheat))
    assert found.integrality.value == pytest.approx(1e-8)
    assert not found.proves(1e-8)
    assert failed(train(problem.problem)) == []


def test_rounding_noise_in_rows_of_integers_is_no_infeasibility():
    k, x = cp.Variable(2, name="k", integer=True), cp.Variable(name="x")
    problem = cp.Problem(
        cp.Minimize(x), [0.1 * k[0] + 0.2 * k[1] == 0.3 + 1e-17, x >= 0.1 * k[0], k >= 1]
    )
    assert failed(train(problem)) == []


def test_fixed_integers_leave_a_continuous_problem():
    form = canonicalise(facility()).form
    rest = fix_integers(form, np.ones(len(form.c)))
    assert rest.form.problem_class == "LP"
    assert np.sum(rest.columns) == 6
    assert len(rest.form.b) == np.sum(rest.rows) == rest.form.cones.rows


def test_cones_that_take_no_integers_are_refused():
    x = cp.Variable(2, name="x", integer=True)
    with pytest.raises(TrainingError, match="mixed-integer exponential"):
        train(cp.Problem(cp.Minimize(cp.sum(cp.exp(x)))))


def test_the_second_search_is_limited_by_nodes_not_by_time():
    from assay.methods.base import Quiet
    from assay.methods.convex.solver_portfolio import Portfolio

    portfolio = Portfolio(Quiet())
    form = canonicalise(knapsack()).form
    solution = solve_form(form, solver_order("MILP", "SCIP"), 1e-8, portfolio)
    assert solution.answered.solver == "SCIP"
    assert solution.second is not None
    assert solution.second.solver == "HIGHS"
