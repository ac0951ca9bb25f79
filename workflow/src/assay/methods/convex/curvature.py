"""Is the objective convex? The smallest eigenvalue of P, without trusting who says it is PSD."""

from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

THRESHOLD = -1e-10  # relative to P's largest entry; rounding in forming X'X stays above it
_DENSE = 1000
_SHIFTS = (1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1.0)


def smallest_eigenvalue(matrix: Any) -> float:
    """Return a number for the smallest eigenvalue of a symmetric matrix over its largest entry.

    The sparse matrix (n, n) is split into its connected blocks. Blocks up to order 1000 are
    decomposed. Of a larger one the signs of the pivots of a symmetric factorisation are those of
    the eigenvalues (Sylvester's law of inertia): if it is positive definite with |THRESHOLD|
    added to its diagonal it counts as THRESHOLD, else as minus the largest of a few shifts that
    do not make it so. NaN if it is not finite.
    """
    if not matrix.nnz:
        return 0.0
    size = float(np.max(np.abs(matrix.data)))
    if not np.isfinite(size):
        return float("nan")
    scaled = sp.csr_array(matrix / size)
    count, block = connected_components(scaled, directed=False)
    orders = np.bincount(block, minlength=count)
    smallest = [_alone(scaled, orders[block] == 1)]
    members = np.argsort(block, kind="stable")
    starts = np.concatenate([[0], np.cumsum(orders)])
    for number in np.flatnonzero(orders > 1):
        index = members[starts[number] : starts[number + 1]]
        smallest.append(_of_block(sp.csc_array(scaled[index][:, index])))
    return float(np.min(smallest))


def _alone(scaled: Any, single: Any) -> float:
    diagonal = scaled.diagonal()[single]
    return float(np.min(diagonal, initial=np.inf))


def _of_block(block: Any) -> float:
    if block.shape[0] <= _DENSE:
        return float(np.linalg.eigvalsh(block.toarray())[0])
    if _positive_definite(block, _SHIFTS[0]):
        return THRESHOLD
    failing = _SHIFTS[0]
    for shift in _SHIFTS[1:]:
        if _positive_definite(block, shift):
            break
        failing = shift
    return float(np.nextafter(-failing, -np.inf))  # certainly below THRESHOLD


def _positive_definite(block: Any, shift: float) -> bool:
    """Factorise block + shift·I with pivots on the diagonal only, and look at their signs."""
    shifted = sp.csc_matrix(block + shift * sp.eye_array(block.shape[0]))
    try:
        factor = splu(
            shifted,
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
    except RuntimeError:  # a pivot is exactly zero
        return False
    symmetric = np.array_equal(factor.perm_r, factor.perm_c)
    return bool(symmetric and np.all(factor.U.diagonal() > 0))
