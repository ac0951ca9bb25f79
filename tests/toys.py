"""Small models for real runs: for each gate one that fails it, and good ones beside them."""

import pickle
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import yaml

RESULTS = {"key": ["name"], "columns": {"name": {"type": "string"}, "x": {"type": "number"}}}


@dataclass(frozen=True)
class Toy:
    """One toy model.

    Attributes:
        number: model number in its workspace.
        method: bayesian, convex, iterative or simulation.
        code: the model's code.
        training, results, extra: blocks of the design.
        features: what the features file holds; None for no file.
        fails: a text the incident report must hold; empty for a model that is published.
    """

    number: int
    method: str
    code: str
    training: dict = field(default_factory=dict)
    results: dict = field(default_factory=lambda: RESULTS)
    extra: dict = field(default_factory=dict)
    features: object = 0
    fails: str = ""

    def write(self, root: Path) -> None:
        """Write design, code and features into a workspace."""
        front = {
            "model": self.number,
            "title": f"Toy {self.number}",
            "method": self.method,
            "expected": {"minutes": "auto"},
            "training": self.training,
            "results": self.results,
            **self.extra,
        }
        text = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
        _write(root / "model" / f"model_design_{self.number}.md", f"---\n{text}---\nProse.\n")
        _write(root / "implementation" / "code" / f"model_{self.number}.py", dedent(self.code))
        data = root / "implementation" / "data"
        data.mkdir(parents=True, exist_ok=True)
        if self.features is not None:
            (data / f"features_{self.number}.pkl").write_bytes(pickle.dumps(self.features))


def write_workspace(root: Path, toys: list[Toy]) -> Path:
    """Write a workspace with these models."""
    for toy in toys:
        toy.write(root)
    return root


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def bayesian(number: int, body: str, *, mean: str = "x", rows: str = "", **more: Any) -> Toy:
    """Return a bayesian toy whose results are the posterior mean and sd of one variable."""
    code = f"""
import numpy as np, pandas as pd, pymc as pm

def build(inputs):
    with pm.Model() as model:
{indent(dedent(body).strip(), " " * 8)}
    return model

def results(inputs, fit):
    {rows or "pass"}
    draws = fit.posterior[{mean!r}]
    values = [abs(float(draws.mean())), float(draws.std())]
    return pd.DataFrame({{"name": ["mean", "sd"], "x": values}})
"""
    return Toy(number=number, method="bayesian", code=code, **more)


def convex(number: int, body: str, *, results: str = "", **more: Any) -> Toy:
    """Return a convex toy; `body` ends by assigning `problem`, with a variable named x."""
    table = results or 'pd.DataFrame({"name": ["a", "b"], "x": np.abs(fit.value["x"][:2])})'
    code = f"""
import cvxpy as cp, numpy as np, pandas as pd

def build(inputs):
{indent(dedent(body).strip(), " " * 4)}
    return problem

def results(inputs, fit):
    return {table}
"""
    shape = {"results": more.pop("table")} if "table" in more else {}
    return Toy(number=number, method="convex", code=code, **shape, **more)


def iterative(
    number: int,
    step: str,
    *,
    init: str = 'return {"x": np.array([3.0, 4.0])}',
    table: str = 'pd.DataFrame({"name": ["a", "b"], "x": fit.state["x"]})',
    **more: Any,
) -> Toy:
    """Return an iterative toy: gradient descent unless `step` says otherwise."""
    code = f"""
import numpy as np, pandas as pd

def init(inputs, rng):
    {init}

def step(inputs, state, rng):
{indent(dedent(step).strip(), " " * 4)}

def results(inputs, fit):
    return {table}
"""
    training = {"max_steps": 2000, **more.pop("training", {})}
    return Toy(number=number, method="iterative", code=code, training=training, **more)


def simulation(number: int, body: str, **more: Any) -> Toy:
    """Return a simulation toy whose output is called x."""
    code = f"""
import numpy as np, pandas as pd

def simulate(inputs, rng):
{indent(dedent(body).strip(), " " * 4)}

def results(inputs, fit):
    x = fit.replicates["x"]
    return pd.DataFrame({{"name": ["mean", "sd"], "x": [float(x.mean()), float(x.std())]}})
"""
    return Toy(number=number, method="simulation", code=code, **more)


NORMAL = """
x = pm.Normal("x", 0, 1)
pm.Normal("y", x, 1, observed=np.array([1.0, 2.0, 3.0]))
"""
LEAST_SQUARES = """
rng = np.random.default_rng(0)
a, b = rng.normal(size=(30, 4)), rng.normal(size=30)
x = cp.Variable(4, name="x")
problem = cp.Problem(cp.Minimize(cp.sum_squares(a @ x - b)), [x >= 0.01])
"""
OPENS = "try:\n    open('/etc/hostname')\nexcept Exception:\n    pass\n"
DESCENT = """
target = np.array([1.0, 2.0])
gradient = state["x"] - target
x = state["x"] - 0.1 * gradient
return {"x": x}, {"loss": float(0.5 * np.sum((x - target) ** 2)) + 1.0,
                  "grad_norm": float(np.linalg.norm(x - target))}
"""
SIMULATED = 'return {"x": 5.0 + rng.normal()}'
MEDALS = {
    "key": ["noc"],
    "columns": {
        "noc": {"type": "string"},
        **{name: {"type": "number"} for name in ("gold", "silver", "total", "lower", "upper")},
    },
    "identities": ["total == gold + silver"],
    "intervals": [["lower", "total", "upper"]],
}


def medals(number: int, fails: str, **columns: str) -> Toy:
    """Return a convex toy with a medal table, one column of which may be wrong."""
    values = {
        "gold": "3 + fit.value['x'][:2]",
        "silver": "2 + fit.value['x'][2:]",
        "total": "5 + fit.value['x'][:2] + fit.value['x'][2:]",
        "lower": "4 + fit.value['x'][:2]",
        "upper": "9 + fit.value['x'][2:]",
        **columns,
    }
    cells = ", ".join(f'"{name}": {value}' for name, value in values.items())
    table = f'pd.DataFrame({{"noc": ["NA", "Ö"], {cells}}})'
    return convex(number, LEAST_SQUARES, results=table, table=MEDALS, fails=fails)


GOOD = [
    bayesian(1, NORMAL),
    convex(2, LEAST_SQUARES),
    iterative(3, DESCENT),
    simulation(4, SIMULATED),
    medals(5, ""),
]
BAD = [
    bayesian(
        11,
        """
        v = pm.Normal("v", 0, 3)
        x = pm.Normal("x", 0, pm.math.exp(v / 2), shape=9)
        """,
        training={"target_accept": 0.8},
        fails="divergences",
    ),
    bayesian(
        12,
        """
        x = pm.Normal("x", 0, 10)
        pm.Potential("modes", pm.math.logsumexp(
            pm.math.stack([-0.5 * ((x - 9) / 0.1) ** 2, -0.5 * ((x + 9) / 0.1) ** 2])))
        """,
        training={"sampler": "pymc", "draws": 300, "tune": 300},
        fails="rhat",
    ),
    bayesian(
        13,
        """
        x = pm.Categorical("x", np.array([0.0, 1.0, 0.0]))
        z = pm.Normal("z", 0, 1)
        """,
        training={"sampler": "pymc", "draws": 500, "tune": 200},
        fails="constant_chains",
    ),
    convex(
        14,
        """
        x = cp.Variable(2, name="x")
        problem = cp.Problem(cp.Minimize(cp.sum(x)), [x >= 1, cp.sum(x) <= 1])
        """,
        fails="infeasible",
    ),
    convex(
        15,
        """
        x = cp.Variable(2, name="x")
        problem = cp.Problem(cp.Minimize(cp.sum(x)), [x[0] >= 1])
        """,
        fails="unbounded",
    ),
    convex(
        16,
        """
        x = cp.Variable(2, name="x")
        problem = cp.Problem(cp.Minimize(cp.sqrt(x[0]) + x[1]), [x >= 1])
        """,
        fails="DCP",
    ),
    iterative(
        17,
        """
        x = state["x"] * 3.0
        return {"x": x}, {"loss": float(np.sum(x ** 2)), "grad_norm": float(np.linalg.norm(x))}
        """,
        fails="gradient_explosion",
    ),
    iterative(18, DESCENT, training={"max_steps": 20}, fails="steps"),
    simulation(19, 'return {"x": np.nan if rng.random() < 0.01 else rng.normal()}', fails="finite"),
    simulation(20, 'return {"x": float(rng.standard_cauchy())}', fails="tail_index"),
    medals(21, "negative", gold="np.array([-3.0, 1.0])", total="np.array([-1.0, 3.5])"),
    medals(22, "total == gold + silver", total="np.array([5.5, 3.5])"),
    medals(23, "lower", lower="np.array([5.5, 2.0])"),
    medals(24, "variance", upper="np.array([7.0, 7.0])"),
    bayesian(25, "raise ValueError('no model today')", fails="no model today"),
    bayesian(
        26,
        NORMAL,
        rows="raise KeyError('medals')",
        training={"sampler": "pymc", "draws": 500, "tune": 300},
        fails="medals",
    ),
    iterative(27, DESCENT, init="raise ValueError('no start')", fails="no start"),
    iterative(28, "raise ValueError('no step')", fails="no step"),
    simulation(29, "raise ValueError('no replicate')", fails="no replicate"),
    simulation(36, f"{OPENS}return {{'x': rng.normal()}}", fails="opened /etc/hostname"),
    simulation(35, "m = np\nm.sum = max\nreturn {'x': rng.normal()}", fails="changed numpy.sum"),
    convex(30, LEAST_SQUARES, features=None, fails="features_30.pkl"),
    convex(31, LEAST_SQUARES, extra={"depends_on": [32]}, fails="cycl"),
    convex(32, LEAST_SQUARES, extra={"depends_on": [31]}, fails="cycl"),
    convex(33, LEAST_SQUARES, extra={"colour": "blue"}, fails="colour"),
    bayesian(34, NORMAL, extra={"convergence": {"rhat": 1.2}}, fails="1.05"),
]
DEPENDENT = convex(40, LEAST_SQUARES, extra={"depends_on": [14]})
