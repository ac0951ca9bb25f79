"""What assay adds to a bare script doing the same work: python tests/benchmarks/bench_overhead.py.

For each method the same model is trained three ways, best of three, one after another: by a bare
script (import, fit, results to CSV), by assay's train_model (admission, recorder, worker,
evidence, gates), and by `snakemake -j1` from nothing to the director's summary. Prints seconds of
the bare script and the other two as ratios to it. Compile caches are warm.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from assay.core.environment import PINNED  # noqa: E402
from toys import bayesian, convex, iterative, simulation, write_workspace  # noqa: E402

REPEATS = 3
HIERARCHY = """
group = np.repeat(np.arange(40), 25)
y = np.random.default_rng(1).normal(size=40)[group] + np.random.default_rng(2).normal(size=1000)
mu = pm.Normal("mu", 0, 5)
tau = pm.HalfNormal("tau", 2)
x = pm.Normal("x", mu, tau, shape=40)
pm.Normal("y", x[group], pm.HalfNormal("sigma", 2), observed=y)
"""
LASSO = """
rng = np.random.default_rng(0)
a, b = rng.normal(size=(400, 200)), rng.normal(size=400)
x = cp.Variable(200, name="x")
problem = cp.Problem(cp.Minimize(cp.sum_squares(a @ x - b) + cp.norm1(x)))
"""
DESCENT = """
a = np.linspace(0.1, 1.0, 200)
x = state["x"] - 0.5 * a * (state["x"] - 1)
return {"x": x}, {"loss": float(0.5 * np.sum(a * (x - 1) ** 2)) + 1.0,
                  "grad_norm": float(np.linalg.norm(a * (x - 1)))}
"""
WALK = """
steps = rng.normal(size=20_000)
return {"x": float(np.abs(np.cumsum(steps)).max())}
"""
BARE = {
    "bayesian": """
import nutpie
with_model = model.build(None)
trace = nutpie.sample(nutpie.compile_pymc_model(with_model), draws=1000, tune=1000, chains=4,
                      cores=1, target_accept=0.95, seed=1, progress_bar=False)
import arviz
arviz.rhat(trace), arviz.ess(trace), arviz.ess(trace, method="tail")
table = model.results(None, trace)
""",
    "convex": """
problem = model.build(None)
problem.solve()
from types import SimpleNamespace
table = model.results(None, SimpleNamespace(value={v.name(): v.value for v in problem.variables()}))
""",
    "iterative": """
import numpy
from types import SimpleNamespace
state, last = model.init(None, None), float("inf")
for _ in range(2000):
    state, metrics = model.step(None, state, None)
    if abs(last - metrics["loss"]) < 1e-12:
        break
    last = metrics["loss"]
table = model.results(None, SimpleNamespace(state={"x": state["x"][:2]}))
""",
    "simulation": """
import numpy, xarray
from types import SimpleNamespace
rngs = numpy.random.default_rng(1).spawn(1000)
x = numpy.array([model.simulate(None, rng)["x"] for rng in rngs])
table = model.results(None, SimpleNamespace(replicates=xarray.Dataset({"x": ("replicate", x)})))
""",
}
TOYS = {
    "bayesian": bayesian(1, HIERARCHY),
    "convex": convex(1, LASSO),
    "iterative": iterative(1, DESCENT, init='return {"x": np.zeros(200)}'),
    "simulation": simulation(1, WALK, extra={"resources": {"threads": 1}}),
}
TRAIN = """
import sys
from pathlib import Path
from assay.training.request import Request
from assay.training.train import train_model
from assay.core.workspace import Workspace
outcome = train_model(Request(Workspace(Path(sys.argv[1])), 1, 1, 1, 60.0, "", ""))
"""


def timed(command: list[str], cwd: Path, env: dict[str, str]) -> float:
    """Return the wall seconds of a command that must succeed."""
    start = time.perf_counter()
    run = subprocess.run(command, cwd=cwd, env=env, check=False, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{command} failed:\n{run.stdout}{run.stderr}")
    return time.perf_counter() - start


def measure(method: str, folder: Path) -> tuple[float, float, float]:
    """Return the best seconds of bare script, train_model and snakemake."""
    toy, env = TOYS[method], {**os.environ, **PINNED}
    best = [float("inf")] * 3
    for repeat in range(REPEATS):
        root = write_workspace(folder / f"{method}_{repeat}", [toy])
        code = root / "implementation" / "code"
        if method == "iterative":  # its results are two of the 200 values
            path = code / "model_1.py"
            path.write_text(
                path.read_text().replace('fit.state["x"]', 'fit.state["x"][:2] * [1, 2]')
            )
        bare = f"import sys; sys.path.insert(0, {str(code)!r})\nimport model_1 as model\n"
        bare += BARE[method] + "table.to_csv('bare.csv', index=False)\n"
        project = root.parent / f"project_{method}_{repeat}"
        project.mkdir()
        for name in ("Snakefile", "workflow", "scripts", "profiles", "config"):
            (project / name).symlink_to(ROOT / name)
        python, plain = sys.executable, dict(os.environ)
        snakemake = [python, "-m", "snakemake", "-j1", "--config", f"workspace={root}"]
        seconds = [
            timed([python, "-c", bare], root, env),
            timed([python, "-c", TRAIN, str(root)], root, plain),
        ]
        shutil.rmtree(root / "implementation" / "evidence")
        seconds.append(timed(snakemake, project, plain))
        best = [min(pair) for pair in zip(best, seconds, strict=True)]
    return best[0], best[1], best[2]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(f"{'method':12} {'bare script':>11} {'train_model':>12} {'snakemake':>10}")
        for method in TOYS:
            bare, train, whole = measure(method, Path(name))
            print(
                f"{method:12} {bare:9.2f} s {train / bare:11.2f}x {whole / bare:9.2f}x", flush=True
            )
