import cvxpy as cp
import numpy as np
import pytest
from convex_support import Listener, failed, job_for, judged, small_lp, small_qp, train
from pydantic import ValidationError

from assay.core.errors import Category, TrainingError
from assay.evidence.arrays import load_fit, save_fit
from assay.methods import load
from assay.methods.convex.fit import fit, view
from assay.methods.convex.settings import Training, describe


def seen(found):
    return view(found, np.random.default_rng(1))


def test_a_linear_program_is_solved_proved_and_shown():
    found = train(small_lp())
    assert failed(found) == []
    shown = seen(found)
    assert shown.value["x"].tolist() == [3, 1]
    assert shown.objective == 11
    assert shown.dual == {1: 2.0, 2: 0.0, 3: 1.0}
    assert isinstance(shown.rng, np.random.Generator)
    assert found.meta["solver"] == "HIGHS"
    assert found.meta["second_solver"]["solver"] == "CLARABEL"
    assert found.meta["versions"].keys() == {"cvxpy", "HIGHS", "CLARABEL"}


def test_the_method_is_found_by_name():
    assert load("convex", "fit").fit is fit
    assert load("convex", "settings").FUNCTIONS == {"build": 1, "results": 2}


def test_a_fit_survives_storage(tmp_path):
    found = train(small_qp())
    save_fit(tmp_path, found)
    again = load_fit(tmp_path)
    assert judged(again) == judged(found)
    assert seen(again).value["x"].tolist() == seen(found).value["x"].tolist()


@pytest.mark.parametrize("build", [small_lp, small_qp])
def test_the_same_problem_gives_the_same_bytes(build, tmp_path):
    for name in ("a", "b"):
        save_fit(tmp_path / name, train(build))
    for file in ("fit.npz", "fit.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_recorder_hears_of_every_step():
    listener = Listener()
    fit(job_for(small_qp(), listener))
    assert listener.phases == ["build", "canonicalise", "solve"]
    assert list(listener.checkpoints) == ["standard_form", "answer_1_CLARABEL", "answer_2_OSQP"]
    assert listener.checkpoints["standard_form"]["A_data"].dtype == np.float64
    assert listener.checkpoints["answer_1_CLARABEL"].keys() == {"x", "z", "s"}
    assert listener.steps == [1, 2]


@pytest.mark.parametrize("solver", ["HIGHS", "CLARABEL", "SCS"])
def test_the_designs_solver_answers_first(solver):
    found = train(small_lp(), solver=solver, tolerance=1e-7)
    assert found.meta["solver"] == solver
    assert failed(found, tolerance=1e-7) == []


def test_a_solver_that_cannot_is_refused():
    X = cp.Variable((2, 2), name="X", PSD=True)
    with pytest.raises(TrainingError, match="HIGHS cannot answer a problem of class SDP") as caught:
        train(cp.Problem(cp.Minimize(cp.trace(X)), [X[0, 1] == 1]), solver="HIGHS")
    assert caught.value.category is Category.IMPLEMENTATION
    assert "CLARABEL, SCS" in caught.value.remedy


def problems():
    rng = np.random.default_rng(7)
    a, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    x = cp.Variable(4, name="x")
    s = cp.Variable(name="s")
    X = cp.Variable((3, 3), name="X", symmetric=True)
    H = cp.Variable((2, 2), name="H", hermitian=True)
    C = np.array([[2, 1j], [-1j, 3]])
    return {
        "unconstrained": cp.Problem(cp.Minimize(cp.sum_squares(a @ x - y))),
        "equalities only": cp.Problem(cp.Minimize(cp.sum_squares(x)), [cp.sum(x) == 2]),
        "constant objective": cp.Problem(cp.Minimize(3), [cp.sum(x) == 1, x >= 0]),
        "feasibility of a cone": cp.Problem(cp.Minimize(0), [cp.norm(x) <= 1, x[0] >= 0.5]),
        "optimum zero": cp.Problem(cp.Minimize(cp.norm1(x - np.arange(4)))),
        "optimum zero of a norm": cp.Problem(cp.Minimize(cp.norm(a @ (x - 1)))),
        "perfect fit": cp.Problem(cp.Minimize(cp.sum_squares(a @ (x - 1)))),
        "scale free": cp.Problem(cp.Minimize(cp.norm(x))),
        "scalar": cp.Problem(cp.Maximize(-cp.square(s - 2) + 7)),
        "lasso": cp.Problem(cp.Minimize(cp.sum_squares(a @ x - y) + cp.norm1(x))),
        "logistic": cp.Problem(
            cp.Minimize(cp.sum(cp.logistic(-cp.multiply(np.sign(y), a @ x))) + cp.norm1(x))
        ),
        "semidefinite": cp.Problem(cp.Minimize(cp.trace(X)), [X >> np.diag([1.0, 2, 3])]),
        "hermitian": cp.Problem(cp.Maximize(cp.real(cp.trace(C @ H))), [H >> 0, cp.trace(H) == 1]),
        "degenerate": cp.Problem(
            cp.Minimize(cp.sum(x)), [x >= 0, cp.sum(x) >= 0, x[0] + x[1] >= 0, x <= 1]
        ),
        "badly scaled": cp.Problem(
            cp.Minimize(1e-6 * x[0] + 1e5 * x[1] + cp.sum(x[2:])),
            [1e6 * x[0] + x[1] >= 1e8, x[1] >= 1e-5, x[2:] >= 1e4, 1e-7 * x[0] <= 1],
        ),
    }


@pytest.mark.parametrize("name", list(problems()))
def test_ordinary_problems_pass_every_gate(name):
    problem = problems()[name]
    found = train(problem)
    assert failed(found) == []
    expected = problems()[name].solve(solver="CLARABEL")
    assert found.meta["objective"] == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_scalars_are_numbers_and_complex_values_stay_complex():
    assert seen(train(problems()["scalar"])).value["s"] == pytest.approx(2)
    assert isinstance(seen(train(problems()["scalar"])).value["s"], float)
    assert seen(train(problems()["hermitian"])).value["H"].dtype == np.complex128


def test_no_value_is_a_negative_zero_or_leaves_its_bounds():
    values = seen(train(problems()["degenerate"])).value["x"]
    assert not np.any(np.signbit(values))


def test_settings_say_what_is_allowed():
    assert Training(solver="clarabel").solver == "CLARABEL"
    assert describe(Training()) == {"solver": "by problem class", "tolerance": 1e-8}
    for wrong in ({"solver": "GUROBI"}, {"tolerance": 1e-3}, {"tolerance": 0}, {"iterations": 5}):
        with pytest.raises(ValidationError):
            Training(**wrong)
