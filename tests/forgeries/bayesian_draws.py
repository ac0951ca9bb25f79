"""Draws that a forger invents for the location-scale model, with its true densities."""

from collections.abc import Callable

import numpy as np
from forgery import OBSERVED
from runs import Forger
from scipy.optimize import minimize

Y = np.array(OBSERVED)
SHAPE = (4, 1000)


def log_density(points: np.ndarray) -> np.ndarray:
    """Return the model's log density of (..., [x, log s]), as PyMC has it."""
    x, u = points[..., 0], points[..., 1]
    s = np.exp(u)
    prior = -0.5 * x**2 - 0.5 * np.log(2 * np.pi)
    scale = 0.5 * np.log(2 / np.pi) - 0.5 * s**2 + u
    z = (Y - x[..., None]) / s[..., None]
    return prior + scale + np.sum(-0.5 * z**2 - 0.5 * np.log(2 * np.pi) - u[..., None], axis=-1)


def posterior_draws(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return independent draws from the posterior, on a fine grid with jitter."""
    x, u = np.meshgrid(np.linspace(-1, 4, 1201), np.linspace(-2, 2, 1201), indexing="ij")
    grid = np.stack([x, u], axis=-1).reshape(-1, 2)
    weights = np.exp(log_density(grid) - log_density(grid).max())
    picked = grid[rng.choice(len(grid), size=count, p=weights / weights.sum())]
    step = np.array([5 / 1200, 4 / 1200])
    return picked + step * rng.uniform(-0.5, 0.5, size=picked.shape)


def laplace(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return draws from the normal approximation at the mode."""
    found = minimize(lambda p: -float(log_density(p)), np.array([1.5, 0.0]), method="BFGS")
    return rng.multivariate_normal(found.x, found.hess_inv, size=count)


def mean_field(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return draws from independent normals fitted to the posterior."""
    exact = posterior_draws(rng, 20_000)
    return exact.mean(axis=0) + exact.std(axis=0) * rng.normal(size=(count, 2))


def resampled(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return draws from a wide normal, drawn again by their weights."""
    wide = laplace(rng, count * 4) * 1.0
    centre = wide.mean(axis=0)
    wide = centre + 1.5 * (wide - centre)
    spread = np.linalg.inv(np.cov(wide.T))
    proposal = -0.5 * np.einsum("ij,jk,ik->i", wide - centre, spread, wide - centre)
    weights = np.exp(log_density(wide) - proposal - (log_density(wide) - proposal).max())
    return wide[rng.choice(len(wide), size=count, p=weights / weights.sum())]


def present(forger: Forger, draws: np.ndarray, rng: np.random.Generator) -> None:
    """Put draws in place of the run's, with energies and statistics to match."""
    draws = draws.reshape(*SHAPE, 2)

    def invent(arrays):
        arrays["unconstrained"] = draws
        arrays["posterior/x"] = draws[..., 0].copy()
        arrays["posterior/s"] = np.exp(draws[..., 1])
        arrays["stats/logp"] = log_density(draws)
        kinetic = rng.chisquare(2, size=SHAPE) / 2
        arrays["stats/energy"] = kinetic - arrays["stats/logp"]
        accepted = 1 - np.abs(rng.normal(0, 0.05, size=SHAPE))
        arrays["stats/mean_tree_accept"] = np.clip(accepted, 0, 1)
        arrays["stats/diverging"][:] = False

    forger.edit_chains(invent)
    forger.retell()


def invented(make: Callable[[np.random.Generator, int], np.ndarray]) -> Callable[[Forger], None]:
    """Return a forgery that presents draws made in some other way."""

    def forge(forger: Forger) -> None:
        rng = np.random.default_rng(1)
        present(forger, make(rng, SHAPE[0] * SHAPE[1]), rng)

    return forge


def redrawn(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Forger], None]:
    """Return a forgery that presents the run's draws changed, with true densities."""

    def forge(forger: Forger) -> None:
        from assay.evidence.arrays import load_arrays

        draws = load_arrays(forger.evidence / "fit.npz")["unconstrained"]
        present(forger, change(draws), np.random.default_rng(1))

    return forge
