import numpy as np
import pytest
import scipy.sparse as sp
from convex_support import form, small_lp, small_qp

from assay.methods.convex.agreement import compare
from assay.methods.convex.canonical import canonicalise
from assay.methods.convex.curvature import THRESHOLD, smallest_eigenvalue
from assay.methods.convex.refine import sharpen, tidy


def noisy(problem, size):
    """Return a problem's optimum with noise, as an interior-point solver would leave it."""
    from assay.methods.base import Quiet
    from assay.methods.convex.solver_portfolio import Portfolio

    found = Portfolio(Quiet()).first_proof(problem, ("CLARABEL",), 1e-8).proved
    rng = np.random.default_rng(1)
    return tuple(part + size * rng.normal(size=len(part)) for part in (found.x, found.z, found.s))


def sharpened(problem, point, **how):
    x, z, s = point
    return sharpen(problem, x, z, s, 1e-8, **how)


@pytest.mark.parametrize("build", [small_lp, small_qp])
def test_polishing_makes_a_rough_answer_exact(build):
    problem = canonicalise(build()).form
    rough = noisy(problem, 1e-5)
    assert sharpened(problem, rough, polishing=False).certificate.worst > 1e-8
    assert sharpened(problem, rough).certificate.worst < 1e-12


def test_a_wrong_active_set_is_corrected():
    rng = np.random.default_rng(2)
    half = rng.normal(size=(20, 20))
    c = rng.normal(size=20)
    problem = form(half @ half.T, c, -np.eye(20), np.zeros(20), nonneg=20)
    start = np.full(20, 0.1)
    assert sharpen(problem, start, start, start, 1e-8).certificate.worst < 1e-10


def test_tidying_keeps_simple_bounds_exactly():
    problem = canonicalise(small_lp()).form
    _, z, s = noisy(problem, 0.0)
    found = tidy(problem, np.array([3.0 + 1e-12, -1e-13]), z - 1e-13, s)
    assert found.x.tolist() == [3, 0]
    assert np.all(found.z >= 0)
    assert np.all(found.s >= 0)


def test_a_constant_objective_needs_no_multipliers():
    problem = form(np.zeros((2, 2)), [0, 0], [[1, 1], [-1, 0]], [1, 0], zero=1, nonneg=1)
    found = sharpen(problem, np.array([0.3, 0.7]), np.array([1e-3, 1e-4]), np.zeros(2), 1e-8)
    assert found.certificate.worst == 0
    assert not np.any(found.z)


def test_agreement_is_as_precise_as_the_second_answer():
    problem = canonicalise(small_qp()).form
    exact = noisy(problem, 0.0)
    exact = sharpened(problem, exact)
    first = exact.x, exact.z, exact.s
    same = compare(problem, first, first)
    assert same.usable
    assert same.difference == 0
    rough = compare(problem, first, noisy(problem, 1e-7))
    assert rough.usable
    assert rough.difference <= rough.resolution
    vague = compare(problem, first, noisy(problem, 1e-2))
    assert not vague.usable
    assert not compare(problem, first, (exact.x * np.nan, exact.z, exact.s)).usable


def test_agreement_finds_a_different_objective():
    problem = canonicalise(small_lp()).form
    exact = sharpened(problem, noisy(problem, 0.0))
    other = exact.x - np.array([0, 0.01]), exact.z, exact.s
    compared = compare(problem, other, (exact.x, exact.z, exact.s))
    assert compared.usable
    assert compared.difference == pytest.approx(0.02 / 11, rel=0.01)
    assert compared.difference > 1e-6 + compared.resolution


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (np.diag([2.0, 1.0]), 0.5),
        (np.diag([1.0, 0.0, 3.0]), 0.0),
        (np.array([[0.0, 1], [1, 0]]), -1.0),
        (np.diag([1.0, -1e-3]), -1e-3),
        (np.zeros((3, 3)), 0.0),
        (np.array([[np.nan]]), np.nan),
    ],
)
def test_the_smallest_eigenvalue(matrix, expected):
    assert smallest_eigenvalue(sp.csc_array(matrix)) == pytest.approx(expected, nan_ok=True)


def test_a_gram_matrix_is_convex_in_spite_of_rounding():
    half = np.random.default_rng(3).normal(size=(200, 20)) * 1e5
    assert smallest_eigenvalue(sp.csc_array(half @ half.T)) > THRESHOLD


@pytest.mark.parametrize(("shift", "convex"), [(0.0, True), (1e-3, False)])
def test_large_matrices_are_judged_by_their_pivots(shift, convex):
    n = 1500
    band = sp.diags_array([np.full(n, 2.0), -np.ones(n - 1), -np.ones(n - 1)], offsets=[0, 1, -1])
    value = smallest_eigenvalue(sp.csc_array(band - shift * sp.eye_array(n)))
    assert (value >= THRESHOLD) is convex
    assert convex or value >= -shift
