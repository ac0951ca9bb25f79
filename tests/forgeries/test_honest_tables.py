"""Ordinary tables of honest runs are approved: ranks, choices, the best few, data changed in place.

Each was refused once.
"""

import numpy as np
import pytest
from corpus_lenient import told
from forgery import QUADRATIC, renumbered
from judging import told as words
from judging import verdict_on
from runs import copy_workspace

from toys import convex, simulation

APART = """
target = np.array([1.0, 10.0, 100.0, 1000.0])
x = state["x"] + 0.3 * (target - state["x"])
return {"x": x}, {"loss": float(((x - target) ** 2).sum())}
"""
RANKED = """
x = fit.state["x"]
return pd.DataFrame({"name": list("abcd"), "x": x, "rank": (-x).argsort().argsort() + 1,
    "size": ["large" if v > 500 else "small" for v in x], "best": ["abcd"[x.argmax()]] * 4,
    "positive": x > 0})
"""
LABELS = {
    "name": {"type": "string"},
    "x": {"type": "number"},
    "rank": {"type": "integer"},
    "size": {"type": "string"},
    "best": {"type": "string"},
    "positive": {"type": "boolean"},
}
BEST = """
place = int(fit.state["x"].argmax())
return pd.DataFrame({"name": ["abcd"[place]], "x": fit.state["x"][[place]],
    "price": inputs.features[[place]]})
"""
PRICED = {**{name: LABELS[name] for name in ("name", "x")}, "price": {"type": "number"}}
IN_PLACE = """
inputs.features["scale"] *= 2
x = fit.state["x"]
x *= inputs.features["scale"]
return pd.DataFrame({"name": ["a", "b"], "x": x})
"""
CHOICE = """
def results(inputs, fit):
    means = np.array([float(fit.replicates[name].mean()) for name in "xyz"])
    return pd.DataFrame({"name": list("xyz"), "x": means, "best": ["xyz"[means.argmax()]] * 3})
"""
START = 'return {"x": np.zeros(4)}'


def _choice():
    body = 'return {"x": 9 + rng.normal(), "y": 20 + rng.normal(), "z": 2 + rng.normal()}'
    columns = {name: LABELS[name] for name in ("name", "x", "best")}
    toy = simulation(4, body, results=renumbered(columns=columns))
    head = toy.code[: toy.code.index("def results")]
    return type(toy)(**{**vars(toy), "code": head + CHOICE})


def _built_in_place():
    body = QUADRATIC.replace("problem =", 'inputs.features["scale"] *= 2\nproblem =')
    body = body.replace("a @ x - b)", 'a @ x - b * inputs.features["scale"])')
    return convex(2, body, features={"scale": np.ones(1)})


TABLES = {
    "ranks": told(RANKED, renumbered(columns=LABELS), step=APART, init=START),
    "best": told(
        BEST,
        renumbered(columns=PRICED, given=["price"]),
        step=APART,
        init=START,
        features=np.array([10.0, 20.0, 30.0, 40.0]),
    ),
    "choice": _choice(),
    "changed-in-place": told(IN_PLACE, features={"scale": np.ones(2)}),
    "built-in-place": _built_in_place(),
}


@pytest.mark.parametrize("name", TABLES)
def test_an_honest_table_is_approved(name, workshop, tmp_path):
    toy = TABLES[name]
    root = copy_workspace(workshop.run(toy), tmp_path / "copy")
    verdict = verdict_on(root, toy.number)
    assert verdict.verdict == "APPROVE", words(verdict)
