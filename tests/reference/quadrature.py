"""Posterior means and standard deviations by sums over a grid: slow, simple and exact enough."""

from collections.abc import Callable, Mapping

import numpy as np

CHUNK = 20_000


def on_grid(
    density: Callable[..., np.ndarray], ranges: Mapping[str, tuple[float, float]], points: int
) -> dict[str, dict[str, float]]:
    """Return mean and sd of every parameter by the midpoint rule.

    Args:
        density: logarithm of a density, of arrays of all parameters in order.
        ranges: of every parameter, wide enough to hold the density.
        points: per parameter.
    """
    axes = []
    for low, high in ranges.values():
        width = (high - low) / points
        axes.append(low + width * (np.arange(points) + 0.5))
    grid = [axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]
    parts = [slice(first, first + CHUNK) for first in range(0, len(grid[0]), CHUNK)]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.concatenate([density(*(axis[part] for axis in grid)) for part in parts])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    found = {}
    for name, axis in zip(ranges, grid, strict=True):
        mean = float(weights @ axis)
        found[name] = {"mean": mean, "sd": float(np.sqrt(weights @ (axis - mean) ** 2))}
    return found
