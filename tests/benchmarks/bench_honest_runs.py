"""How many honest runs are rejected: python tests/benchmarks/bench_honest_runs.py [seeds].

Sixteen ordinary toy models, four of each method, are trained under several nonces each (which
gives every run another seed) and validated in full. Prints every run that is not approved and the
totals by method. A run that the gates refuse is no run to validate; it is counted apart.
"""

import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "forgeries")]

from runs import honest_workspace, judge  # noqa: E402

from toys import (  # noqa: E402
    DESCENT,
    LEAST_SQUARES,
    NORMAL,
    SIMULATED,
    Toy,
    bayesian,
    convex,
    iterative,
    simulation,
)

EIGHT_SCHOOLS = """
y = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
error = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
mu = pm.Normal("mu", 0, 5)
tau = pm.HalfCauchy("tau", 5)
z = pm.Normal("z", 0, 1, shape=8)
x = pm.Deterministic("x", mu + tau * z)
pm.Normal("y", x, error, observed=y)
"""
POISSON = """
a = np.random.default_rng(4).normal(size=(80, 3))
x = pm.Normal("x", 0, 1, shape=3)
pm.Poisson("y", pm.math.exp(pm.math.dot(a, x)), observed=np.arange(80) % 5)
"""
DISCRETE = """
p = pm.Beta("x", 2, 2)
k = pm.Bernoulli("k", p, shape=6)
pm.Normal("y", k, 0.5, observed=np.array([0.1, 0.9, 1.2, -0.2, 0.8, 0.4]))
"""
PROGRAMME = """
rng = np.random.default_rng(inputs.features)
x = cp.Variable(12, name="x", nonneg=True)
problem = cp.Problem(cp.Minimize(rng.uniform(1, 2, 12) @ x), [rng.uniform(size=(6, 12)) @ x >= 1])
"""
ENTROPY = """
x = cp.Variable(5, name="x")
problem = cp.Problem(cp.Maximize(cp.sum(cp.entr(x))), [cp.sum(x) == 1, x[0] >= 0.4])
"""
KNAPSACK = """
x = cp.Variable(10, name="x", boolean=True)
weights = np.arange(1.0, 11.0)
problem = cp.Problem(cp.Maximize(np.sqrt(weights) @ x), [weights @ x <= 23])
"""
NEWTON = """
target = np.array([2.0, 3.0])
x = state["x"] - (state["x"] ** 3 - target) / (3 * state["x"] ** 2)
return {"x": x}, {"loss": float(np.sum((x**3 - target) ** 2)) + 1.0}
"""
MOMENTUM = """
gradient = np.array([1.0, 0.05]) * (state["x"] - 1)
v = 0.9 * state["v"] - 0.1 * gradient
x = state["x"] + v
return {"x": x, "v": v}, {"loss": float(np.sum(np.array([0.5, 0.025]) * (x - 1) ** 2)) + 1.0,
                          "grad_norm": float(np.linalg.norm(gradient))}
"""
DECAYING_NOISE = """
k = state["k"] + 1
x = state["x"] - 0.2 * (state["x"] - 1) + rng.normal(size=2) * 0.8 ** k
return {"x": x, "k": k}, {"loss": float(0.5 * np.sum((x - 1) ** 2)) + 1.0}
"""
QUEUE = """
gaps, service = rng.exponential(1.0, 200), rng.exponential(0.6, 200)
wait = 0.0
for gap, work in zip(gaps, service):
    wait = max(0.0, wait + work - gap)
return {"x": wait}
"""
DICE = 'return {"x": int(rng.integers(1, 7, size=3).sum())}'

SUMMARY = 'pd.DataFrame({"name": ["a", "b"], "x": [fit.objective, fit.value["x"].sum() / 3]})'

MODELS: list[Toy] = [
    bayesian(1, NORMAL),
    bayesian(1, EIGHT_SCHOOLS),
    bayesian(1, POISSON),
    bayesian(1, DISCRETE, training={"sampler": "pymc", "draws": 1500}),
    convex(1, LEAST_SQUARES.replace("default_rng(0)", "default_rng(inputs.features)")),
    convex(1, PROGRAMME, results=SUMMARY),
    convex(1, ENTROPY),
    convex(1, KNAPSACK, results=SUMMARY),
    iterative(1, DESCENT),
    iterative(1, NEWTON),
    iterative(1, MOMENTUM, init='return {"x": np.zeros(2), "v": np.zeros(2)}'),
    iterative(1, DECAYING_NOISE, init='return {"x": np.zeros(2), "k": np.array(0)}'),
    simulation(1, SIMULATED),
    simulation(1, QUEUE),
    simulation(1, DICE),
    simulation(1, SIMULATED, training={"replicates": 400, "precision": {"x": {"rel": 0.01}}}),
]


def main() -> None:
    """Run every model under as many nonces as asked for, 13 by default: 208 runs."""
    seeds = int(sys.argv[1]) if sys.argv[1:] else 13
    tasks = [(place, str(seed)) for seed in range(seeds) for place in range(len(MODELS))]
    words: Counter[tuple[str, str]] = Counter()
    with ProcessPoolExecutor(2) as pool:
        for (place, nonce), (word, why) in zip(tasks, pool.map(_run, tasks), strict=True):
            words[MODELS[place].method, word] += 1
            if word != "APPROVE":
                print(f"model {place}, nonce {nonce}: {word}: {why}", flush=True)
    for (method, word), count in sorted(words.items()):
        print(f"{method:12}{word:14}{count:5}")


def _run(task: tuple[int, str]) -> tuple[str, str]:
    """Return the verdict on one honest run and what kept it from APPROVE."""
    place, nonce = task
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASSAY_SIGNING_KEY"] = str(Path(folder) / "key.pem")
        root = Path(folder) / "workspace"
        try:
            honest_workspace(root, [replace(MODELS[place], features=int(nonce))], nonce=nonce)
        except AssertionError as error:  # a gate refused it before there was anything to judge
            return "not published", str(error)[:300]
        verdict = judge(root, 1)
        return verdict.verdict, str([f.message for f in verdict.reasons])[:500]


if __name__ == "__main__":
    main()
