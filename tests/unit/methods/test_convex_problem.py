import cvxpy as cp
import numpy as np
import pytest

from assay.core.errors import Category, TrainingError
from assay.methods.convex.problem import check_problem, short


def refusal(problem):
    with pytest.raises(TrainingError) as caught:
        check_problem(problem)
    assert caught.value.category is Category.IMPLEMENTATION
    assert caught.value.where == "build"
    assert caught.value.remedy
    return f"{caught.value} {caught.value.remedy}"


def named(*shape, name="x", **attributes):
    return cp.Variable(shape, name=name, **attributes)


def test_an_ordinary_problem_passes():
    problem = cp.Problem(cp.Minimize(cp.sum_squares(named(2))))
    assert check_problem(problem) is problem


def test_what_is_no_problem_is_refused():
    assert "not a cvxpy.Problem" in refusal({"status": "optimal"})
    assert "NoneType" in refusal(None)


def test_a_problem_without_variables_is_refused():
    assert "no variables" in refusal(cp.Problem(cp.Minimize(1)))


def test_unnamed_variables_are_refused():
    text = refusal(cp.Problem(cp.Minimize(cp.sum(cp.Variable(3)) + named(name="a"))))
    assert "1 of 2 variables have no name" in text
    assert "(3,)" in text
    assert "name=" in text
    assert "no name" in refusal(cp.Problem(cp.Minimize(named(name="var7"))))


def test_shared_names_are_refused():
    assert "share a name: x" in refusal(cp.Problem(cp.Minimize(named() + named())))


def test_parameters_need_values():
    weight = cp.Parameter(nonneg=True, name="weight")
    problem = cp.Problem(cp.Minimize(weight * cp.norm(named(2))))
    assert "weight" in refusal(problem)
    weight.value = 2.0
    assert check_problem(problem) is problem


def test_a_problem_that_is_not_convex_is_refused_with_its_culprit():
    x = named(2)
    text = refusal(cp.Problem(cp.Minimize(cp.sum(cp.sqrt(x)) + cp.norm(x)), [cp.norm(x) == 1]))
    assert "not DCP" in text
    assert "constraint 1" in text


@pytest.mark.parametrize(
    ("objective", "culprit"),
    [
        (lambda x: cp.Minimize(cp.quad_form(x, np.diag([1.0, -1.0]))), "QuadForm"),
        (lambda x: cp.Minimize(x[0] * x[1]), "because of x[0] * x[1]"),
        (lambda x: cp.Maximize(cp.norm(x)), "Maximize needs a concave expression"),
        (lambda x: cp.Minimize(cp.sqrt(x[0])), "Minimize needs a convex expression"),
    ],
)
def test_the_culprit_is_named(objective, culprit):
    assert culprit in refusal(cp.Problem(objective(named(2))))


def test_other_disciplines_are_named():
    x = named(2, pos=True)
    assert "DGP" in refusal(cp.Problem(cp.Minimize(x[0] * x[1]), [x[0] * x[1] ** 2 >= 1]))
    assert "DQCP" in refusal(cp.Problem(cp.Minimize(cp.ceil(named(name="y")))))


def test_a_matrix_cvxpy_cannot_judge_needs_psd_wrap():
    class Undecided(cp.Problem):
        def is_dcp(self, dpp=False):
            from scipy.sparse.linalg import ArpackNoConvergence

            raise ArpackNoConvergence("no convergence", np.zeros(0), np.zeros((0, 0)))

    assert "psd_wrap" in refusal(Undecided(cp.Minimize(named())))


def test_long_expressions_are_shortened_without_counters():
    x = named(300)
    first, again = (short(cp.sum(cp.multiply(cp.Parameter(300), x))) for _ in range(2))
    assert first == again
    assert "param" in first
    assert len(short("a" * 500)) <= 100
    assert short(np.arange(30.0) @ x[:30] <= 1) == "[…] @ x[0:30] <= 1.0"
