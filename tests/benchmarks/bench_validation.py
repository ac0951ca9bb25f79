"""What a challenge costs: python tests/benchmarks/bench_validation.py [method ...].

For each method a run of about a minute or more is trained, then validated with `--replay
challenge` and, for comparison, with `--replay full`. Prints the processor time of each as a part
of that of the training: the whole, and without the fixed cost of starting a worker (importing,
building and compiling), which longer runs do not feel.
"""

import os
import resource
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "forgeries")]

from runs import honest_workspace, judge  # noqa: E402

from assay.core.workspace import Workspace  # noqa: E402
from assay.evidence.outcome import read_outcome  # noqa: E402
from assay.validation import replay  # noqa: E402
from toys import Toy, bayesian, convex, iterative, simulation  # noqa: E402

HIERARCHY = """
group = np.repeat(np.arange(60), 120)
noise = np.random.default_rng(2).normal(size=7200)
y = np.random.default_rng(1).normal(size=60)[group] + noise
mu = pm.Normal("mu", 0, 5)
tau = pm.HalfNormal("tau", 2)
x = pm.Normal("x", mu, tau, shape=60)
nu, sigma = pm.HalfNormal("nu", 20) + 2, pm.HalfNormal("sigma", 2)
pm.StudentT("y", nu=nu, mu=x[group], sigma=sigma, observed=y)
"""
PORTFOLIO = """
rng = np.random.default_rng(0)
f = rng.normal(size=(4000, 1100))
x = cp.Variable(1100, name="x")
problem = cp.Problem(cp.Minimize(cp.sum_squares(f @ x - 1) + cp.norm1(x)), [cp.sum(x) == 1])
"""
DESCENT = """
n = 1500
a = np.linspace(0.0015, 1.0, n)
v = np.sin(np.arange(n)[:, None] * np.arange(400)[None, :])
x = state["x"] - 0.9 * a * (state["x"] - 1) - 1e-9 * (v @ (v.T @ (state["x"] - 1)))
return {"x": x}, {"loss": float(0.5 * np.sum(a * (x - 1) ** 2)) + 1.0,
                  "grad_norm": float(np.linalg.norm(a * (x - 1)))}
"""
WALK = """
steps = rng.normal(size=1_500_000)
return {"x": float(np.abs(np.cumsum(steps)).max())}
"""
RUNS: dict[str, Toy] = {
    "bayesian": bayesian(1, HIERARCHY, mean="mu", training={"draws": 16_000, "tune": 2000}),
    "bayesian, sampler pymc": bayesian(
        1, HIERARCHY, mean="mu", training={"sampler": "pymc", "draws": 10_000, "tune": 1000}
    ),
    "convex": convex(1, PORTFOLIO),
    "iterative": iterative(
        1,
        DESCENT,
        init='return {"x": np.zeros(1500)}',
        table='pd.DataFrame({"name": ["a", "b"], "x": fit.state["x"][[0, -1]]})',
        training={"max_steps": 20000, "tolerance": 1e-10},
    ),
    "simulation": simulation(1, WALK, training={"replicates": 4000}),
}


def main() -> None:
    """Print a row for every method asked for."""
    wanted = sys.argv[1:] or list(RUNS)
    replay.SHORT_SECONDS = 0.0  # what this machine does in less would be done again in full
    print(f"{'method':24}{'training':>10}{'challenge':>11}{'its work':>10}{'full':>7}")
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["ASSAY_SIGNING_KEY"] = str(Path(folder) / "key.pem")
            print(f"{name:24}{_measure(Path(folder) / 'workspace', RUNS[name])}", flush=True)


def _measure(root: Path, toy: Toy) -> str:
    honest_workspace(root, [toy])
    training = read_outcome(Workspace(root).outcome(toy.number)).timing.cpu_seconds
    costs = []
    for mode in ("challenge", "full"):
        before = _cpu()
        verdict = judge(root, toy.number, mode)
        assert verdict.verdict == "APPROVE", verdict.reasons
        costs.append((_cpu() - before) / training)
    part = sum(spent for name, spent in _worked(root, toy)) / training
    return f"{training:9.1f} s{costs[0]:11.0%}{part:10.0%}{costs[1]:7.0%}"


def _worked(root: Path, toy: Toy) -> list[tuple[str, float]]:
    """Return CPU seconds of the phases of a challenge that are no fixed cost."""
    from assay.validation.case import Options
    from assay.validation.effort import NO_WORK
    from assay.validation.reading import read_case
    from assay.worker.process import spawn

    options = Options(replay="challenge", cores=2)
    phases = replay.replay(read_case(Workspace(root), toy.number, options), spawn).phases
    return [(name, spent.cpu) for name, spent in phases.items() if name not in NO_WORK]


def _cpu() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
