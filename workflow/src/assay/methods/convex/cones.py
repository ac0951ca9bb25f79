"""How far a vector is from a cone or from its dual: the move, row by row, that brings it there.

For linear, second-order and semidefinite cones it is the Euclidean projection; for exponential
and power cones the smallest, in given units, of a few moves that certainly reach the cone (near
its smooth surface at most √3 times the shortest, e times that for the dual exponential one).
Cones and duals as in Boyd & Vandenberghe, Convex Optimization, sections 2.2 and 2.6; the
exponential and power cones and their duals as in Chares (2009), Cones and interior-point
algorithms for structured convex optimization, chapter 4.
"""

from typing import Any

import numpy as np

from assay.methods.convex.form import Array, Cones

_TINY = 1e-300


def moves(v: Array, cones: Cones, units: Array, *, dual: bool = False) -> Array:
    """Return the absolute move of each row that brings v (m,) into K, or into K* if `dual`.

    units (m,) are what moves of the rows of one exponential or power cone are compared in.
    Infinity where v is not finite.
    """
    zero, linear = cones.zero, cones.linear
    found = np.zeros(len(v))
    if not dual:
        found[:zero] = np.abs(v[:zero])
    found[zero:linear] = np.maximum(-v[zero:linear], 0.0)
    at = linear
    for size in cones.soc:
        found[at : at + size] = _second_order(v[at : at + size])
        at += size
    for order in cones.psd:
        size = order * (order + 1) // 2
        found[at : at + size] = _semidefinite(v[at : at + size], order)
        at += size
    for count, measure in ((cones.exp, _exponential), (len(cones.power), _power)):
        rows = slice(at, at + 3 * count)
        if count:
            triples, scales = v[rows].reshape(-1, 3), units[rows].reshape(-1, 3)
            found[rows] = measure(triples, scales, dual, cones).reshape(-1)
        at += 3 * count
    found[~(np.isfinite(found) & np.isfinite(v))] = np.inf
    return found


def common_units(magnitudes: Array, cones: Cones, *, dual: bool = False) -> Array:
    """Return what each row's numbers are comparable with, given magnitudes (m,) of each row.

    Rows of a second-order or semidefinite cone share the largest. In an exponential cone
    x only means something beside y (in its dual v beside u), and z has a unit of its own, as
    have all three rows of a power cone.
    """
    units = magnitudes.copy()
    start = cones.rows - 3 * (cones.exp + len(cones.power))
    units[:start] = cones.spread(magnitudes)[:start]
    if cones.exp:
        triples = magnitudes[start : start + 3 * cones.exp].reshape(-1, 3).copy()
        first = 1 if dual else 0
        triples[:, first] = np.maximum(triples[:, 0], triples[:, 1])
        units[start : start + 3 * cones.exp] = triples.reshape(-1)
    return units


def matrix(triangle: Array, order: int) -> Array:
    """Return the symmetric matrix (order, order) of a scaled upper triangle."""
    full = np.zeros((order, order))
    columns, rows = np.tril_indices(order)  # the upper triangle by columns, read by rows
    full[rows, columns] = np.where(rows == columns, triangle, triangle / np.sqrt(2))
    full[columns, rows] = full[rows, columns]
    return full


def triangle(full: Array) -> Array:
    """Return the scaled upper triangle, by columns, of a symmetric matrix."""
    columns, rows = np.tril_indices(len(full))
    return np.where(rows == columns, 1.0, np.sqrt(2)) * full[rows, columns]


def _second_order(v: Array) -> Array:
    """Project onto {(t, u): t >= |u|}, its own dual."""
    t, u = float(v[0]), float(np.linalg.norm(v[1:]))
    if t >= u:
        return np.zeros(len(v))
    if t <= -u:
        return np.abs(v)
    rise = (u - t) / 2
    return np.asarray(np.abs(np.concatenate([[rise], v[1:] * (rise / u)])))


def _semidefinite(v: Array, order: int) -> Array:
    """Project onto the positive semidefinite matrices, their own dual."""
    if not np.all(np.isfinite(v)):
        return np.full(len(v), np.inf)
    values, vectors = np.linalg.eigh(matrix(v, order))
    if not order or values[0] >= 0:
        return np.zeros(len(v))
    negative = np.minimum(values, 0.0)
    return np.asarray(np.abs(triangle((vectors * negative) @ vectors.T)))


def _exponential(v: Array, units: Array, dual: bool, cones: Cones) -> Array:
    """Move (k, 3) into closure{(x, y, z): y > 0, z >= y·exp(x/y)}.

    (u, v, w) is in the dual cone if (-v, -u, e·w) is in the primal one.
    """
    if dual:
        order, factor = [1, 0, 2], np.array([1.0, 1.0, np.e])
        turned = v[:, order] * np.array([-1.0, -1.0, np.e])
        back = _exponential(turned, units[:, order] * factor, False, cones) / factor
        return np.asarray(back[:, order])
    x, y, z = v.T
    up, over = np.maximum(y, 0.0), np.maximum(z, 0.0)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        height = np.where(up > 0, up * np.exp(x / np.maximum(up, _TINY)), np.inf)
        reach = np.where((up > 0) & (over > 0), up * np.log(over / np.maximum(up, _TINY)), -np.inf)
    nothing = np.zeros(len(v))
    return _smallest(
        units,
        (nothing, up - y, np.maximum(height, over) - z),  # raise z
        (np.maximum(x - reach, 0.0), up - y, over - z),  # lower x
        (np.maximum(x, 0.0), y, over - z),  # to the face x <= 0, y = 0, z >= 0
    )


def _power(v: Array, units: Array, dual: bool, cones: Cones) -> Array:
    """Move (k, 3) into {(x, y, z): x, y >= 0, x^a·y^(1-a) >= |z|}.

    (u, v, w) is in the dual cone if (u/a, v/(1-a), w) is in the primal one.
    """
    a = np.array(cones.power)
    factor = np.stack([a, 1 - a, np.ones(len(a))], axis=1) if dual else np.ones((len(a), 3))
    x, y, z = (v / factor).T
    z = np.abs(z)
    right, up, nothing = np.maximum(x, 0.0), np.maximum(y, 0.0), np.zeros(len(v))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        shrink = np.maximum(z - right**a * up ** (1 - a), 0.0)
        wide = np.where(up > 0, (z / up ** (1 - a)) ** (1 / a), np.inf)
        high = np.where(right > 0, (z / right**a) ** (1 / (1 - a)), np.inf)
    short = shrink > 0
    found = _smallest(
        units / factor,
        (right - x, up - y, shrink),
        (np.where(short, np.maximum(wide, right), right) - x, up - y, nothing),
        (right - x, np.where(short, np.maximum(high, up), up) - y, nothing),
    )
    return np.asarray(found * factor)


def _smallest(units: Array, *candidates: tuple[Any, Any, Any]) -> Array:
    """Return, for each cone (k, 3), the candidate move whose largest part is smallest in units."""
    stacked = np.abs(np.stack([np.stack(parts, axis=1) for parts in candidates]))
    stacked[np.isnan(stacked)] = np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(stacked == 0, 0.0, stacked / units)
    best = np.argmin(np.max(relative, axis=2), axis=0)
    found: Array = stacked[best, np.arange(stacked.shape[1])]
    return found
