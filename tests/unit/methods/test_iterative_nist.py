"""NIST StRD nonlinear regression: certified parameters to six digits, from both starts."""

import json
from pathlib import Path

import numpy as np
import pytest
from iterative_toys import failed, judged, make_job

REFERENCE = Path(__file__).parents[4] / "shared" / "reference" / "optimization" / "nist_strd.json"
PROBLEMS = ["Misra1a", "DanWood"]


def misra(b, x):
    e = np.exp(-b[1] * x)
    return b[0] * (1 - e), np.c_[1 - e, b[0] * x * e]


def power(b, x):
    return b[0] * x ** b[1], np.c_[x ** b[1], b[0] * x ** b[1] * np.log(x)]


CURVES = {"Misra1a": misra, "DanWood": power}


def gauss_newton(curve):
    def step(inputs, state, rng):
        x, y = inputs.features
        f, jacobian = curve(state["b"], x)
        change = np.linalg.lstsq(jacobian, y - f, rcond=None)[0]
        gradient = float(np.linalg.norm(jacobian.T @ (y - f)))
        return {"b": state["b"] + change}, {
            "loss": float(np.sum((y - f) ** 2)),
            "grad_norm": gradient,
        }

    return step


def levenberg_marquardt(curve):
    def step(inputs, state, rng):
        x, y = inputs.features
        b, damping = state["b"], float(state["damping"])
        f, jacobian = curve(b, x)
        normal = jacobian.T @ jacobian
        scaled = normal + damping * np.diag(np.diag(normal))
        trial = b + np.linalg.solve(scaled, jacobian.T @ (y - f))
        loss, there = np.sum((y - f) ** 2), np.sum((y - curve(trial, x)[0]) ** 2)
        better = there < loss
        b, damping = (trial, damping / 10) if better else (b, min(damping * 10, 1e10))
        return {"b": b, "damping": damping}, {"loss": float(min(loss, there))}

    return step


@pytest.mark.parametrize("method", [gauss_newton, levenberg_marquardt])
@pytest.mark.parametrize("start", ["start1", "start2"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_certified_parameters(name, start, method):
    if not REFERENCE.exists():
        pytest.skip(f"reference cases are not here: {REFERENCE}")
    case = json.loads(REFERENCE.read_text(encoding="utf-8"))[name]

    def init(inputs, rng):
        return {
            "b": np.array(case[start]),
            **({"damping": 1e-3} if method is not gauss_newton else {}),
        }

    data = (np.array(case["x"]), np.array(case["y"]))
    fitted, criteria = judged(make_job(init, method(CURVES[name]), data, max_steps=500))
    assert failed(criteria) == []
    assert fitted.arrays["state/b"] == pytest.approx(np.array(case["certified_params"]), rel=1e-6)
    assert fitted.arrays["history/loss"][-1] == pytest.approx(case["certified_rss"], rel=1e-8)
