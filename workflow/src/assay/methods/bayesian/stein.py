"""Stein identities: what the gradient of the log density must average to under its own draws.

For a density p on R^d whose tails vanish, integration by parts gives E[dlog p/dx_j] = 0 and
E[(x_j - m) dlog p/dx_j] = -1 for any constant m (Stein 1981, Annals of Statistics 9; as a test
of samplers, Gorham and Mackey 2015, NeurIPS 28). Each is a z-test with the Monte-Carlo standard
error of correlated draws, with Student's quantiles since that error is estimated too. Where the
density jumps, the boundary term does not vanish and an honest run fails: so these criteria leave
a doubt and never refuse. A shift by a share s of a standard deviation shows from about
(5.5 / s)^2 effective draws on: 0.1 from 3,000, 0.05 from 12,000.
"""

import numpy as np
from scipy.stats import t as student

from assay.core.criteria import Criterion, judge
from assay.methods.bayesian.chains import Array

FAMILY_LEVEL = 1e-6  # probability that any of the tests fails on an honest run
DRAWS_PER_FREEDOM = 8  # what the estimated standard error is worth; honest runs of 16 draws hold
COLUMNS_AT_ONCE = 64
_ADVICE = (
    "The draws do not follow the density of the model; on an honest run only a density that "
    "jumps does this. The exact replay decides."
)


def stein_criteria(draws: Array, gradients: Array, labels: list[str]) -> list[Criterion]:
    """Return the largest |z| of the mean, the scale and the pooled trace identities.

    Args:
        draws: (chain, draw, coordinate), unconstrained.
        gradients: of the log density there, same shape.
        labels: name of each coordinate.
    """
    dimension = draws.shape[-1]
    freedom = draws.shape[0] * draws.shape[1] / DRAWS_PER_FREEDOM
    threshold = float(student.isf(FAMILY_LEVEL / 2 / (2 * dimension + 1), freedom))
    products = (draws - draws.mean(axis=(0, 1))) * gradients
    trace = products.sum(axis=-1, keepdims=True)
    tests = [
        ("stein_mean", z_scores(gradients, 0.0), labels),
        ("stein_scale", z_scores(products, -1.0), labels),
        ("stein_trace", z_scores(trace, -float(dimension)), ["all coordinates"]),
    ]
    return [
        judge(
            name,
            float(np.max(np.abs(z))),  # NaN where any is NaN, which fails
            "<",
            threshold,
            where=where[int(np.argmax(np.abs(z)))],
            advice=_ADVICE,
            gates=False,
        )
        for name, z, where in tests
    ]


def z_scores(values: Array, expected: float) -> Array:
    """Return (mean - expected) / standard error of every column of (chain, draw, column)."""
    error = standard_errors(values)
    gap = values.mean(axis=(0, 1)) - expected
    scale = np.max(np.abs(values), axis=(0, 1))
    exact = np.abs(gap) <= 1e-12 * scale  # constant columns, such as a flat density's gradient
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(exact, 0.0, gap / error)


def standard_errors(values: Array) -> Array:
    """Return the Monte-Carlo standard error of the mean of every column of (chain, draw, column).

    Effective sample size as in Vehtari et al. (2021), equations 10 to 13, with Geyer's initial
    monotone sequence; computed for many columns at once.
    """
    parts = [
        _standard_errors(values[..., start : start + COLUMNS_AT_ONCE])
        for start in range(0, values.shape[-1], COLUMNS_AT_ONCE)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def _standard_errors(values: Array) -> Array:
    chains, draws, _ = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    size = 1 << (2 * draws - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=1)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :draws].mean(axis=0) / draws
    within = covariance[0] * draws / (draws - 1)
    between = values.mean(axis=1).var(axis=0, ddof=1) if chains > 1 else 0.0
    total = within * (draws - 1) / draws + between
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = 1 - (within - covariance) / total
    rho[0] = 1
    pairs = rho[:-1:2] + rho[1::2]
    kept = np.logical_and.accumulate(pairs > 0, axis=0)
    falling = np.minimum.accumulate(pairs, axis=0)
    tau = -1 + 2 * np.sum(np.where(kept, falling, 0.0), axis=0)
    count = chains * draws
    effective = count / np.maximum(tau, 1 / np.log10(count))
    result: Array = np.sqrt(values.var(axis=(0, 1), ddof=1) / effective)
    return result
