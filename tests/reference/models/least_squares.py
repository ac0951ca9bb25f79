"""Nonlinear least squares for any formula, by Levenberg-Marquardt with Marquardt's scaling.

The formula is NIST's text, such as `y = b1*(1-exp(-b2*x))`. Derivatives are those of the formula
along an imaginary step (Squire & Trapp 1998), exact to rounding. Where the design says so the
step is shortened, which is how a fit that stops early is made.
"""

import numpy as np
import pandas as pd

FUNCTIONS = {
    name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "arctan", "sqrt", "pi")
}
IMAGINARY = 1e-30


def curve(inputs, b):
    """Return the fitted values at parameters b, real or complex."""
    formula = inputs.features["model"].split("=", 1)[1].replace("[", "(").replace("]", ")")
    names = {f"b{number}": value for number, value in enumerate(b, start=1)}
    x = np.asarray(inputs.features["x"])
    with np.errstate(all="ignore"):
        return eval(formula, {"__builtins__": {}}, {**FUNCTIONS, **names, "x": x})


def jacobian(inputs, b):
    columns = [
        np.imag(curve(inputs, b + 1j * IMAGINARY * (np.arange(len(b)) == number))) / IMAGINARY
        for number in range(len(b))
    ]
    return np.stack(columns, axis=1)


def square_sum(inputs, b):
    value = np.sum((inputs.features["y"] - curve(inputs, b)) ** 2)
    return float(value) if np.isfinite(value) else np.inf


def init(inputs, rng):
    return {"b": np.array(inputs.features["start"], dtype=float), "damping": 1e-2}


def step(inputs, state, rng):
    """Return the first better point along falling step lengths, or the old point."""
    b, damping = state["b"], float(state["damping"])
    residual = inputs.features["y"] - curve(inputs, b)
    slopes = jacobian(inputs, b)
    scale = np.linalg.norm(slopes, axis=0)
    scale[scale == 0] = 1.0
    loss, scaled = square_sum(inputs, b), slopes / scale
    metrics = {"loss": loss}
    if inputs.features.get("gradient", True):
        metrics["grad_norm"] = float(np.linalg.norm(scaled.T @ residual))
    for _ in range(40):
        wall = np.vstack([scaled, np.sqrt(damping) * np.eye(len(b))])
        aim = np.concatenate([residual, np.zeros(len(b))])
        change = np.linalg.lstsq(wall, aim, rcond=None)[0] / scale
        trial = b + inputs.features.get("pace", 1.0) * change
        if square_sum(inputs, trial) < loss:
            return {"b": trial, "damping": damping / 10}, metrics
        damping = max(damping, 1e-12) * 10
        if damping > 1e12:
            break
    return {"b": b, "damping": float(state["damping"])}, metrics


def results(inputs, fit):
    b = fit.state["b"]
    names = [f"b{number}" for number in range(1, len(b) + 1)]
    return pd.DataFrame(
        {"quantity": [*names, "rss"], "value": [*b, square_sum(inputs, b)]}
    )
