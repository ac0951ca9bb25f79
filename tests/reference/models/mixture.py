"""Two normal components of known width, their means in order or not."""

import numpy as np
import pandas as pd
import pymc as pm


def build(inputs):
    case = inputs.features
    with pm.Model() as model:
        weight = pm.Beta("weight", 5, 5)
        order = pm.distributions.transforms.ordered if case["ordered"] else None
        start = np.array([-1.0, 1.0]) if case["ordered"] else None
        mu = pm.Normal("mu", 0, 2, shape=2, default_transform=order, initval=start)
        pm.NormalMixture(
            "y",
            w=pm.math.stack([weight, 1 - weight]),
            mu=mu,
            sigma=case["sigma"],
            observed=case["y"],
        )
    return model


def results(inputs, fit):
    import arviz as az

    table = az.summary(fit.posterior[["mu", "weight"]], kind="all", round_to="none")
    columns = {"quantity": table.index, "mean": table["mean"], "sd": table["sd"]}
    return pd.DataFrame({**columns, "mcse_mean": table["mcse_mean"]}).reset_index(drop=True)
