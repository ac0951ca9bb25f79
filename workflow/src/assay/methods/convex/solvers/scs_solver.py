"""SCS: a first-order method for every continuous class; less accurate, but of another kind."""

import numpy as np
import scipy.sparse as sp
import scs

from assay.methods.convex.form import Array, Cones, StandardForm
from assay.methods.convex.solvers.answer import Answer, vector

_ACCURACY = (1e-9, 1e-10)
_MOST_ITERATIONS = (20_000, 200_000)
_WORK = (2e9, 2e10)  # multiplications, roughly
UNITS = ("data", "point")  # of each effort, see `scaling`


def solve(form: StandardForm, effort: int) -> Answer:
    """Answer a continuous problem; the number of iterations is limited by the problem's size."""
    n, m = len(form.c), len(form.b)
    if m == 0:
        nothing = np.full(n, np.nan)
        return Answer("SCS needs constraints", nothing, np.zeros(0), np.zeros(0), 0)
    order = _permutation(form.cones)
    data = {
        "P": sp.csc_matrix(sp.triu(form.P)),
        "A": sp.csc_matrix(form.A[order]),
        "b": form.b[order],
        "c": form.c,
    }
    settings = {
        "eps_abs": _ACCURACY[effort],
        "eps_rel": _ACCURACY[effort],
        "eps_infeas": 1e-10,
        "max_iters": _iterations(form, effort),
        "verbose": False,
    }
    found = scs.SCS(data, _cones(form.cones), **settings).solve()
    back = np.empty(m, dtype=np.int64)
    back[order] = np.arange(m)
    return Answer(
        status=str(found["info"]["status"]),
        x=vector(found["x"], n),
        z=vector(found["y"], m)[back],
        s=vector(found["s"], m)[back],
        iterations=int(found["info"]["iter"]),
    )


def _iterations(form: StandardForm, effort: int) -> int:
    """Return how many iterations the work allows, counting a spectral decomposition as 10 n³."""
    each = 4.0 * (form.A.nnz + form.P.nnz) + 10.0 * sum(order**3 for order in form.cones.psd)
    return int(np.clip(_WORK[effort] / max(each, 1.0), 500, _MOST_ITERATIONS[effort]))


def _cones(cones: Cones) -> dict[str, object]:
    return {
        "z": cones.zero,
        "l": cones.nonneg,
        "q": list(cones.soc),
        "s": list(cones.psd),
        "ep": cones.exp,
        "p": list(cones.power),
    }


def _permutation(cones: Cones) -> Array:
    """Return the rows of the standard form in SCS's order.

    SCS stacks the lower triangle of a semidefinite matrix by columns, the standard form the
    upper one; both scale the off-diagonals by √2.
    """
    order = [np.arange(cones.linear + sum(cones.soc))]
    at = len(order[0])
    for size in cones.psd:
        rows, columns = np.tril_indices(size)
        place = np.zeros((size, size), dtype=np.int64)
        place[rows, columns] = np.arange(len(rows))  # where the standard form keeps (row, column)
        down, across = np.triu_indices(
            size
        )  # the lower triangle by columns, read as (across, down)
        order.append(at + place[across, down])
        at += len(rows)
    order.append(np.arange(at, cones.rows))
    return np.concatenate(order)
