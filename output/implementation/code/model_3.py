"""Quantiles of the medals per country at the next Summer Games, in one linear programme.

Five quantiles at once, kept from crossing at every point seen or forecast. See
model_design_3.md.
"""

from typing import Any

import cvxpy as cp
import numpy as np
import pandas as pd

QUANTILES = {"lower": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "upper": 0.95}


def build(inputs: Any) -> cp.Problem:
    """Return the programme: weighted check losses as excess and shortfall, both non-negative."""
    rows = pd.DataFrame(inputs.features["rows"])
    known, wanted = _predictors(rows), _predictors(pd.DataFrame(inputs.features["forecast"]))
    levels = np.array(list(QUANTILES.values()))
    rate = (1000 * rows["total"] / rows["size"]).to_numpy()
    weight = 1 / np.sqrt(1 + (rows["rate_1"] + rows["rate_2"]).to_numpy() / 2)
    shape = (len(rows), len(levels))
    coefficients = cp.Variable((known.shape[1], len(levels)), name="coefficients")
    excess = cp.Variable(shape, name="excess")
    shortfall = cp.Variable(shape, name="shortfall")
    loss = cp.sum(cp.multiply(np.outer(weight, levels), excess)) + cp.sum(
        cp.multiply(np.outer(weight, 1 - levels), shortfall)
    )
    points = np.unique(np.vstack([known, wanted]), axis=0)
    fitted = points @ coefficients
    return cp.Problem(
        cp.Minimize(loss / len(rows)),
        [
            known @ coefficients + excess - shortfall == rate[:, None] @ np.ones((1, len(levels))),
            excess >= 0,
            shortfall >= 0,
            fitted[:, 1:] >= fitted[:, :-1],
        ],
    )


def results(inputs: Any, fit: Any) -> pd.DataFrame:
    """Return one row per country: five quantiles of its medals."""
    forecast = pd.DataFrame(inputs.features["forecast"])
    rates = _predictors(forecast) @ fit.value["coefficients"]
    medals = rates * inputs.features["size"] / 1000
    # A count is not below 0, so neither is its quantile; the rest is the solver's rounding.
    medals = np.maximum.accumulate(np.maximum(medals, 0), axis=1)
    table = forecast[["noc", "country", "previous"]].copy()
    for place, name in enumerate(QUANTILES):
        table[name] = medals[:, place]
    return table


def _predictors(rows: pd.DataFrame) -> np.ndarray:
    """Return (row, 6): three past rates, whether host, and roots of delegation and past."""
    past = rows[["rate_1", "rate_2", "rate_3"]].to_numpy(dtype=float)
    roots = np.sqrt(np.column_stack([rows["athletes"] / 10, past.sum(axis=1)]))
    return np.column_stack([past, rows["host"], roots])
