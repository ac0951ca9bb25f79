"""Nonlinear least squares for any formula, by Levenberg-Marquardt with Moré's scaling (1978).

The formula is NIST's text, such as `y = b1*(1-exp(-b2*x))`. Derivatives are those of the formula
along an imaginary step (Squire & Trapp 1998), exact to rounding. Where the features say so steps
shrink by a factor each time, as in a fit that stands still before it has arrived.
"""

import numpy as np
import pandas as pd

FUNCTIONS = {
    name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "arctan", "sqrt", "pi")
}
IMAGINARY = 1e-30
LEAST_SHARE = 1e-4  # of the promised fall


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
    b = np.array(inputs.features["start"], dtype=float)
    scale = np.linalg.norm(jacobian(inputs, b), axis=0)
    return {"b": b, "scale": scale, "damping": 1.0, "pace": 1.0}


def step(inputs, state, rng):
    """Return the first better point along falling step lengths, or the old point."""
    b, damping, pace = state["b"], float(state["damping"]), float(state["pace"])
    slower = pace * inputs.features.get("shrink", 1.0)
    residual = inputs.features["y"] - curve(inputs, b)
    slopes = jacobian(inputs, b)
    scale = np.maximum(state["scale"], np.linalg.norm(slopes, axis=0))
    loss = square_sum(inputs, b)
    scaled = slopes / np.where(scale > 0, scale, 1.0)
    metrics = {"loss": loss}
    if inputs.features.get("gradient", True):
        metrics["grad_norm"] = float(np.linalg.norm(scaled.T @ residual))
    new = {"b": b, "scale": scale, "damping": damping, "pace": slower}
    for _ in range(60):
        wall = np.vstack([scaled, np.sqrt(damping) * np.eye(len(b))])
        aim = np.concatenate([residual, np.zeros(len(b))])
        change = np.linalg.lstsq(wall, aim, rcond=None)[0] / np.where(scale > 0, scale, 1.0)
        trial = b + pace * change
        fall = loss - square_sum(inputs, trial)
        promised = loss - np.sum((residual - slopes @ (pace * change)) ** 2)
        if fall > LEAST_SHARE * promised:
            factor = 1 / 3 if fall > 0.75 * promised else 1.0 if fall > 0.25 * promised else 2.0
            return {**new, "b": trial, "damping": max(damping * factor, 1e-12)}, metrics
        damping *= 4
    return new, metrics


def results(inputs, fit):
    b = fit.state["b"]
    names = [f"b{number}" for number in range(1, len(b) + 1)]
    return pd.DataFrame({"quantity": [*names, "rss"], "value": [*b, square_sum(inputs, b)]})
