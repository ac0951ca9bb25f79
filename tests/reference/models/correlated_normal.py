"""A normal distribution with a given covariance."""

import numpy as np
import pandas as pd
import pymc as pm


def build(inputs):
    covariance = np.asarray(inputs.features["covariance"])
    with pm.Model() as model:
        pm.MvNormal("x", np.zeros(len(covariance)), cov=covariance, shape=len(covariance))
    return model


def results(inputs, fit):
    import arviz as az

    table = az.summary(fit.posterior[["x"]], kind="all", round_to="none")
    columns = {"quantity": table.index, "mean": table["mean"], "sd": table["sd"]}
    return pd.DataFrame({**columns, "mcse_mean": table["mcse_mean"]}).reset_index(drop=True)
