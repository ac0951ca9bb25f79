"""What is said beside the numbers of a convex fit: names, conflicts, and who was wrong."""

import math

import numpy as np
import pytest
from convex_records import (
    LP,
    make_fit,
    mixed_fit,
    proving,
)
from convex_support import form

from assay.methods.base import Fit
from assay.methods.convex.certificate import Worst


@pytest.fixture
def proved(monkeypatch):
    return proving(monkeypatch)


@pytest.mark.parametrize(
    ("index", "where"),
    [(-1, ""), (0, "first"), (1, "second, row 1 of 2"), (2, "second, row 2 of 2")],
)
def test_a_row_is_named_by_its_constraint_and_its_place_there(proved, index, where):
    criteria = proved(primal_residual=Worst(1.0, index))
    assert criteria["primal_residual"].where == where


def conflict(z, problem=LP, texts=None):
    fit = make_fit(z=z, problem=problem)
    meta = {**fit.meta, "row_labels": texts or fit.meta["row_labels"]}
    return Fit(fit.arrays, meta)


@pytest.mark.parametrize(
    ("z", "said"),
    [
        ((1.0, 0.0, 0.0), "these constraints conflict: first."),
        ((0.0, 1.0, 1.0), "these constraints conflict: second."),
        ((-1.0, 1.0, 0.0), "these constraints conflict: first; second."),
        # Shares are 6, 13 and 1 times what stands there: a millionth of the largest is none.
        ((1.0, 0.4e-6, 0.0), "these constraints conflict: first."),
        ((1.0, 0.5e-6, 0.0), "these constraints conflict: first; second."),
        ((1.0, 0.0, 1.0), "these constraints conflict: first; second."),
        ((1.0, 0.0, -1.0), "these constraints conflict: first; second."),
        ((1e-9, 0.0, 0.0), "these constraints conflict: first."),
        ((0.0, 0.0, 0.0), "these constraints conflict: ."),
        ((math.nan, 1.0, 0.0), "the constraints conflict."),
    ],
)
def test_what_conflicts_is_what_takes_part(proved, z, said):
    assert said in proved("infeasible", fit=conflict(z))["status"].advice


@pytest.mark.parametrize(
    ("x", "said"),
    [
        ((1.0, 0.0, 0.0), "end: x can grow"),
        ((0.0, -1.0, 1.0), "end: y can grow"),
        ((-1.0, 1.0, 0.0), "end: x, y can grow"),
        ((1.0, 0.9e-6, 0.0), "end: x can grow"),
        ((1.0, 1.1e-6, 0.0), "end: x, y can grow"),
        ((-1.0, 1.1e-6, 0.0), "end: x, y can grow"),
        ((-1.0, 0.9e-6, 0.0), "end: x can grow"),
        ((1e-9, 0.0, 0.0), "end: x can grow"),
        ((0.0, 0.0, 0.0), "end:  can grow"),
        ((math.nan, 1.0, 0.0), "some variable can grow"),
    ],
)
def test_what_grows_is_what_moves(proved, x, said):
    assert said in proved("unbounded", fit=make_fit(x=x))["status"].advice


@pytest.mark.parametrize(("count", "said"), [(5, "c3; c4."), (6, "c3; c4 and 1 more.")])
def test_five_constraints_are_named_at_most(proved, count, said):
    nothing = np.zeros((count, count))
    problem = form(nothing, np.ones(count), np.eye(count), np.ones(count), nonneg=count)
    fit = make_fit(problem=problem, x=np.ones(count), z=np.ones(count), s=np.zeros(count))
    labels = {f"standard/{kind}_label": np.arange(count) for kind in ("row", "column")}
    meta = {**fit.meta, "row_labels": [f"c{k}" for k in range(count)]}
    meta["column_labels"] = [f"v{k}" for k in range(count)]
    named = Fit({**fit.arrays, **labels}, meta)
    assert said in proved("infeasible", fit=named)["status"].advice
    assert "v3, v4 can grow" in proved("unbounded", fit=named)["status"].advice


def attempt(solver, status, proved="optimal"):
    return {"solver": solver, "status": status, "proved": proved}


@pytest.mark.parametrize(
    ("attempts", "wrong"),
    [
        ([], None),
        ([attempt("CLARABEL", "solved")], None),
        ([attempt("OSQP", "solved"), attempt("CLARABEL", "solved")], 1),
        ([attempt("CLARABEL", "solved"), attempt("OSQP", "infeasible")], None),
        ([attempt("CLARABEL", "Primal Infeasible")], 1),
        ([attempt("CLARABEL", "unbounded")], 1),
        ([attempt("CLARABEL", "unbounded", "unproven")], None),
        ([attempt("OSQP", "a"), attempt("SCS", "b"), attempt("CLARABEL", "unbounded")], 3),
        ([attempt("OSQP", "a"), attempt("CLARABEL", "b"), attempt("CLARABEL", "unbounded")], 1),
        ([attempt("OSQP", "a"), attempt("SCS", "b")], None),
    ],
)
def test_a_solver_that_was_wrong_before_the_one_that_answered_is_remarked_on(
    proved, attempts, wrong
):
    note = proved(fit=make_fit(attempts=attempts)).get("unproven_answers")
    assert (note and note.value) == wrong
    if note:
        assert (note.comparison, note.threshold, note.passed) == ("==", 0, False)
        assert (note.gates, note.where) == (False, "answered by CLARABEL")


def test_warnings_are_remarks(proved):
    assert "cvxpy_warnings" not in proved()
    note = proved(fit=make_fit(warnings=["one", "two"]))["cvxpy_warnings"]
    assert (note.value, note.comparison, note.threshold) == (2, "==", 0)
    assert (note.passed, note.gates, note.advice) == (False, False, "one | two")


@pytest.mark.parametrize(
    ("attempts", "mixed_x", "said"),
    [
        ([], None, "No solver was asked"),
        ([attempt("OSQP", "a"), attempt("OSQP", "a")], None, "said OSQP: a. No solver came"),
        ([attempt("OSQP", "a"), attempt("SCS", "b")], None, "said OSQP: a; SCS: b. No solver"),
        ([attempt("SCIP", "a")], (math.nan, 1.0, 1.0), "SCIP: a. Without its integers"),
        ([attempt("SCIP", "a")], (1.0, 1.0, 1.0), "SCIP: a. No solver came"),
    ],
)
def test_what_solvers_said_is_quoted(proved, attempts, mixed_x, said):
    broken = np.array([math.nan, 0.0, 0.0])
    fit = make_fit(attempts=attempts, x=broken)
    if mixed_x is not None:
        fit = mixed_fit(attempts=attempts, x=np.array(mixed_x), z=broken)
    assert said in proved(None, fit=fit)["status"].advice
