"""Sharpening a solver's answer; a sharpened answer counts only if its certificate is better.

`tidy` uses freedoms that cost nothing: slack follows from x, multipliers and simple bounds are
moved to where they must be. `polish` solves the optimality conditions of a linear or quadratic
program with the active constraints as equations, as in Stellato et al. (2020), OSQP, section
5.2, here with symmetric equilibration and refinement against the unregularised system.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from assay.methods.convex.certificate import Optimality, optimality
from assay.methods.convex.cones import moves
from assay.methods.convex.form import Array, StandardForm
from assay.methods.convex.scales import measure_scales

# How the equations are regularised, and the part of the tolerance below which that is not worth
# it; the second is for nearly singular systems.
_REGULARISATIONS = ((1e-9, 1e-5), (1e-13, 1e-2))
_REFINEMENTS = 30
_ACTIVE_SETS = 6
_EQUILIBRATIONS = 8
_MOST_ENTRIES = 5_000_000


@dataclass(frozen=True)
class Point:
    """A primal-dual point and its certificate."""

    x: Array
    z: Array
    s: Array
    certificate: Optimality


def sharpen(
    form: StandardForm, x: Array, z: Array, s: Array, tolerance: float, *, polishing: bool = True
) -> Point:
    """Return the best of the answer itself, tidied and polished; all arrays must be finite."""
    if not np.any(form.c):
        if not np.any(form.b):
            x, s = np.zeros_like(x), np.zeros_like(s)  # the origin is optimal
        if not (form.quadratic and np.any(form.b)):
            z = np.zeros_like(z)  # and this proves it, as it does for any feasible point if P = 0
    plain, tidied = _point(form, x, z, s), tidy(form, x, z, s)
    best = tidied
    for regularisation, enough in _REGULARISATIONS if polishing and polishable(form) else ():
        if best.certificate.worst <= enough * tolerance:
            break
        polished = polish(form, tidied, regularisation, tolerance)
        if polished is not None and polished.certificate.worst < best.certificate.worst:
            best = polished
    if best.certificate.worst > tolerance and plain.certificate.worst < best.certificate.worst:
        return plain
    return best


def tidy(form: StandardForm, x: Array, z: Array, s: Array) -> Point:
    """Move x into its simple bounds, take slack from x, put linear slack and multipliers right.

    In a cone of several rows the slack is b - Ax itself where that is nearer to the cone than
    to the solver's slack.
    """
    inside = _snap(form, x)
    own = form.b - form.A @ inside
    apart = np.abs(own - s)
    away = moves(own, form.cones, measure_scales(form, inside, z, s).rows)
    slack = np.where(form.cones.spread(away) <= form.cones.spread(apart), own, s)
    zero, linear = form.cones.zero, form.cones.linear
    slack[:zero] = 0.0
    slack[zero:linear] = np.maximum(own[zero:linear], 0.0)
    multipliers = z.copy()
    multipliers[zero:linear] = np.maximum(z[zero:linear], 0.0)
    return _point(form, inside, multipliers, slack)


def polish(
    form: StandardForm, point: Point, regularisation: float, tolerance: float
) -> Point | None:
    """Solve with the constraints that look active as equations; None if that breaks down.

    Constraints whose multiplier comes out negative are then let go, broken ones taken in, and
    the equations solved again (the primal-dual active set method of Hintermueller, Ito & Kunisch
    2003), a few times at most.
    """
    scales = measure_scales(form, point.x, point.z, point.s)
    unit = scales.objective if scales.objective > 0 else 1.0
    equation = np.arange(len(point.s)) < form.cones.zero
    active = _active(point.z, point.s, scales.rows, unit) | equation
    best: Point | None = None
    for _ in range(_ACTIVE_SETS):
        start = np.r_[point.x, point.z[active]]
        found = _solve_equations(form, form.A[active], form.b[active], start, regularisation)
        if found is None:
            return best
        x, z = found[: len(point.x)], np.zeros_like(point.z)
        z[active] = found[len(point.x) :]
        polished = tidy(form, x, z, point.s)
        if best is None or polished.certificate.worst < best.certificate.worst:
            best = polished
        following = _active(z, form.b - form.A @ x, scales.rows, unit) | equation
        if best.certificate.worst <= tolerance or np.array_equal(following, active):
            break
        active = following
    return best


def _active(z: Array, slack: Array, rows: Array, unit: float) -> Array:
    """Mark the constraints whose multiplier outweighs their slack, both in the problem's units."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(z * rows / unit) > np.nan_to_num(slack / rows))


def _solve_equations(
    form: StandardForm, rows: sp.csc_array, target: Array, start: Array, regularisation: float
) -> Array | None:
    """Solve [P A'; A 0] (x, z) = (-c, b), starting from an approximate solution."""
    n, m = len(form.c), len(target)
    kkt = sp.csc_array(sp.block_array([[form.P, rows.T], [rows, sp.csc_array((m, m))]]))
    scale = _equilibrate(kkt)
    scaled = sp.csc_array(sp.diags_array(scale) @ kkt @ sp.diags_array(scale))
    shift = sp.diags_array(regularisation * np.r_[np.ones(n), -np.ones(m)])
    try:
        factor = splu(sp.csc_matrix(scaled + shift), permc_spec="MMD_AT_PLUS_A")
    except RuntimeError:  # singular in spite of the regularisation
        return None
    wanted = scale * np.r_[-form.c, target]
    current = start / scale
    best, error = current, float("inf")
    for _ in range(_REFINEMENTS):
        residual = wanted - scaled @ current
        size = float(np.max(np.abs(residual), initial=0.0))
        if not size < error:
            break
        best, error = current, size
        current = current + factor.solve(residual)
    return scale * best if np.all(np.isfinite(best)) else None


def _equilibrate(matrix: sp.csc_array) -> Array:
    """Return scales that bring every row's largest entry near 1 (Ruiz 2001), symmetrically."""
    scale = np.ones(matrix.shape[0])
    absolute = abs(matrix).tocoo()
    for _ in range(_EQUILIBRATIONS):
        entries = absolute.data * scale[absolute.row] * scale[absolute.col]
        largest = np.zeros(len(scale))
        np.maximum.at(largest, absolute.row, entries)
        scale = scale / np.sqrt(np.where(largest > 0, largest, 1.0))
    return scale


def _snap(form: StandardForm, x: Array) -> Array:
    """Return x moved into the bounds that single-variable inequalities and equalities give."""
    entries = form.A.tocoo()
    counts = np.bincount(entries.row, minlength=len(form.b))
    alone = (counts[entries.row] == 1) & (entries.row < form.cones.linear)
    row, column, factor = entries.row[alone], entries.col[alone], entries.data[alone]
    bound = form.b[row] / factor
    equation = row < form.cones.zero
    lower, upper = np.full(len(x), -np.inf), np.full(len(x), np.inf)
    low, high = equation | (factor < 0), equation | (factor > 0)
    np.maximum.at(lower, column[low], bound[low])
    np.minimum.at(upper, column[high], bound[high])
    sensible = lower <= upper
    return np.where(sensible, np.clip(x, lower, np.maximum(lower, upper)), x)


def polishable(form: StandardForm) -> bool:
    """Return whether a problem is linear or quadratic and not too large to polish."""
    only_linear = form.cones.linear == form.cones.rows
    return only_linear and form.A.nnz + form.P.nnz <= _MOST_ENTRIES


def _point(form: StandardForm, x: Array, z: Array, s: Array) -> Point:
    return Point(x, z, s, optimality(form, x, z, s))
