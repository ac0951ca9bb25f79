"""Published optima: Netlib, Maros-Meszaros; see the reference folder's README."""

import json
from pathlib import Path

import cvxpy as cp
import numpy as np
import pytest
from convex_support import failed, judged, train

REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "reference" / "optimization"
pytestmark = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference cases (../shared/reference) are not here"
)


def linear(name):
    with np.load(REFERENCE / f"{name}.npz") as case:
        x = cp.Variable(len(case["c"]), name="x")
        constraints = [x >= case["lb"], x <= case["ub"]]
        if len(case["b_ub"]):
            constraints.append(case["A_ub"] @ x <= case["b_ub"])
        if len(case["b_eq"]):
            constraints.append(case["A_eq"] @ x == case["b_eq"])
        return cp.Problem(cp.Minimize(case["c"] @ x), constraints)


def quadratic(name):
    """Write the case as it stands: infinite bounds are left to the method."""
    with np.load(REFERENCE / "qp" / f"{name}.npz") as case:
        x = cp.Variable(len(case["q"]), name="x")
        low, high = case["l"], case["u"]
        below = np.isfinite(low)
        constraints = [
            case["A"] @ x <= high,
            -case["A"][below] @ x <= -low[below],
            x <= case["ub"],
            -x <= -case["lb"],
        ]
        objective = 0.5 * cp.quad_form(x, case["P"]) + case["q"] @ x + float(case["r"])
        return cp.Problem(cp.Minimize(objective), constraints)


def published(file, name):
    return json.loads((REFERENCE / file).read_text(encoding="utf-8"))[name]["published_optimum"]


@pytest.mark.parametrize("name", ["lp/AFIRO", "lp/ADLITTLE", "lp/SC50B"])
@pytest.mark.parametrize("solver", [None, "CLARABEL"])
def test_linear_programs_reach_the_published_optimum(name, solver):
    found = train(linear(name), solver=solver)
    optimum = published("lp_reference.json", name)
    assert found.meta["objective"] == pytest.approx(optimum, rel=1e-6)
    assert failed(found) == []
    assert judged(found)["stability"].gates


@pytest.mark.parametrize("name", ["HS21", "HS35", "HS76", "HS118", "QPTEST"])
@pytest.mark.parametrize("solver", [None, "OSQP"])
def test_quadratic_programs_reach_the_published_optimum(name, solver):
    found = train(quadratic(name), solver=solver)
    optimum = published("qp_reference.json", name)
    assert found.meta["objective"] == pytest.approx(optimum, rel=1e-6)
    assert failed(found) == []
    assert judged(found)["stability"].gates


@pytest.mark.parametrize("solver", [None, "CLARABEL", "SCS"])
def test_an_infeasible_program_is_refused_with_a_proof(solver):
    criteria = judged(train(linear("lp_infeasible/itest2"), solver=solver))
    assert criteria["status"].value == "infeasible"
    assert not criteria["status"].passed
    assert criteria["infeasibility_certificate"].passed
    assert "constraint" in criteria["status"].advice
