"""What a validator finds in a convex fit's evidence alone, and what it has solved again."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from convex_support import (
    changed,
    doubted,
    everything,
    evidence,
    job_for,
    refused,
    small_knapsack,
    small_lp,
    small_qp,
    whole_and_real,
)

from assay.core.fit import Fit
from assay.evidence.arrays import load_arrays, load_fit, save_arrays, save_fit
from assay.methods.convex.recompute import challenge, compare, inspect
from assay.methods.convex.replay import certify, replay
from assay.methods.convex.settings import Training

BUILDS = [small_lp, small_qp, everything, small_knapsack, whole_and_real]
MIXED = [small_knapsack, whole_and_real]


def asked_of(found, stored):
    return challenge(found, Training(), stored, np.random.default_rng(0))


# ---------------------------------------------------------------- inspect


@pytest.mark.parametrize("build", BUILDS)
def test_honest_evidence_does_not_contradict_itself(build):
    found, stored = evidence(build)
    criteria = inspect(found, Training(), stored)
    assert len(criteria) >= 6
    assert refused(criteria) == doubted(criteria) == []


@pytest.mark.parametrize("build", BUILDS)
def test_evidence_that_was_stored_and_read_back_gives_the_same(tmp_path, build):
    found, stored = evidence(build)
    save_fit(tmp_path, found)
    found = load_fit(tmp_path)
    for name, arrays in stored.items():
        save_arrays(tmp_path / f"{name}.npz", arrays)
    stored = {name: load_arrays(tmp_path / f"{name}.npz") for name in stored}
    assert refused(inspect(found, Training(), stored)) == []
    assert refused(certify(job_for(build), found)) == []


@pytest.mark.parametrize("solver", ["CLARABEL", "OSQP"])
def test_the_designs_solver_is_asked_first(solver):
    found, stored = evidence(small_qp, solver=solver)
    assert refused(inspect(found, Training(solver=solver), stored)) == []
    assert refused(inspect(found, Training(solver="SCS"), stored)) == ["answers"]


def form_edited(found, stored):
    found.arrays["standard/b"][0] += 1e-9


def stored_form_edited(found, stored):
    stored["standard_form"]["c"] = stored["standard_form"]["c"] * (1 + 1e-15)


def stored_form_missing(found, stored):
    del stored["standard_form"]


def cones_changed(found, stored):
    found.meta["cones"]["nonneg"] -= 1


def indices_out_of_range(found, stored):
    found.arrays["standard/A_indices"][0] = 99
    stored["standard_form"]["A_indices"][0] = 99


def answer_too_short(found, stored):
    found.arrays["x"] = found.arrays["x"][:-1]


def multipliers_missing(found, stored):
    del found.arrays["z"]


def labels_cut(found, stored):
    found.arrays["standard/row_label"] = found.arrays["standard/row_label"][:-1]


def objective_edited(found, stored):
    found.meta["objective"] *= 1 + 1e-9


def objective_missing(found, stored):
    found.meta["objective"] = None


def sign_changed(found, stored):
    found.meta["sign"] = 0.5
    found.meta["objective"] *= 0.5


def value_missing(found, stored):
    del found.arrays["value/x"]


def value_too_many(found, stored):
    found.arrays["value/y"] = np.ones(2)


def answer_missing(found, stored):
    del stored[list(stored)[-1]]


def answer_too_many(found, stored):
    stored["answer_9_SCS"] = stored["answer_1_HIGHS"]


def answers_in_another_order(found, stored):
    stored["answer_1_HIGHS"] = stored.pop("answer_1_HIGHS")


def form_stored_last(found, stored):
    stored["standard_form"] = stored.pop("standard_form")


def no_attempts(found, stored):
    found.meta["attempts"] = []
    for name in [name for name in stored if name.startswith("answer")]:
        del stored[name]


def another_answer(found, stored):
    answer = stored["answer_1_HIGHS"]
    answer["x"], answer["z"] = np.array([-5.0, 5.0]), answer["z"] * 0


def answer_of_another_shape(found, stored):
    stored["answer_1_HIGHS"]["x"] = np.ones(7)


FORGERIES = {
    form_edited: "form_stored",
    stored_form_edited: "form_stored",
    stored_form_missing: "form_stored",
    cones_changed: "shapes",
    indices_out_of_range: "shapes",
    answer_too_short: "shapes",
    multipliers_missing: "shapes",
    labels_cut: "shapes",
    objective_edited: "objective",
    objective_missing: "objective",
    sign_changed: "objective",
    value_missing: "variables",
    value_too_many: "variables",
    answer_missing: "answers",
    answer_too_many: "answers",
    answers_in_another_order: "answers",
    form_stored_last: "answers",
    no_attempts: "answers",
    another_answer: "answer",
    answer_of_another_shape: "answer",
}


@pytest.mark.parametrize(
    ("forge", "name"), FORGERIES.items(), ids=lambda x: getattr(x, "__name__", x)
)
def test_a_contradiction_is_found(forge, name):
    found, stored = deepcopy(evidence(small_lp))
    forge(found, stored)
    criteria = inspect(found, Training(), stored)
    assert name in refused(criteria)
    assert next(one for one in criteria if one.name == name).advice


def test_an_answer_known_roughly_is_polished_again():
    found, stored = evidence(small_qp)
    name = next(name for name in stored if name.startswith("answer"))
    stored[name]["x"] = stored[name]["x"] * 1.01
    assert refused(inspect(found, Training(), stored)) == []


def test_an_optimum_that_is_off_by_a_little_is_not_the_solvers():
    found, stored = evidence(small_qp)
    moved = changed(found, x=found.arrays["x"] * (1 - 1e-4))
    assert "answer" in refused(inspect(moved, Training(), stored))


def test_integers_must_be_the_solvers():
    found, stored = evidence(small_knapsack)
    other = changed(found, x=found.arrays["x"][::-1].copy())
    assert "answer" in refused(inspect(other, Training(), stored))


# ---------------------------------------------------------------- challenge and compare


def test_a_continuous_optimum_proves_itself():
    for build in (small_lp, everything):
        assert asked_of(*evidence(build)) is None


@pytest.mark.parametrize("build", MIXED)
def test_a_bound_is_proved_again(build):
    found, stored = evidence(build)
    asked = asked_of(found, stored)
    assert asked.share == 1
    again = replay(job_for(build), asked.request, asked.arrays)
    criteria = compare(asked, found, stored, again)
    assert [one.name for one in criteria] == ["replay", "bound"]
    assert refused(criteria) == []


def worse_integers(found):
    x = found.arrays["x"].copy()
    x[:] = [1, 1, 0]
    return changed(found, x=x, bound=np.array(-3.0))


def test_integers_that_are_not_the_best_are_refused():
    found, stored = evidence(small_knapsack)
    asked = asked_of(found, stored)
    again = replay(job_for(small_knapsack), asked.request, {})
    assert refused(compare(asked, worse_integers(found), stored, again)) == ["replay", "bound"]


def test_a_bound_that_does_not_reach_the_objective_is_refused():
    found, stored = evidence(small_knapsack)
    asked = asked_of(found, stored)
    again = replay(job_for(small_knapsack), asked.request, {})
    lower = {**again, "bound": again["bound"] - 1e-3}
    assert refused(compare(asked, found, stored, lower)) == ["bound"]


def test_nothing_passes_where_nothing_was_proved():
    found, stored = evidence(small_knapsack)
    asked = asked_of(found, stored)
    honest = replay(job_for(small_knapsack), asked.request, {})
    nan = np.array(np.nan)
    for again in ({}, {"objective": nan, "bound": nan}, {"objective": np.ones(1)}):
        assert refused(compare(asked, found, stored, again)) == ["replay", "bound"]
    assert refused(compare(asked, found, stored, {**honest, "bound": nan})) == ["bound"]
    assert refused(compare(asked, found, stored, {**honest, "objective": nan})) == ["replay"]


def test_an_objective_without_costs_needs_a_proof_too():
    def feasible():
        problem = small_knapsack()
        return type(problem)(type(problem.objective)(0), problem.constraints)

    found, stored = evidence(feasible)
    asked = asked_of(found, stored)
    again = replay(job_for(feasible), asked.request, {})
    assert refused(compare(asked, found, stored, again)) == []
    assert refused(compare(asked, found, stored, {})) == ["replay", "bound"]


def test_a_problem_that_cannot_be_solved_proves_nothing_again():
    found, stored = evidence(small_knapsack)
    asked = asked_of(found, stored)

    def infeasible():
        problem = small_knapsack()
        [take] = problem.variables()
        return type(problem)(problem.objective, [2 * take[0] == 1])

    again = replay(job_for(infeasible), asked.request, {})
    assert refused(compare(asked, found, stored, again)) == ["replay", "bound"]


def test_meta_is_read_but_not_believed():
    found, stored = evidence(small_knapsack)
    asked = asked_of(found, stored)
    again = replay(job_for(small_knapsack), asked.request, {})
    lie = Fit(worse_integers(found).arrays, {**found.meta, "status": "optimal", "objective": 3.0})
    assert refused(compare(replace(asked), lie, stored, again)) == ["replay", "bound"]
