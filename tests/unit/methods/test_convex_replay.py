"""What shows on a convex model itself that a fit is its answer, and fits that are not."""

import cvxpy as cp
import numpy as np
import pytest
from convex_support import (
    changed,
    doubted,
    everything,
    job_for,
    refused,
    small_knapsack,
    small_lp,
    small_qp,
    train,
    whole_and_real,
)

from assay.core.errors import TrainingError
from assay.core.fit import Fit
from assay.methods.convex.fit import view
from assay.methods.convex.replay import certify, perturb

BUILDS = [small_lp, small_qp, everything, small_knapsack, whole_and_real]


def of(build, found):
    return certify(job_for(build), found)


def harder_lp():
    problem = small_lp()
    [x] = problem.variables()
    return cp.Problem(problem.objective, [*problem.constraints[:2], x[0] <= 2])


# ---------------------------------------------------------------- certify


@pytest.mark.parametrize("build", BUILDS)
def test_an_honest_fit_is_certified(build):
    criteria = of(build, train(build))
    assert {"standard_form", "rebuilt/status", "rebuilt/duality_gap", "values_follow"} <= {
        one.name for one in criteria
    }
    assert refused(criteria) == doubted(criteria) == []


@pytest.mark.parametrize("build", [small_lp, small_qp, everything])
def test_an_optimum_that_is_off_is_refused(build):
    found = train(build)
    for factor in (1 + 1e-4, 1 - 1e-4):
        off = changed(found, x=found.arrays["x"] * factor)
        assert {"rebuilt/status", "values_follow"} <= set(refused(of(build, off)))


def consistent(build, found, x, z=None, s=None):
    """Return a fit whose values, duals and objective follow from another x, as a forger would."""
    from assay.methods.convex.canonical import canonicalise, unpack
    from assay.methods.convex.fit import value_arrays

    canonical = canonicalise(build())
    z = found.arrays["z"] if z is None else z
    s = canonical.form.b - canonical.form.A @ x if s is None else s
    values = value_arrays(*unpack(canonical, x, z))
    arrays = {**found.arrays, "x": x, "z": z, "s": s, **values}
    return Fit(arrays, {**found.meta, "objective": canonical.objective(x)})


def test_an_optimum_that_is_off_in_every_place_alike_is_refused():
    found = train(small_qp)
    off = consistent(small_qp, found, found.arrays["x"] * (1 - 1e-4))
    names = refused(of(small_qp, off))
    assert "values_follow" not in names
    assert {"rebuilt/status", "rebuilt/duality_gap", "rebuilt/dual_residual"} <= set(names)


def test_the_answer_of_another_problem_is_refused():
    found = train(small_lp)
    assert {"standard_form", "rebuilt/status", "rebuilt/primal_residual"} <= set(
        refused(of(harder_lp, found))
    )
    assert {"standard_form", "rebuilt/status"} <= set(refused(of(small_qp, found)))


def test_a_form_edited_to_suit_the_answer_is_refused():
    """The whole fit is honest, of a problem with one number changed; so is its stored form."""
    easier = small_lp()
    x = easier.variables()[0]
    forged = train(
        cp.Problem(easier.objective, [easier.constraints[0], easier.constraints[1], x[0] <= 3.001])
    )
    names = refused(of(small_lp, forged))
    assert {"standard_form", "rebuilt/status", "rebuilt/primal_residual"} <= set(names)
    assert "values_follow" not in names


def test_a_form_edited_beside_an_honest_answer_is_refused():
    found = train(small_lp)
    for part in ("A_data", "b", "c"):
        edited = found.arrays[f"standard/{part}"] * (1 + 1e-8)
        names = refused(of(small_lp, changed(found, **{f"standard/{part}": edited})))
        assert names == ["standard_form"]


def test_cones_integers_and_sizes_must_be_the_problems():
    found = train(small_lp)
    cones = {**found.meta["cones"], "nonneg": found.meta["cones"]["nonneg"] - 1, "zero": 1}
    assert "standard_form" in refused(
        of(small_lp, Fit(found.arrays, {**found.meta, "cones": cones}))
    )
    whole = changed(found, **{"standard/integer": np.array([0])})
    assert refused(of(small_lp, whole)) == ["standard_form"]
    short = changed(found, **{"standard/b": found.arrays["standard/b"][:-1]})
    assert refused(of(small_lp, short)) == ["standard_form"]


def test_rounding_in_the_form_is_a_doubt():
    found = train(small_lp)
    b = found.arrays["standard/b"].copy()
    b[0] = np.nextafter(b[0], 9)
    criteria = of(small_lp, changed(found, **{"standard/b": b}))
    assert refused(criteria) == []
    assert doubted(criteria) == ["standard_form_exact"]


def test_edited_duals_are_refused():
    found = train(small_lp)
    assert "rebuilt/dual_residual" in refused(
        of(small_lp, changed(found, z=found.arrays["z"] * (1 + 1e-4)))
    )
    assert refused(of(small_lp, changed(found, **{"dual/1": np.array(7.0)}))) == ["values_follow"]


@pytest.mark.parametrize("build", [small_lp, small_knapsack])
def test_values_and_objective_that_do_not_follow_are_refused(build):
    found = train(build)
    [name] = [name for name in found.arrays if name.startswith("value/")]
    for lie in (
        changed(found, **{name: found.arrays[name] * (1 + 1e-8)}),
        changed(found, **{"value/y": np.ones(2)}),
        Fit({k: v for k, v in found.arrays.items() if k != name}, found.meta),
        Fit(found.arrays, {**found.meta, "objective": found.meta["objective"] + 1e-6}),
        Fit(found.arrays, {**found.meta, "objective": None}),
    ):
        assert refused(of(build, lie)) == ["values_follow"]


def test_integers_that_are_none_are_refused():
    found = train(small_knapsack)
    off = changed(found, x=found.arrays["x"] * (1 - 1e-9))
    assert "rebuilt/integrality" in refused(of(small_knapsack, off))


def test_a_point_that_is_not_finite_is_refused():
    found = train(small_lp)
    nowhere = changed(found, x=np.full_like(found.arrays["x"], np.nan))
    assert {"rebuilt/status", "values_follow"} <= set(refused(of(small_lp, nowhere)))


def test_a_problem_without_an_optimum_is_refused():
    x = cp.Variable(name="x")
    problem = cp.Problem(cp.Minimize(x), [x >= 1, x <= 0])
    assert "rebuilt/status" in refused(of(problem, train(problem)))


def test_a_model_that_no_longer_builds_a_problem_is_refused():
    with pytest.raises(TrainingError):
        of(lambda: None, train(small_lp))


# ---------------------------------------------------------------- perturb


@pytest.mark.parametrize("build", BUILDS)
def test_perturbed_fits_are_of_the_same_kind(build):
    found = train(build)
    others = perturb(found, np.random.default_rng(0))
    assert len(others) == 6
    seen = set()
    for other in others:
        assert {n: (a.dtype, a.shape) for n, a in other.arrays.items()} == {
            n: (a.dtype, a.shape) for n, a in found.arrays.items()
        }
        assert {k: v for k, v in other.meta.items() if k != "objective"} == {
            k: v for k, v in found.meta.items() if k != "objective"
        }
        assert other.meta["objective"] != found.meta["objective"]
        assert np.sign(other.meta["objective"]) == np.sign(found.meta["objective"])
        seen.add(str(view(other, np.random.default_rng(0)).value))
        for name in "xzs":
            assert other.arrays[name] is found.arrays[name]
    assert len(seen) >= 5 or build is small_knapsack


def test_real_numbers_keep_their_sign_and_zeros_move_too():
    found = changed(train(small_lp), **{"value/x": np.array([-2.0, 0.0])})
    others = perturb(found, np.random.default_rng(0))
    values = [other.arrays["value/x"] for other in others]
    assert values[0] == pytest.approx(np.array([-2.002, 0]))
    assert all(value[0] < 0 and value[0] != -2 for value in values)
    assert [value[1] != 0 for value in values] == [False] * 4 + [True] * 2
    duals = [other.arrays["dual/1"] for other in others]
    assert all(dual != found.arrays["dual/1"] for dual in duals)


def test_integers_stay_integers_and_booleans_0_or_1():
    found = train(whole_and_real)
    others = perturb(found, np.random.default_rng(0))
    k, b = (np.array([o.arrays[f"value/{name}"] for o in others]) for name in ("k", "b"))
    assert np.array_equal(k, np.round(k))
    assert set(b.tolist()) == {0.0, 1.0}
    moved = [bool(np.any(each != found.arrays["value/k"])) for each in k]
    assert moved == [False, False, True, True, True, True]
    assert all(o.arrays["value/x"] != found.arrays["value/x"] for o in others)
    assert np.abs(k - found.arrays["value/k"]).max() == 1
