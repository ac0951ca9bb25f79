"""The chance of a first medal ever, for every country that has none: logistic regression.

See model_design_2.md.
"""

from typing import Any

import numpy as np
import pandas as pd
import pymc as pm


def build(inputs: Any) -> pm.Model:
    """Return the model: a country without a medal wins its first at a given Games, or does not."""
    rows = pd.DataFrame(inputs.features["rows"])
    countries, games = _countries(inputs), sorted(set(rows["year"].tolist()))
    country = np.searchsorted(countries, rows["noc"].to_numpy(dtype=str))
    year = np.searchsorted(games, rows["year"].to_numpy())
    coords = {"country": countries, "games": games, "covariate": ["athletes", "experience"]}
    with pm.Model(coords=coords) as model:
        base = pm.Normal("base", -3, 1.5)
        slope = pm.Normal("slope", [0.5, 0], 0.5, dims="covariate")
        spread = pm.HalfNormal("spread", 0.5)
        offset = pm.Normal("offset", 0, 1, dims="country")
        swing = pm.HalfNormal("swing", 0.5)
        tide = pm.Normal("tide", 0, 1, dims="games")
        score = base + pm.math.dot(_covariates(rows), slope)
        score = score + spread * offset[country] + swing * tide[year]
        pm.Bernoulli("won", logit_p=score, observed=rows["won"])
    return model


def results(inputs: Any, fit: Any) -> pd.DataFrame:
    """Return one row per country: the chance of a first medal and its 90 % credible interval."""
    forecast = pd.DataFrame(inputs.features["forecast"])
    country = np.searchsorted(_countries(inputs), forecast["noc"].to_numpy(dtype=str))
    draws = {name: _flat(fit, name) for name in ("base", "slope", "spread", "offset", "swing")}
    tide = fit.rng.normal(size=(len(draws["base"]), 1))  # that of the coming Games is not known
    score = draws["base"] + draws["slope"] @ _covariates(forecast).T
    score = score + draws["spread"] * draws["offset"][:, country] + draws["swing"] * tide
    chance = 1 / (1 + np.exp(-score))
    table = forecast[["noc", "country", "athletes", "games"]].copy()
    table["medals_before"] = 0
    table["chance"] = chance.mean(axis=0)
    table["lower"], table["upper"] = np.quantile(chance, [0.05, 0.95], axis=0)
    return table


def _countries(inputs: Any) -> list[str]:
    """Return the codes of all countries, sorted: those learnt from and those forecast."""
    known, wanted = (inputs.features[part]["noc"] for part in ("rows", "forecast"))
    return [str(noc) for noc in np.union1d(known, wanted)]


def _covariates(rows: pd.DataFrame) -> np.ndarray:
    """Return (row, 2): logs of the last delegation over 10 and of the Games so far over 8."""
    return np.column_stack([np.log(rows["athletes"] / 10), np.log(rows["games"] / 8)])


def _flat(fit: Any, name: str) -> np.ndarray:
    """Return the draws of a variable as (draw, elements)."""
    values = fit.posterior[name].to_numpy()
    return values.reshape(values.shape[0] * values.shape[1], -1)
