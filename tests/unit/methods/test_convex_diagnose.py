import cvxpy as cp
import numpy as np
import pytest
from convex_support import changed, failed, judged, small_lp, small_qp, train

from assay.core.criteria import all_passed
from assay.core.fit import Fit
from assay.methods.convex.canonical import canonicalise


def moved(found, x):
    """Return the fit with another point, its slack adjusted as far as that goes."""
    arrays = found.arrays
    form = canonicalise(small_lp()).form
    assert len(x) == len(arrays["x"])
    return changed(found, x=x, s=np.maximum(form.b - form.A @ x, 0))


def test_an_honest_fit_passes():
    criteria = judged(train(small_lp()))
    assert list(criteria) == [
        "status", "primal_residual", "cone_membership", "dual_residual", "dual_cone_membership",
        "duality_gap", "objective_error", "curvature", "stability",
    ]  # fmt: skip
    assert all_passed(list(criteria.values()))
    assert criteria["status"].value == "optimal"
    assert all(not c.advice for c in criteria.values())


@pytest.mark.parametrize("factor", [1 + 1e-4, 1 - 1e-4, 1 + 1e-6, 0.5, -1])
def test_a_point_beside_the_optimum_is_refused(factor):
    found = train(small_lp())
    forged = moved(found, found.arrays["x"] * factor)
    assert "status" in failed(forged)
    assert len(failed(forged)) > 1


def test_the_worst_row_is_named():
    found = train(small_lp())
    criterion = judged(moved(found, found.arrays["x"] + np.array([0.1, 0])))["primal_residual"]
    assert "constraint" in criterion.where
    assert "do not hold" in criterion.advice
    column = judged(changed(found, z=found.arrays["z"] * 1.1))["dual_residual"]
    assert column.where.startswith("x, column ")


def test_an_early_iterate_is_refused():
    x = cp.Variable(20, name="x")
    a = np.random.default_rng(1).normal(size=(40, 20))
    problem = cp.Problem(cp.Minimize(cp.sum_squares(a @ x - 1) + cp.norm1(x)), [x >= -0.01])
    found = train(problem)
    assert failed(found) == []
    import clarabel
    import scipy.sparse as sp

    from assay.methods.convex.solvers.clarabel_solver import _cones

    form = canonicalise(problem).form
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_iter = False, 6
    parts = sp.csc_matrix(sp.triu(form.P)), form.c, sp.csc_matrix(form.A), form.b
    early = clarabel.DefaultSolver(*parts, _cones(form), settings).solve()
    forged = changed(found, x=np.array(early.x), z=np.array(early.z), s=np.array(early.s))
    assert "duality_gap" in failed(forged)


def test_no_stored_word_or_number_is_believed():
    found = train(small_lp())
    lies = {**found.meta, "status": "optimal", "objective": 99.0, "attempts": []}
    broken = Fit(arrays={**found.arrays, "x": found.arrays["x"] * 1.01}, meta=lies)
    assert "status" in failed(broken)
    modest = Fit(arrays=found.arrays, meta={**found.meta, "status": "unproven"})
    assert failed(modest) == []


@pytest.mark.parametrize("name", ["x", "z", "s"])
def test_nan_never_passes(name):
    found = train(small_qp())
    broken = found.arrays[name].copy()
    broken[0] = np.nan
    criteria = judged(changed(found, **{name: broken}))
    assert criteria["status"].value == "unproven"
    assert not all_passed(list(criteria.values()))


def test_a_looser_tolerance_is_the_designs_to_give():
    found = train(small_qp())
    near = changed(found, x=found.arrays["x"] * (1 + 1e-6))
    assert "status" in failed(near)
    assert failed(near, tolerance=1e-4) == []
    assert "status" in failed(changed(found, x=found.arrays["x"] * 1.01), tolerance=1e-4)


def test_infeasibility_is_proved_and_its_constraints_named():
    x = cp.Variable(2, name="x")
    problem = cp.Problem(
        cp.Minimize(cp.sum(x)), [(x >= 1).set_label("floor"), cp.sum(x) <= 1, x <= 99]
    )
    criteria = judged(train(problem))
    status = criteria["status"]
    assert (status.value, status.passed) == ("infeasible", False)
    assert "floor" in status.advice
    assert "constraint 2" in status.advice
    assert "99" not in status.advice
    proof = criteria["infeasibility_certificate"]
    assert proof.passed
    assert not proof.gates
    assert not all_passed(list(criteria.values()))


@pytest.mark.parametrize(
    "constraints",
    [
        lambda x, X: [cp.norm(x) <= 1, cp.sum(x) >= 5],
        lambda x, X: [cp.exp(x[0]) <= 1, x[0] >= 0.5],
        lambda x, X: [X >> 0, cp.trace(X) == 1, X[0, 0] >= 2],
        lambda x, X: [cp.geo_mean(x, approx=False) >= 2, cp.sum(x) <= 1],
    ],
)
def test_infeasible_cones_are_proved_infeasible(constraints):
    x, X = cp.Variable(2, name="x"), cp.Variable((2, 2), name="X", symmetric=True)
    found = train(cp.Problem(cp.Minimize(0), constraints(x, X)))
    assert judged(found)["status"].value == "infeasible"


def test_a_forged_proof_of_infeasibility_is_unproven():
    x = cp.Variable(2, name="x")
    found = train(cp.Problem(cp.Minimize(cp.sum(x)), [x >= 1, cp.sum(x) <= 1]))
    forged = changed(found, z=found.arrays["z"] + np.array([0.1, 0, 0]))
    assert judged(forged)["status"].value == "unproven"


def test_unboundedness_is_proved_and_its_variable_named():
    x, y = cp.Variable(2, name="x"), cp.Variable(name="y")
    criteria = judged(train(cp.Problem(cp.Minimize(cp.sum(x) + y), [x <= 0, y >= 0])))
    assert criteria["status"].value == "unbounded"
    assert "x can grow" in criteria["status"].advice
    assert criteria["unboundedness_certificate"].passed


@pytest.mark.parametrize(
    "problem",
    [
        lambda q: cp.Problem(cp.Minimize(cp.exp(q))),
        lambda q: cp.Problem(cp.Minimize(cp.inv_pos(q)), [q >= 1]),
        lambda q: cp.Problem(cp.Minimize(-cp.log(q))),
    ],
    ids=["exp", "inverse", "log"],
)
def test_what_is_never_attained_is_unproven(problem):
    found = train(problem(cp.Variable(name="q")))
    status = judged(found)["status"]
    assert status.value == "unproven"
    assert "The solvers said CLARABEL" in status.advice


@pytest.mark.parametrize("constraint", [lambda x: cp.abs(x) <= 1, lambda x: cp.norm(x) <= 1])
def test_a_wrapped_matrix_that_is_not_semidefinite_is_refused(constraint):
    x = cp.Variable(2, name="x")

    def problem(matrix):
        return cp.Problem(cp.Minimize(cp.quad_form(x, cp.psd_wrap(matrix))), [constraint(x)])

    criteria = judged(train(problem(np.diag([1.0, -1e-3]))))
    assert not criteria["curvature"].passed
    assert criteria["status"].value == "unproven"
    assert "not convex" in criteria["curvature"].advice
    assert failed(train(problem(np.diag([1.0, 0.0])))) == []


def test_curvature_is_measured_again_whatever_the_solver_proved():
    found = train(small_qp())
    forged = changed(found, **{"standard/P_data": -found.arrays["standard/P_data"]})
    assert {"status", "curvature"} <= set(failed(forged))


def test_a_second_solver_that_disagrees_refuses():
    found = train(small_lp())
    assert judged(found)["stability"].gates
    for shift in (0.1, 1e-5):
        criterion = judged(moved(found, found.arrays["x"] - np.array([0, shift])))["stability"]
        assert criterion.gates
        assert not criterion.passed
        assert criterion.value == pytest.approx(2 * shift / (11 - 2 * shift), rel=0.02)
        assert "disagree" in criterion.advice


def test_without_a_second_answer_the_certificate_is_the_proof():
    found = train(small_lp())
    alone = Fit(
        arrays={k: v for k, v in found.arrays.items() if not k.startswith("second/")},
        meta=found.meta,
    )
    criterion = judged(alone)["stability"]
    assert not criterion.gates
    assert "certificate is the proof" in criterion.advice
    assert failed(alone) == []
    vague = changed(found, **{"second/x": found.arrays["x"] + 0.1})
    assert not judged(vague)["stability"].gates


def test_warnings_of_cvxpy_are_passed_on_as_remarks():
    x = cp.Variable(name="x")
    found = train(cp.Problem(cp.Minimize(cp.power(x, 3.3)), [x >= 1]))
    criterion = judged(found)["cvxpy_warnings"]
    assert not criterion.gates
    assert "approximated" in criterion.advice
    assert failed(found) == []


def test_arrays_that_are_no_fit_are_an_error():
    found = train(small_lp())
    with pytest.raises(ValueError, match="rows"):
        judged(changed(found, **{"standard/b": found.arrays["standard/b"][1:]}))
    with pytest.raises(KeyError):
        judged(Fit(arrays={}, meta=found.meta))


def test_the_solver_that_answered_is_named_where_another_was_wrong():
    x = cp.Variable(2, name="x")
    flat = cp.Minimize(cp.quad_form(x, np.diag([1e-10, 1.0])) / 2 - cp.sum(x))
    found = train(cp.Problem(flat, [cp.sum(x) >= 0]), solver="OSQP")
    remark = judged(found)["unproven_answers"]
    assert failed(found) == []
    assert found.meta["objective"] == pytest.approx(-5e9 - 0.5, rel=1e-9)
    assert remark.where == "answered by OSQP"  # polished from the point where it gave up
    assert "OSQP said dual infeasible" in remark.advice
    assert "unproven_answers" not in judged(train(cp.Problem(flat, [cp.sum(x) >= 0])))
