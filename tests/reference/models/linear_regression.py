"""Normal linear regression, with the priors that the features name."""

import numpy as np
import pandas as pd
import pymc as pm


def build(inputs):
    case = inputs.features
    x, y = np.array(case["x"], dtype=float), np.array(case["y"], dtype=float)
    with pm.Model() as model:
        if case["beta_sd"] is None:
            beta = pm.Flat("beta", shape=x.shape[1])
        else:
            beta = pm.Normal("beta", 0, case["beta_sd"], shape=x.shape[1])
        sigma = getattr(pm, case["sigma_prior"])("sigma", case["sigma_scale"])
        pm.Normal("y", x @ beta, sigma, observed=y)
    return model


def results(inputs, fit):
    import arviz as az

    table = az.summary(fit.posterior[["beta", "sigma"]], kind="all", round_to="none")
    columns = {"quantity": table.index, "mean": table["mean"], "sd": table["sd"]}
    return pd.DataFrame({**columns, "mcse_mean": table["mcse_mean"]}).reset_index(drop=True)
