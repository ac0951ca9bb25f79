"""Medals per country at the next Summer Games: hierarchical negative binomial.

The expected count is the size of the Games times a mixture of what a country won lately
(carry-over) and of its level, plus what the host gains. See model_design_1.md.
"""

from typing import Any

import numpy as np
import pandas as pd
import pymc as pm

QUANTILES = {"lower": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "upper": 0.95}


def build(inputs: Any) -> pm.Model:
    """Return the model; its one large parameter is a standardised level per country."""
    rows = pd.DataFrame(inputs.features["rows"])
    countries = _countries(inputs)
    country = np.searchsorted(countries, rows["noc"].to_numpy(dtype=str))
    won = rows[rows["total"] > 0]
    coords = {"country": countries, "strength": ["athletes", "past"]}
    with pm.Model(coords=coords) as model:
        keep = pm.Beta("keep", 2, 2)
        recent = pm.Beta("recent", 4, 2)
        base = pm.Normal("base", 0, 1.5)
        slope = pm.Normal("slope", [1, 0], 0.5, dims="strength")
        spread = pm.LogNormal("spread", -1.2, 0.5)
        offset = pm.Normal("offset", 0, 1, dims="country")
        gain = pm.HalfNormal("gain", 20)
        fade = pm.Normal("fade", 0, 0.3)
        excess = pm.HalfNormal("excess", 1)
        level = pm.math.exp(base + pm.math.dot(_strength(rows), slope) + spread * offset[country])
        carried = recent * rows["rate_1"].to_numpy() + (1 - recent) * rows["rate_2"].to_numpy()
        carried = carried * pm.math.exp(fade * rows["was_host"].to_numpy())
        rate = keep * carried + (1 - keep) * level + gain * rows["host"].to_numpy()
        mean = rate * rows["size"].to_numpy() / 1000
        some = rows["total"].to_numpy() > 0
        pm.NegativeBinomial(
            "total", mu=mean[some], alpha=mean[some] / excess, observed=won["total"].to_numpy()
        )
        # No medal at all has the chance of a Poisson zero at this rate: exact, and far cheaper.
        zero = mean[~some] * pm.math.log(1 + excess) / excess
        pm.Poisson("none", mu=zero, observed=np.zeros((~some).sum(), dtype=int))
        lead, golds = _lead(won), won["gold"].to_numpy()
        first = pm.Normal("first", [-0.7, 0], 0.5, shape=2)
        second = pm.Normal("second", 0, 0.5, shape=2)
        golden, silvery = (part[0] + part[1] * lead for part in (first, second))
        pm.Binomial("gold", won["total"].to_numpy(), logit_p=golden, observed=golds)
        left = won["total"].to_numpy() - golds
        pm.Binomial("silver", left, logit_p=silvery, observed=won["silver"].to_numpy())
    return model


def results(inputs: Any, fit: Any) -> pd.DataFrame:
    """Return one row per country from predictive draws: expectations, quantiles, P(any medal)."""
    forecast = pd.DataFrame(inputs.features["forecast"])
    gold, silver, bronze = _predict(inputs, forecast, fit)
    drawn = gold + silver + bronze
    table = forecast[["noc", "country", "previous"]].copy()
    for colour, counts in (("gold", gold), ("silver", silver), ("bronze", bronze)):
        table[colour] = counts.mean(axis=0)
    table["total"] = table["gold"] + table["silver"] + table["bronze"]
    for name, level in QUANTILES.items():
        table[name] = np.quantile(drawn, level, axis=0, method="inverted_cdf").astype(int)
    # An expectation of 0.03 medals lies above its 95 % quantile, 0: the interval takes it in.
    table["upper"] = np.maximum(table["upper"], np.ceil(table["total"]).astype(int))
    table["any_medal"] = (drawn > 0).mean(axis=0)
    return table


def _predict(inputs: Any, forecast: pd.DataFrame, fit: Any) -> tuple[np.ndarray, ...]:
    """Return gold, silver and bronze counts drawn from the predictive, (draw, country) each."""
    names = ("keep", "recent", "base", "slope", "spread", "offset", "gain", "fade", "excess")
    draws = {name: _flat(fit, name) for name in (*names, "first", "second")}
    country = np.searchsorted(_countries(inputs), forecast["noc"].to_numpy(dtype=str))
    level = np.exp(
        draws["base"]
        + draws["slope"] @ _strength(forecast).T
        + draws["spread"] * draws["offset"][:, country]
    )
    carried = draws["recent"] * forecast["rate_1"].to_numpy()
    carried = carried + (1 - draws["recent"]) * forecast["rate_2"].to_numpy()
    carried = carried * np.exp(draws["fade"] * forecast["was_host"].to_numpy())
    rate = draws["keep"] * carried + (1 - draws["keep"]) * level
    rate = rate + draws["gain"] * forecast["host"].to_numpy()
    mean = rate * inputs.features["size"] / 1000
    total = fit.rng.negative_binomial(mean / draws["excess"], 1 / (1 + draws["excess"]))
    lead = _lead(forecast)
    gold = fit.rng.binomial(total, _chance(draws["first"], lead))
    silver = fit.rng.binomial(total - gold, _chance(draws["second"], lead))
    return gold, silver, total - gold - silver


def _countries(inputs: Any) -> list[str]:
    """Return the codes of all countries, sorted: those learnt from and those forecast."""
    known, wanted = (inputs.features[part]["noc"] for part in ("rows", "forecast"))
    return [str(noc) for noc in np.union1d(known, wanted)]


def _strength(rows: pd.DataFrame) -> np.ndarray:
    """Return (row, 2): logs of the last delegation over 75 and of the third-last rate over 5."""
    past = np.log((rows["rate_3"] + 0.5) / 5)
    return np.column_stack([np.log(rows["athletes"] / 75), past])


def _lead(rows: pd.DataFrame) -> np.ndarray:
    """Return the log of the last rate over 10 per 1,000, for the share of the colours."""
    return np.log((rows["rate_1"] + 1) / 10).to_numpy()


def _flat(fit: Any, name: str) -> np.ndarray:
    """Return the draws of a variable as (draw, elements)."""
    values = fit.posterior[name].to_numpy()
    return values.reshape(values.shape[0] * values.shape[1], -1)


def _chance(coefficients: np.ndarray, lead: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-(coefficients[:, :1] + coefficients[:, 1:] * lead)))
