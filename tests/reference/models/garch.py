"""GARCH(1,1) with known mean zero and known first variance."""

import numpy as np
import pandas as pd
import pymc as pm
import pytensor
import pytensor.tensor as pt


def build(inputs):
    y = np.asarray(inputs.features["y"])
    with pm.Model() as model:
        base = pm.HalfNormal("base", 1.0)
        shock = pm.Uniform("shock", 0, 1)
        memory = pm.Uniform("memory", 0, 1 - shock)
        variances = pytensor.scan(
            lambda square, before, base, shock, memory: base + shock * square + memory * before,
            sequences=[pt.as_tensor_variable(y[:-1] ** 2)],
            outputs_info=[pt.as_tensor_variable(np.float64(inputs.features["first"]))],
            non_sequences=[base, shock, memory],
            return_updates=False,
        )
        every = pt.concatenate([[inputs.features["first"]], variances])
        pm.Normal("y", 0, pt.sqrt(every), observed=y)
    return model


def results(inputs, fit):
    import arviz as az

    names = ["base", "shock", "memory"]
    table = az.summary(fit.posterior[names], kind="all", round_to="none")
    columns = {"quantity": table.index, "mean": table["mean"], "sd": table["sd"]}
    return pd.DataFrame({**columns, "mcse_mean": table["mcse_mean"]}).reset_index(drop=True)
