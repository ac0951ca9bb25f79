import cvxpy as cp
import numpy as np
import pytest
from convex_support import form, small_lp, small_qp

from assay.methods.base import Quiet
from assay.methods.convex import scaling, solvers
from assay.methods.convex.canonical import canonicalise
from assay.methods.convex.certificate import optimality
from assay.methods.convex.solver_portfolio import Portfolio, call_solver, prove_answer
from assay.methods.convex.solvers.answer import Answer


def socp():
    x = cp.Variable(4, name="x")
    return cp.Problem(cp.Minimize(cp.norm(x - np.arange(4))), [cp.sum(x) == 1, cp.norm(x) <= 2])


def sdp():
    X = cp.Variable((4, 4), name="X", PSD=True)
    y = cp.Variable(3, name="y")
    half = np.random.default_rng(1).normal(size=(4, 4))
    return cp.Problem(
        cp.Minimize(cp.trace(half @ half.T @ X) + cp.norm(y - 1)),
        [cp.diag(X) == 1, X[0, 1] + y[0] >= 0.3, cp.sum(y) <= 1],
    )


def exponential():
    p = cp.Variable(5, name="p")
    return cp.Problem(cp.Maximize(cp.sum(cp.entr(p))), [cp.sum(p) == 1, np.arange(5) @ p == 1.2])


def power():
    x = cp.Variable(3, name="x")
    return cp.Problem(
        cp.Maximize(cp.geo_mean(x, [1, 2, 4], approx=False)), [cp.sum(x) <= 7, x >= 0]
    )


CASES = {"LP": small_lp, "QP": small_qp, "SOCP": socp, "SDP": sdp,
         "exponential cone": exponential, "power cone": power}  # fmt: skip
PAIRS = [(name, solver) for name in CASES for solver in solvers.BY_CLASS[name]]


@pytest.mark.parametrize(("name", "solver"), PAIRS)
def test_every_solver_answers_every_class_it_is_listed_for(name, solver):
    problem = canonicalise(CASES[name]())
    assert problem.form.problem_class == name
    answer = call_solver(problem.form, solver, 0, scaling.from_data(problem.form))
    proved = prove_answer(problem.form, answer, 1e-6)
    assert proved.kind == "optimal", answer.status
    expected = CASES[name]().solve(solver="CLARABEL")
    assert problem.objective(proved.x) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("solver", ["CLARABEL", "SCS", "HIGHS", "OSQP"])
def test_every_effort_answers_the_same_in_every_call(solver):
    problem = canonicalise(small_qp()).form
    for effort in range(len(solvers.units(solver))):
        first, second = (
            call_solver(problem, solver, effort, scaling.from_data(problem)) for _ in range(2)
        )
        assert first.x.tobytes() == second.x.tobytes()
        assert first.z.tobytes() == second.z.tobytes()
        assert problem.objective(first.x) == pytest.approx(4.5, abs=1e-4)


@pytest.mark.parametrize("solver", ["HIGHS", "CLARABEL", "SCS"])
def test_proofs_of_infeasibility_and_unboundedness_are_found(solver):
    x = cp.Variable(3, name="x")
    infeasible = canonicalise(cp.Problem(cp.Minimize(cp.sum(x)), [x >= 1, cp.sum(x) <= 2])).form
    unbounded = canonicalise(cp.Problem(cp.Minimize(cp.sum(x)), [x <= 1])).form
    for problem, kind in ((infeasible, "infeasible"), (unbounded, "unbounded")):
        answer = call_solver(problem, solver, 0, scaling.from_data(problem))
        assert prove_answer(problem, answer, 1e-8).kind == kind


def test_a_false_claim_is_not_believed():
    problem = canonicalise(small_lp()).form
    n, m = len(problem.c), len(problem.b)
    for status in ("Solved", "PrimalInfeasible", "DualInfeasible"):
        answer = Answer(status, np.ones(n), np.ones(m), np.ones(m), 1)
        assert prove_answer(problem, answer, 1e-8, polishing=False).kind == "unproven"


def test_a_crash_is_an_answer_that_proves_nothing(monkeypatch):
    def panics(form, effort):
        raise ValueError("out of\nluck")

    monkeypatch.setattr(solvers, "load", lambda solver: panics)
    problem = canonicalise(small_lp()).form
    answer = call_solver(problem, "CLARABEL", 0, scaling.from_data(problem))
    assert answer.status == "failed: ValueError: out of luck"
    assert prove_answer(problem, answer, 1e-8).kind == "unproven"


def test_the_next_solver_answers_when_the_first_does_not(monkeypatch):
    real = solvers.load
    monkeypatch.setattr(solvers, "load", lambda name: None if name == "HIGHS" else real(name))
    portfolio = Portfolio(Quiet())
    run = portfolio.first_proof(canonicalise(small_lp()).form, ("HIGHS", "CLARABEL"), 1e-8)
    assert run is not None
    assert run.solver == "CLARABEL"
    assert [each.proved.kind for each in portfolio.runs] == ["unproven", "unproven", "optimal"]


def test_a_problem_with_both_proofs_is_called_infeasible():
    x = cp.Variable(2, name="x")
    problem = canonicalise(cp.Problem(cp.Minimize(x[1]), [x[0] >= 1, x[0] <= 0])).form
    run = Portfolio(Quiet()).first_proof(problem, ("CLARABEL",), 1e-8)
    assert run is not None
    assert run.proved.kind == "infeasible"


def test_scaling_is_exact_and_undone():
    rows = np.array([1e-7, 1e6, 3])[:, None]
    original = form(np.zeros((2, 2)), [-1e5, -2e-4], rows * [[1, 1e3], [2, 1], [0, 5]],
                    [3e-7, 4e6, 9], nonneg=3)  # fmt: skip
    units = scaling.from_data(original)
    other = units.apply(original)
    assert 0.1 < abs(other.A).max() <= 2
    assert 0.4 < np.max(np.abs(other.b)) < 2.1
    assert 0.4 < np.max(np.abs(other.c)) < 2.1
    x, z, s = np.array([0.3, 0.7]), np.array([1.0, 2, 3]), np.array([3.0, 2, 1])
    back = units.undo(Answer("", x, z, s, 0, bound=1.0))
    residual = original.A @ back.x + back.s - original.b
    assert residual == pytest.approx((other.A @ x + s - other.b) * units.size / units.rows)
    assert original.objective(back.x) == pytest.approx(other.objective(x) / units.objective)
    assert back.bound == 1 / units.objective
    assert np.all(np.log2(units.rows) % 1 == 0)


@pytest.mark.parametrize("solver", ["HIGHS", "CLARABEL"])
def test_tiny_coefficients_count(solver):
    # HiGHS drops entries below 1e-9: without scaling the share limit would vanish.
    w = cp.Variable(2, name="w", nonneg=True)
    problem = cp.Problem(cp.Maximize(w[1]), [cp.sum(w) == 1e12, 1e-12 * w[1] <= 0.2])
    run = Portfolio(Quiet()).first_proof(canonicalise(problem).form, (solver,), 1e-8)
    assert run is not None
    assert run.proved.x[1] == pytest.approx(2e11, rel=1e-7)


def test_the_certificate_of_every_answer_is_computed_here():
    problem = canonicalise(sdp()).form
    run = Portfolio(Quiet()).first_proof(problem, ("SCS",), 1e-6)
    assert run is not None
    found = run.proved
    assert found.measure == optimality(problem, found.x, found.z, found.s).worst
