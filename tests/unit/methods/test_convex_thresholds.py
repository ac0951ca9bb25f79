"""Each threshold of a convex fit, just below and just above, with what is measured given."""

import math
from dataclasses import replace

import numpy as np
import pytest
from convex_support import form

from assay.core.criteria import all_passed
from assay.methods.base import Fit
from assay.methods.convex import agreement, curvature
from assay.methods.convex import diagnose as diagnosing
from assay.methods.convex.agreement import Agreement
from assay.methods.convex.certificate import Optimality, Proof, Worst
from assay.methods.convex.mixed import MixedCertificate
from assay.methods.convex.settings import Convergence, Training

# x + y <= 4, x + 3y <= 9, -x <= 0 of three constraints; x is `x`, y the second column of `y`.
LP = form(np.zeros((3, 3)), [-3, -2, 0], [[1, 1, 0], [1, 3, 0], [-1, 0, 0]], [4, 9, 0], nonneg=3)
LABELS = {
    "row_labels": ["first", "second"],
    "column_labels": ["x", "y"],
    "row": np.array([0, 1, 1]),
    "column": np.array([0, 1, 1]),
}
NONE = Worst(0.0, -1)


def after(number):
    return math.nextafter(number, math.inf)


def make_fit(*, problem=LP, x=(3.0, 1.0, 0.0), z=(2.0, 1.0, 0.0), s=(0.0, 3.0, 3.0), **changes):
    arrays = {f"standard/{name}": values for name, values in problem.as_arrays().items()}
    arrays |= {"standard/row_label": LABELS["row"], "standard/column_label": LABELS["column"]}
    arrays |= {"x": np.array(x), "z": np.array(z), "s": np.array(s)}
    meta = {
        "cones": problem.cones.as_json(),
        "row_labels": LABELS["row_labels"],
        "column_labels": LABELS["column_labels"],
        "attempts": [],
        "solver": "CLARABEL",
    }
    for name, value in changes.items():
        owner = arrays if isinstance(value, np.ndarray) else meta
        owner[name.replace("__", "/")] = value
    return Fit(arrays, meta)


def optimal(**changes):
    numbers = {
        "primal_residual": NONE,
        "dual_residual": NONE,
        "duality_gap": 0.0,
        "objective_error": 0.0,
        "slack_outside": NONE,
        "multiplier_outside": NONE,
        "objective": -11.0,
        "unit": 11.0,
    }
    return Optimality(**{**numbers, **changes})


def judged(fit, tolerance=1e-8):
    found = diagnosing.diagnose(fit, Training(tolerance=tolerance), Convergence())
    return {criterion.name: criterion for criterion in found}


@pytest.fixture
def proved(monkeypatch):
    """Return a function that sets what is proved, and returns the criteria."""

    def criteria(kind="optimal", *, smallest=0.0, fit=None, tolerance=1e-8, place=-1, **numbers):
        found = None if kind is None else optimal(**numbers)
        proof = Proof(kind or "unproven", 5e-9, place, found)
        monkeypatch.setattr(diagnosing, "prove", lambda *_: proof)
        monkeypatch.setattr(curvature, "smallest_eigenvalue", lambda _: smallest)
        return judged(fit or make_fit(), tolerance)

    return criteria


def refused(criteria):
    return [name for name, one in criteria.items() if one.gates and not one.passed]


WITH_PLACES = {
    "primal_residual": ("primal_residual", "first"),
    "cone_membership": ("slack_outside", "first"),
    "dual_residual": ("dual_residual", "x"),
    "dual_cone_membership": ("multiplier_outside", "first"),
}


@pytest.mark.parametrize("name", WITH_PLACES)
def test_a_residual_is_within_the_tolerance(proved, name):
    part, place = WITH_PLACES[name]
    for tolerance in (1e-8, 1e-6):
        fine = proved(tolerance=tolerance, **{part: Worst(tolerance, 0)})
        assert all_passed(list(fine.values()))
        assert (fine[name].where, fine[name].advice) == (place, "")
        for value in (after(tolerance), math.nan):
            broken = proved(tolerance=tolerance, **{part: Worst(value, 0)})
            assert refused(broken) == [name]
            assert (broken[name].threshold, broken[name].where) == (tolerance, place)
            assert broken[name].advice
    assert proved(**{part: Worst(0.0, 0)})[name].where == ""


@pytest.mark.parametrize(("name", "times"), [("duality_gap", 1), ("objective_error", 100)])
def test_the_objective_is_known_to_the_tolerance_or_a_hundred(proved, name, times):
    assert all_passed(list(proved(**{name: times * 1e-8}).values()))
    for value in (after(times * 1e-8), math.nan):
        broken = proved(**{name: value})
        assert refused(broken) == [name]
        assert (broken[name].threshold, broken[name].where) == (times * 1e-8, "")


@pytest.mark.parametrize(
    ("smallest", "convex"),
    [(0.0, True), (-1e-10, True), (-after(1e-10), False), (-1e-9, False), (math.nan, False)],
)
def test_curvature_is_not_negative_beyond_rounding(proved, smallest, convex):
    criteria = proved(smallest=smallest)
    assert refused(criteria) == ([] if convex else ["status", "curvature"])
    assert criteria["curvature"].threshold == -1e-10
    assert bool(criteria["curvature"].advice) is not convex
    assert criteria["status"].value == ("optimal" if convex else "unproven")


def test_what_is_not_proved_is_refused(proved):
    assert refused(proved("unproven")) == ["status"]
    nothing = proved(None)
    assert list(nothing) == ["status", "curvature"]
    assert (nothing["status"].value, nothing["status"].gates) == ("unproven", True)


@pytest.mark.parametrize(
    ("kind", "name", "place"),
    [
        ("infeasible", "infeasibility_certificate", "y, column 1 of 2"),
        ("unbounded", "unboundedness_certificate", "second, row 1 of 2"),
    ],
)
@pytest.mark.parametrize("mixed", [False, True])
def test_a_proof_against_an_optimum_is_a_remark(proved, kind, name, place, mixed):
    fit = mixed_fit(x=(math.nan,) * 3) if mixed else make_fit()
    criteria = proved(kind, fit=fit, place=1)
    assert list(criteria) == ["status", name]
    assert refused(criteria) == ["status"]
    note = criteria[name]
    assert (note.value, note.threshold, note.comparison) == (5e-9, 1e-8, "<=")
    assert (note.passed, note.gates, note.where) == (True, False, place)


def second(**changes):
    parts = {"x": [3.0, 1.0, 0.0], "z": [2.0, 1.0, 0.0], "s": [0.0, 3.0, 3.0], **changes}
    return {f"second__{name}": np.array(value) for name, value in parts.items()}


@pytest.fixture
def compared(proved, monkeypatch):
    """Return a function that sets how two answers differ, and returns the criterion."""

    def criterion(difference, resolution, tolerance=1e-8):
        found = Agreement(difference, resolution)
        monkeypatch.setattr(agreement, "compare", lambda *_: found)
        return proved(fit=make_fit(**second()), tolerance=tolerance)["stability"]

    return criterion


@pytest.mark.parametrize(
    ("difference", "resolution", "tolerance", "passed"),
    [
        (1e-6, 0.0, 1e-8, True),
        (after(1e-6), 0.0, 1e-8, False),
        (1e-6 + 1e-5, 1e-5, 1e-8, True),
        (1.01e-6 + 1e-5, 1e-5, 1e-8, False),
        (100 * 1e-7, 0.0, 1e-7, True),
        (after(100 * 1e-7), 0.0, 1e-7, False),
    ],
)
def test_two_solvers_agree_to_a_millionth_or_a_hundred_tolerances(
    compared, difference, resolution, tolerance, passed
):
    criterion = compared(difference, resolution, tolerance)
    assert (criterion.passed, criterion.gates) == (passed, True)
    assert bool(criterion.advice) is not passed


def test_a_second_answer_known_too_imprecisely_is_none(compared):
    assert compared(9.0, 1e-4).gates
    for resolution in (after(1e-4), math.nan):
        criterion = compared(9.0, resolution)
        assert (criterion.value, criterion.gates, criterion.passed) == (None, False, False)
        assert (criterion.comparison, criterion.threshold) == ("<=", 1e-6)
        assert "imprecisely" in criterion.advice


def test_without_a_second_answer_there_is_a_remark(proved):
    criterion = proved()["stability"]
    assert (criterion.value, criterion.gates) == (None, False)
    assert "No other solver" in criterion.advice


MIXED = replace(LP, integer=np.array([0]), boolean=np.array([], dtype=np.int64))


def mixed_fit(**changes):
    return make_fit(problem=MIXED, **{"bound": np.array(-11.0), **changes})


def mixed(**changes):
    numbers = {
        "primal_residual": NONE,
        "slack_outside": NONE,
        "dual_residual": NONE,
        "duality_gap": 0.0,
        "objective_error": 0.0,
        "multiplier_outside": NONE,
        "integrality": NONE,
        "mip_gap": 0.0,
        "objective": -11.0,
        "unit": 11.0,
    }
    return MixedCertificate(**{**numbers, **changes})


@pytest.fixture
def certified(monkeypatch):
    """Return a function that sets what is certified of both searches, and returns the criteria."""

    def criteria(first=None, other=None, *, fit=None, smallest=0.0, tolerance=1e-8):
        answers = iter([first or mixed(), other or mixed()])
        monkeypatch.setattr(diagnosing, "certify", lambda *_: next(answers))
        monkeypatch.setattr(curvature, "smallest_eigenvalue", lambda _: smallest)
        return judged(fit or mixed_fit(), tolerance)

    return criteria


@pytest.mark.parametrize(("tolerance", "allowed"), [(1e-8, 1e-6), (1e-6, 1e-6), (1e-5, 1e-5)])
def test_the_bound_reaches_the_objective(certified, tolerance, allowed):
    fine = certified(mixed(mip_gap=allowed), tolerance=tolerance)
    assert refused(fine) == []
    assert fine["mip_gap"].advice == ""
    for gap in (after(allowed), math.nan):
        wide = certified(mixed(mip_gap=gap), tolerance=tolerance)
        assert refused(wide) == ["status", "mip_gap"]
        assert wide["mip_gap"].threshold == allowed
        assert wide["mip_gap"].advice


def test_integers_are_integers(certified):
    assert certified()["integrality"].where == ""
    for value in (1e-300, math.nan):
        broken = certified(mixed(integrality=Worst(value, 0)))
        assert refused(broken) == ["status", "integrality"]
        assert (broken["integrality"].threshold, broken["integrality"].where) == (0.0, "x")
        assert broken["integrality"].advice
    assert certified()["integrality"].advice == ""


@pytest.mark.parametrize("name", WITH_PLACES)
def test_residuals_of_a_mixed_problem_are_within_the_tolerance(certified, name):
    part, place = WITH_PLACES[name]
    assert refused(certified(mixed(**{part: Worst(1e-8, 0)}))) == []
    broken = certified(mixed(**{part: Worst(after(1e-8), 0)}))
    assert refused(broken) == ["status", name]
    assert broken[name].where == place


def test_a_mixed_problem_must_be_convex_but_for_its_integers(certified):
    assert refused(certified(smallest=-1e-9)) == ["status", "curvature"]


@pytest.mark.parametrize("part", ["x", "z", "s"])
def test_a_mixed_answer_that_is_not_all_there_is_unproven(certified, part):
    values = np.ones(3)
    values[1] = math.inf
    criteria = certified(fit=mixed_fit(**{part: values}))
    assert list(criteria) == ["status", "curvature"]
    assert criteria["status"].value == "unproven"


def search(bound=-math.inf, **changes):
    return mixed_fit(second__bound=np.array(bound), **second(**changes))


NO_ANSWER = {"x": [math.nan] * 3}


@pytest.mark.parametrize(
    ("above", "passed"), [(2e-6, True), (2.01e-6, False), (-1.0, True), (0.0, True)]
)
def test_a_second_search_does_not_contradict(certified, above, passed):
    better = mixed(objective=-11.0 - 11 * above)
    for fit, other in (
        (search(-11.0 + 11 * above, **NO_ANSWER), None),
        (search(), better),
        (
            search(
                -11.0 - 1,
            ),
            better,
        ),
        (search(-11.0 + 11 * above), mixed(objective=-10.0)),
    ):
        criterion = certified(mixed(), other, fit=fit)["stability"]
        assert criterion.value == pytest.approx(max(above, 0.0))
        assert criterion.threshold == 2e-6
        assert (criterion.passed, criterion.gates) == (passed, True)


def test_twice_the_gap_is_allowed_just(certified):
    exact = mixed(objective=0.0, unit=1.0)
    criterion = certified(exact, fit=search(2e-6, **NO_ANSWER))["stability"]
    assert (criterion.value, criterion.passed) == (2e-6, True)
    # What has no size is compared as it is.
    criterion = certified(mixed(objective=0.0, unit=0.0), fit=search(1.0, **NO_ANSWER))["stability"]
    assert criterion.value == 1.0
    criterion = certified(mixed(objective=0.0, unit=0.5), fit=search(1.0, **NO_ANSWER))["stability"]
    assert criterion.value == 2.0


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ({}, True),
        ({"integrality": Worst(1e-300, 0)}, False),
        ({"primal_residual": Worst(1e-8, 0)}, True),
        ({"primal_residual": Worst(after(1e-8), 0)}, False),
        ({"slack_outside": Worst(1e-8, 0)}, True),
        ({"slack_outside": Worst(after(1e-8), 0)}, False),
    ],
)
def test_a_better_answer_counts_where_it_is_one(certified, other, counts):
    better = mixed(**{"objective": -12.0, **other})
    criterion = certified(mixed(), better, fit=search())["stability"]
    assert criterion.gates is counts
    assert not criterion.passed
    assert ("nothing to compare" in criterion.advice) is not counts


@pytest.mark.parametrize("part", ["x", "z", "s"])
def test_a_second_answer_that_is_not_all_there_is_none(certified, part):
    values = [1.0, math.nan, 1.0]
    better = mixed(objective=-12.0)
    assert not certified(mixed(), better, fit=search(**{part: values}))["stability"].gates


def test_without_a_second_search_there_is_a_remark(certified):
    criterion = certified()["stability"]
    assert (criterion.gates, criterion.value) == (False, None)
    assert "No second search" in criterion.advice


def labelled(row, column):
    fit = make_fit()
    labels = {"standard/row_label": np.array(row), "standard/column_label": np.array(column)}
    return Fit({**fit.arrays, **labels}, fit.meta)


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
