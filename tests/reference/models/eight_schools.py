"""Rubin's eight schools; non-centred, or centred where the features say so."""

import numpy as np
import pandas as pd
import pymc as pm


def build(inputs):
    data = inputs.features["data"]
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 5)
        tau = pm.HalfCauchy("tau", 5)
        if inputs.features.get("centred"):
            theta = pm.Normal("theta", mu, tau, shape=data["J"])
        else:
            z = pm.Normal("z", 0, 1, shape=data["J"])
            theta = pm.Deterministic("theta", mu + tau * z)
        pm.Normal("y", theta, np.array(data["sigma"], dtype=float), observed=data["y"])
    return model


def results(inputs, fit):
    import arviz as az

    table = az.summary(fit.posterior[["theta", "mu", "tau"]], kind="all", round_to="none")
    columns = {"quantity": table.index, "mean": table["mean"], "sd": table["sd"]}
    return pd.DataFrame({**columns, "mcse_mean": table["mcse_mean"]}).reset_index(drop=True)
