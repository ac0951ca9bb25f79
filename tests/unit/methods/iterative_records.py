"""Records of iterative fits written down by hand."""

import math
from types import SimpleNamespace

import numpy as np

from assay.methods.iterative.confirmation import Confirmation
from assay.methods.iterative.settings import Training
from assay.methods.iterative.stability import Movement
from assay.methods.iterative.stopping import Look

TOLERANCE = 1e-4


TRAINING = Training(max_steps=100, tolerance=TOLERANCE)


def after(number):
    return math.nextafter(number, math.inf)


def seen(level=2.0, *, change=0.0, remaining=0.0, allowed=1e-3, window=5, error=0.0):
    return Look(40, window, level, change, remaining, allowed, error)


def confirmed(*, shift=0.0, moved=0.0, last=None, key="w"):
    return Confirmation(last or seen(), shift, Movement(moved, key, False), 0.01)


def start(*, loss=(), gradient=None, groups=None, **changes):
    """Return what was stored of a start that settled after 40 steps."""
    loss = np.asarray(loss if len(loss) else np.linspace(9.0, 2.0, 40), dtype=float)
    history = {"loss": loss}
    if gradient is not None:
        history["grad_norm"] = gradient = np.asarray(gradient, dtype=float)
    state = {"w": np.array([1.0, 2.0])}
    stored = {"history": history, "state": state, "initial": {"w": np.zeros(2)}}
    return SimpleNamespace(**{
        "index": 0,
        "groups": {**stored, **(groups or {})},
        "loss": loss,
        "gradient": gradient,
        "random": False,
        "scales": {"w": 2.0},
        "confirmation": confirmed(),
        "settled": True,
        "settled_at": 40,
        "seen": seen(),
        "tolerance": TOLERANCE,
        **changes,
    })  # fmt: skip
