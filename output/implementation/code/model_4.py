"""Which countries win in which sports: a factor model fitted by gradient descent.

Full batches, one fixed step length, Nesterov's momentum. See model_design_4.md.
"""

from typing import Any

import numpy as np
import pandas as pd

RANK = 16
RIDGE = 6.0
STEP = 0.0004
FRICTION = 0.04
PARTS = ("left", "right")
Arrays = dict[str, np.ndarray]


def init(inputs: Any, rng: np.random.Generator) -> Arrays:
    """Return the start, at rest: small random factors of countries (left) and sports (right)."""
    countries, sports = inputs.features["medals"].shape
    start = {
        "left": rng.normal(0, 0.1, (countries, RANK)),
        "right": rng.normal(0, 0.1, (sports, RANK)),
    }
    return start | {f"last_{part}": start[part].copy() for part in PARTS}


def step(
    inputs: Any,
    state: Arrays,
    rng: np.random.Generator,  # noqa: ARG001 (no step is random)
) -> tuple[Arrays, dict[str, float]]:
    """Go one accelerated gradient step; the loss and gradient are those of the point reached."""
    ahead = {
        part: state[part] + (1 - FRICTION) * (state[part] - state[f"last_{part}"]) for part in PARTS
    }
    _, slope = _loss(inputs, ahead)
    moved = {part: ahead[part] - STEP * slope[part] for part in PARTS}
    loss, slope = _loss(inputs, moved)
    norm = float(np.sqrt(sum(np.sum(slope[part] ** 2) for part in PARTS)))
    last = {f"last_{part}": state[part] for part in PARTS}
    return moved | last, {"loss": loss, "grad_norm": norm}


def results(inputs: Any, fit: Any) -> pd.DataFrame:
    """Return one row per country and sport: expected medals per Games, share, speciality."""
    features = inputs.features
    countries, sports = features["medals"].shape
    speciality = fit.state["left"] @ fit.state["right"].T
    expected = _independent(features["medals"]) * np.exp(speciality)
    return pd.DataFrame(
        {
            "noc": np.repeat(features["noc"], sports),
            "sport": np.tile(features["sport"], countries),
            "country": np.repeat(features["country"], sports),
            "medals": features["medals"].ravel(),
            "per_games": expected.ravel() / features["games"],
            "share": (expected / expected.sum(axis=1, keepdims=True)).ravel(),
            "speciality": speciality.ravel(),
        }
    )


def _loss(inputs: Any, at: Arrays) -> tuple[float, Arrays]:
    """Return half the Poisson deviance plus the ridge, and its gradient."""
    medals = inputs.features["medals"]
    offset = np.log(_independent(medals))
    score = offset + at["left"] @ at["right"].T
    mean = np.exp(score)
    observed = np.where(medals > 0, medals * (np.log(np.maximum(medals, 1)) - score), 0.0)
    ridge = sum(np.sum(at[part] ** 2) for part in PARTS)
    residual = mean - medals
    gradient = {
        "left": residual @ at["right"] + RIDGE * at["left"],
        "right": residual.T @ at["left"] + RIDGE * at["right"],
    }
    return float(np.sum(observed + residual) + RIDGE / 2 * ridge), gradient


def _independent(medals: np.ndarray) -> np.ndarray:
    """Return the counts expected if every country won in every sport alike."""
    return np.outer(medals.sum(axis=1), medals.sum(axis=0)) / medals.sum()
