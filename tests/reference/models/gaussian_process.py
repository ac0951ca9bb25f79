"""Gaussian-process regression: the length scale and the noise, the curve integrated out."""

import numpy as np
import pandas as pd
import pymc as pm


def build(inputs):
    case = inputs.features
    x, y = np.asarray(case["x"]), np.asarray(case["y"])
    with pm.Model() as model:
        length = pm.LogNormal("length", 0, 0.5)
        noise = pm.HalfNormal("noise", 1)
        process = pm.gp.Marginal(cov_func=pm.gp.cov.ExpQuad(1, ls=length))
        process.marginal_likelihood("y", X=x[:, None], y=y, sigma=noise)
    return model


def results(inputs, fit):
    import arviz as az

    table = az.summary(fit.posterior[["length", "noise"]], kind="all", round_to="none")
    columns = {"quantity": table.index, "mean": table["mean"], "sd": table["sd"]}
    return pd.DataFrame({**columns, "mcse_mean": table["mcse_mean"]}).reset_index(drop=True)
