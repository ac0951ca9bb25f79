import cvxpy as cp
import numpy as np
import pytest
from convex_support import small_lp

from assay.core.errors import Category, TrainingError
from assay.methods.convex.canonical import canonicalise, unpack
from assay.methods.convex.form import form_from_arrays


def rich():
    """Return a problem with every kind of cone that CVXPY makes, attributes and a maximum."""
    x = cp.Variable(3, name="x")
    y = cp.Variable(2, name="y", nonneg=True)
    X = cp.Variable((3, 3), name="X", PSD=True)
    constraints = [
        cp.sum(x) == 1,
        cp.norm(x) <= 2,
        (y <= np.array([3, np.inf])).set_label("cap"),
        X << np.eye(3),
        cp.sum(cp.exp(x)) <= 9,
        cp.geo_mean(y, [1, 2], approx=False) >= 0.1,
    ]
    return cp.Problem(cp.Maximize(cp.trace(X) - cp.norm1(x) - cp.sum(y) + 5), constraints)


def test_the_form_is_clarabels_own():
    x = cp.Variable(3, name="x")
    X = cp.Variable((3, 3), name="X", PSD=True)
    problem = cp.Problem(
        cp.Minimize(cp.sum_squares(x) + cp.trace(X)), [cp.norm(x) <= 1, X >> np.eye(3), x[0] == 0.1]
    )
    data, _, _ = problem.get_problem_data(cp.CLARABEL, solver_opts={})
    form = canonicalise(problem).form
    assert abs(data["A"] - form.A).max() == 0
    assert abs(data["P"] - form.P).max() == 0
    assert np.array_equal(data["b"], form.b)
    assert np.array_equal(data["c"], form.c)
    assert form.problem_class == "SDP"


def test_rows_and_columns_carry_the_users_names():
    found = canonicalise(rich())
    rows = [found.rows.texts[k].split(":")[0] for k in found.rows.index]
    assert len(rows) == len(found.form.b) == found.form.cones.rows
    wanted = {f"constraint {k}" for k in range(1, 7)}
    assert set(rows) == wanted | {"the objective", "the attributes of y", "the attributes of X"}
    assert rows[0] == "constraint 1"
    assert any("cap" in text for text in found.rows.texts)
    columns = [found.columns.texts[k] for k in found.columns.index]
    assert [columns.count(name) for name in "xyX"] == [3, 2, 6]
    assert len(columns) == len(found.form.c)


def test_an_infinite_bound_is_left_out_and_a_senseless_one_refused():
    found = canonicalise(rich())
    cap = next(k for k, text in enumerate(found.rows.texts) if "cap" in text)
    assert np.sum(found.rows.index == cap) == 1
    x = cp.Variable(name="x")
    for constraint in (x >= np.inf, x == np.inf):
        with pytest.raises(TrainingError, match="infinite") as caught:
            canonicalise(cp.Problem(cp.Minimize(x), [constraint]))
        assert caught.value.category is Category.DATA


def test_nan_in_the_data_is_a_fault_of_the_data():
    x = cp.Variable(2, name="x")
    with pytest.raises(TrainingError) as caught:
        canonicalise(cp.Problem(cp.Minimize(cp.sum(x)), [x >= np.array([1, np.nan])]))
    assert caught.value.category is Category.DATA


def test_booleans_get_their_bounds():
    k = cp.Variable(3, name="k", boolean=True)
    n = cp.Variable(name="n", integer=True)
    found = canonicalise(cp.Problem(cp.Minimize(cp.sum(k) + n), [n >= 0.5, cp.norm(k) <= n]))
    assert found.form.problem_class == "MISOCP"
    assert found.form.integer.tolist() == [0, 1, 2, 3]
    assert found.form.boolean.tolist() == [0, 1, 2]
    assert found.form.cones.nonneg == 2 + 2 * 3
    assert found.form.cones.soc == (4,)
    assert len(found.rows.index) == len(found.form.b)


def test_an_answer_comes_back_as_variables_and_duals():
    problem = small_lp()
    found = canonicalise(problem)
    x, z = np.array([3.0, 1.0]), np.zeros(len(found.form.b))
    labels = [found.rows.texts[k].split(":")[0] for k in found.rows.index]
    z[labels.index("constraint 1")], z[labels.index("constraint 3")] = 2, 1
    values, duals = unpack(found, x, z)
    assert values["x"].tolist() == [3, 1]
    assert {number: float(np.squeeze(dual)) for number, dual in duals.items()} == {1: 2, 2: 0, 3: 1}
    assert found.objective(x) == 11
    assert problem.value == 11


def test_offset_and_sign_give_the_users_objective():
    x = cp.Variable(name="x")
    found = canonicalise(cp.Problem(cp.Maximize(7 - 2 * x), [x >= 0.5]))
    assert found.objective(np.array([0.5])) == 6


def test_the_form_survives_storage():
    form = canonicalise(rich()).form
    again = form_from_arrays(form.as_arrays(), form.cones.as_json())
    assert again.cones == form.cones
    assert abs(again.A - form.A).max() == 0
    assert again.problem_class == "power cone"
    with pytest.raises(ValueError, match="rows"):
        form_from_arrays({**form.as_arrays(), "b": form.b[1:]}, form.cones.as_json())


def test_the_same_problem_gives_the_same_bytes():
    first, second = canonicalise(rich()), canonicalise(rich())
    for name, part in first.form.as_arrays().items():
        assert part.tobytes() == second.form.as_arrays()[name].tobytes()
    assert first.rows.texts == second.rows.texts
    assert first.columns.texts == second.columns.texts


def test_parameters_are_taken_at_their_values():
    weight = cp.Parameter(nonneg=True, name="weight", value=3.0)
    x = cp.Variable(2, name="x")
    found = canonicalise(cp.Problem(cp.Minimize(weight * weight * cp.sum(x)), [x >= 1]))
    assert found.form.c.tolist() == [9, 9]
    assert found.warnings == ()


def test_what_cvxpy_warns_of_is_kept():
    x = cp.Variable(name="x")
    found = canonicalise(cp.Problem(cp.Minimize(cp.power(x, 3.3)), [x >= 1]))
    assert "approximated" in found.warnings[0]
