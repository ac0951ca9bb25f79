"""The medal table of the next Summer Games, simulated from the forecasts of models 1 and 3.

One replicate is one table: every medal is given to a country and gets its colour. See
model_design_5.md.
"""

from typing import Any

import numpy as np
import pandas as pd

QUANTILES = ("lower", "q25", "median", "q75", "upper")
LEVELS = np.array([0, 0.05, 0.25, 0.5, 0.75, 0.95, 1])
COUNTS = ("gold", "silver", "bronze", "total")


def simulate(inputs: Any, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return one table: medals by colour and the rank of every country listed."""
    features = inputs.features
    first, third = (
        inputs.upstream[model].set_index("noc").loc[features["noc"]] for model in (1, 3)
    )
    strength = _draw_strength(first, third, rng)
    total = _share_out(strength * features["size"] / strength.sum(), rng)
    shares = first[[*COUNTS[:3]]].to_numpy() + 1e-3
    table = dict(
        zip(COUNTS, (*_colour(total, shares, features["events"], rng), total), strict=True)
    )
    order = (table["gold"] * 1000 + table["silver"]) * 1000 + table["bronze"]
    rank = 1 + (order[None, :] > order[:, None]).sum(axis=1)
    return {name: values[features["listed"]] for name, values in (table | {"rank": rank}).items()}


def results(inputs: Any, fit: Any) -> pd.DataFrame:
    """Return one row per country listed: expected medals, quantiles, and its chances of a rank."""
    features = inputs.features
    counts = {name: fit.replicates[name].to_numpy() for name in (*COUNTS, "rank")}
    table = pd.DataFrame({name: features[name][features["listed"]] for name in ("noc", "country")})
    for colour in COUNTS[:3]:
        table[colour] = counts[colour].mean(axis=0)
    table["total"] = table["gold"] + table["silver"] + table["bronze"]
    table["lower"], table["median"], table["upper"] = _interval(counts["total"])
    table["mean_rank"] = counts["rank"].mean(axis=0)
    table["best_rank"], table["median_rank"], table["worst_rank"] = _interval(counts["rank"])
    for place in (1, 3, 10):
        table[f"top{place}"] = (counts["rank"] <= place).mean(axis=0)
    return table


def _draw_strength(
    first: pd.DataFrame, third: pd.DataFrame, rng: np.random.Generator
) -> np.ndarray:
    """Return a number of medals for every country, before they are made to add up.

    It is drawn from the average of the two models' quantile functions, straight between the
    quantiles they publish, and scaled so that its mean is that of model 1's expectation and
    model 3's median.
    """
    known = (first[[*QUANTILES]].to_numpy() + third[[*QUANTILES]].to_numpy()) / 2
    lowest = np.maximum(0, 2 * known[:, 0] - known[:, 1])
    highest = 2 * known[:, -1] - known[:, -2]
    knots = np.column_stack([lowest, known, highest])
    mean = ((knots[:, 1:] + knots[:, :-1]) / 2) @ np.diff(LEVELS)
    centre = (first["total"].to_numpy() + third["median"].to_numpy()) / 2
    level = rng.random(len(knots))
    piece = np.searchsorted(LEVELS, level, side="right") - 1
    part = (level - LEVELS[piece]) / np.diff(LEVELS)[piece]
    row = np.arange(len(knots))
    drawn = knots[row, piece] * (1 - part) + knots[row, piece + 1] * part
    return drawn * centre / np.maximum(mean, 1e-9)


def _share_out(expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return whole numbers that add up to the sum of `expected`, each within 1 of its own.

    Systematic sampling: their means are the expectations.
    """
    ends = np.floor(np.round(np.cumsum(expected), 6) + rng.random())
    return np.diff(ends, prepend=0.0).astype(int)


def _colour(
    total: np.ndarray, shares: np.ndarray, events: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gold, silver and bronze: each event has one gold and one silver medal.

    Which of the medals handed out are golden is a draw without replacement, weighted by the
    odds that model 1 expects for the country (Gumbel's trick); then silver among the rest.
    """
    owner = np.repeat(np.arange(len(total)), total)
    weights = (shares[:, 0] / (shares[:, 1] + shares[:, 2]), shares[:, 1] / shares[:, 2])
    counts = []
    for weight in weights:
        keys = np.log(weight[owner]) + rng.gumbel(size=len(owner))
        order = np.argsort(-keys, kind="stable")
        counts.append(np.bincount(owner[order[:events]], minlength=len(total)))
        owner = owner[np.sort(order[events:])]
    return counts[0], counts[1], np.bincount(owner, minlength=len(total))


def _interval(values: np.ndarray) -> np.ndarray:
    """Return the 5 %, 50 % and 95 % quantiles over the replicates."""
    return np.quantile(values, [0.05, 0.5, 0.95], axis=0, method="inverted_cdf").astype(int)
