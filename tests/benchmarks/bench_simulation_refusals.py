"""Print how often ordinary simulations are refused, how often bad ones pass, and what it costs.

    python tests/benchmarks/bench_simulation_refusals.py [seeds] [model ...]

Every seed is another training of 1,000 replicates unless the case says otherwise.
"""
# ruff: noqa: E501  # the cases are tables

import math
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np

from assay.core.criteria import all_passed
from assay.core.errors import TrainingError
from assay.core.seeds import generator
from assay.methods.base import Inputs, Job, Quiet
from assay.methods.calls import caller
from assay.methods.simulation.diagnose import diagnose
from assay.methods.simulation.fit import fit
from assay.methods.simulation.settings import Convergence, Training
from assay.methods.simulation.traits import TRAITS


@dataclass
class Case:
    """A model's simulate(rng) and its design's training block; `truth` is the mean of `precise`."""

    simulate: object
    training: dict = field(default_factory=dict)
    truth: float | None = None
    precise: str = ""


def make_job(case, seed, cores=1):
    module = ModuleType("model_1")
    module.__file__ = __file__
    simulate = case.simulate() if getattr(case.simulate, "is_maker", False) else case.simulate
    module.__dict__["simulate"] = lambda inputs, rng: simulate(rng)
    training = Training(**{"replicates": 1000, **case.training})
    return Job(module, Inputs(None, {}, {}), training, Convergence(), f"{seed + 1:064x}", cores, Quiet(), caller(module, TRAITS.called_often))  # fmt: skip


def report(name, case, seeds):
    passed, counts, covered = 0, [], 0
    causes = Counter[str]()
    began = time.perf_counter()
    for seed in range(seeds):
        job = make_job(case, seed)
        try:
            fitted = fit(job)
        except TrainingError as error:
            causes[str(error)[:60]] += 1
            continue
        criteria = diagnose(fitted, job.training, job.convergence)
        passed += all_passed(criteria)
        counts.append(fitted.meta["replicates"])
        causes.update(one.name for one in criteria if one.gates and not one.passed)
        if case.truth is not None:
            values = fitted.arrays[f"replicates/{case.precise}"]
            half = 1.96 * values.std(ddof=1) / math.sqrt(len(values))
            covered += abs(values.mean() - case.truth) <= half
    coverage = f"coverage {covered / seeds:.3f}" if case.truth is not None else ""
    print(
        f"{name:36} {passed:4}/{seeds:<4} replicates {int(np.median(counts or [0])):6} "
        f"{time.perf_counter() - began:6.1f} s {coverage} {dict(causes) or ''}",
        flush=True,
    )


# ---------------------------------------------------------------- ordinary models


def waits(rng, load, customers, begin=0.0):
    """Waiting times of an M/M/1 queue by Lindley's recursion, as a reflected random walk."""
    steps = rng.exponential(load, customers - 1) - rng.exponential(1.0, customers - 1)
    walk = np.concatenate([[0.0], np.cumsum(steps)]) + begin
    return walk - np.minimum(np.minimum.accumulate(walk), 0.0)


def warm_queue(load, warm, kept):
    def simulate(rng):
        return {"wait": waits(rng, load, warm + kept)[warm:]}

    return simulate


def queue_from_stationary(load, kept):
    """The stationary wait of an M/M/1 queue is zero or exponential; service rate 1/load."""

    def simulate(rng):
        begin = rng.exponential(load / (1 - load)) if rng.random() < load else 0.0
        return {"wait": waits(rng, load, kept, begin)}

    return simulate


def autoregression(phi, steps, begin=None, trend=0.0):
    from scipy.signal import lfilter

    def simulate(rng):
        noise = rng.normal(size=steps)
        noise[0] = noise[0] / math.sqrt(1 - phi**2) if begin is None else begin
        return {"x": lfilter([1.0], [1.0, -phi], noise) + trend * np.arange(steps)}

    return simulate


SHARES = np.random.default_rng(1).dirichlet(np.full(90, 0.3))


def medals(rng):
    gold, silver, bronze = (rng.multinomial(300, SHARES) for _ in range(3))
    return {"gold": gold, "total": gold + silver + bronze, "first": (gold + silver + bronze) > 0}


def epidemic(rng):
    s, i, r = 99, 1, 0
    while i:
        infect, recover = 1.5 * s * i / 100, i
        if rng.random() * (infect + recover) < infect:
            s, i = s - 1, i + 1
        else:
            i, r = i - 1, r + 1
    return {"size": r}


def prices(rng):
    path = np.cumsum(rng.normal(-0.02, 0.2, size=50))
    return {"price": np.exp(path), "call": max(math.exp(path[-1]) - 1.0, 0.0), "zero": 0.0}


def mixed(rng):
    rate = rng.lognormal(0, 0.5)
    return {"events": rng.poisson(rate * 3), "none": rng.poisson(rate) == 0, "rate": rate}


def rare(rng):
    return {"hit": rng.random(500) < np.geomspace(1e-4, 0.5, 500)}


ORDINARY = {
    "normal": Case(lambda rng: {"x": rng.normal()}),
    "300 normals": Case(lambda rng: {"x": rng.normal(size=300)}),
    "2000 normals": Case(lambda rng: {"x": rng.normal(size=(40, 50))}),
    "exponential": Case(lambda rng: {"x": rng.exponential()}),
    "200 exponentials": Case(lambda rng: {"x": rng.exponential(size=200)}),
    "uniform and its inverse square": Case(lambda rng: {"x": rng.uniform(1, 2, 20) ** -2}),
    "log-normal sigma 1": Case(lambda rng: {"x": rng.lognormal()}),
    "50 log-normal sigma 1": Case(lambda rng: {"x": rng.lognormal(size=50)}),
    "200 log-normal sigma 0.7": Case(lambda rng: {"x": rng.lognormal(0, 0.7, size=200)}),
    "log-normal sigma 1, 10,000 replicates": Case(lambda rng: {"x": rng.lognormal(size=20)}, {"replicates": 10000}),
    "log-normal sigma 1, 410 replicates": Case(lambda rng: {"x": rng.lognormal()}, {"replicates": 410}),
    "gamma 0.3": Case(lambda rng: {"x": rng.gamma(0.3, size=20)}),
    "gamma 0.02 to 1": Case(lambda rng: {"x": rng.gamma(np.geomspace(0.02, 1, 20))}),
    "shares, dirichlet 0.1": Case(lambda rng: {"x": rng.dirichlet(np.full(20, 0.1))}),
    "log-normal sigma 1.4": Case(lambda rng: {"x": rng.lognormal(0, 1.4)}),
    "10 to the uniform -3 to 3": Case(lambda rng: {"x": 10 ** rng.uniform(-3, 3)}),
    "student 5": Case(lambda rng: {"x": rng.standard_t(5, size=20)}),
    "student 3": Case(lambda rng: {"x": rng.standard_t(3)}),
    "pareto 3": Case(lambda rng: {"x": rng.pareto(3)}),
    "weibull 0.7": Case(lambda rng: {"x": rng.weibull(0.7, size=20)}),
    "sometimes a loss": Case(lambda rng: {"x": rng.exponential() * (rng.random(20) < np.linspace(0.01, 1, 20))}),
    "poisson 0.01 to 100": Case(lambda rng: {"x": rng.poisson(np.geomspace(0.01, 100, 100))}),
    "500 indicators, some rare": Case(rare),
    "coin": Case(lambda rng: {"x": rng.random() < 0.5}),
    "medals of 90 countries": Case(medals),
    "epidemic": Case(epidemic),
    "prices": Case(prices),
    "random rates": Case(mixed),
    "queue, mean wait of 200": Case(lambda rng: {"w": waits(rng, 0.8, 200).mean()}),
    "extreme of 1000": Case(lambda rng: {"x": rng.exponential(size=1000).max()}),
    "series: AR 0.9, 2000 steps": Case(autoregression(0.9, 2000), {"series": ["x"], "replicates": 500}),
    "series: queue 0.8 warmed up": Case(warm_queue(0.8, 1000, 10000), {"series": ["wait"], "replicates": 450}),
    "series: queue 0.8 begun stationary": Case(queue_from_stationary(0.8, 8000), {"series": ["wait"], "replicates": 450}),
    "precision 2 % of exponential": Case(lambda rng: {"x": rng.exponential()}, {"replicates": 500, "precision": {"x": {"rel": 0.02}}, "max_replicates": 30000}, 1.0, "x"),
    "precision 0.05 of normal": Case(lambda rng: {"x": rng.normal()}, {"replicates": 100, "precision": {"x": {"abs": 0.05}}, "max_replicates": 5000}, 0.0, "x"),
    "precision 10 % of log-normal": Case(lambda rng: {"x": rng.lognormal()}, {"replicates": 100, "precision": {"x": {"rel": 0.1}}, "max_replicates": 20000}, math.exp(0.5), "x"),
}  # fmt: skip


# A mean exists, but a thousand replicates can hardly tell; either verdict is fair.
BORDERLINE = {
    "20 normals to the 4th": Case(lambda rng: {"x": rng.normal(size=20) ** 4}),
    "20 weibull 0.4": Case(lambda rng: {"x": rng.weibull(0.4, size=20)}),
    "log-normal sigma 2": Case(lambda rng: {"x": rng.lognormal(0, 2)}),
    "student 2": Case(lambda rng: {"x": rng.standard_t(2)}),
    "pareto 1.5": Case(lambda rng: {"x": rng.pareto(1.5)}),
}  # fmt: skip


# ---------------------------------------------------------------- models that must be refused


def remembering(change):
    def make():
        memory = {"calls": 0, "walk": 0.0}

        def simulate(rng):
            memory["calls"] += 1
            memory["walk"] += rng.normal()
            return {"x": change(memory, rng)}

        return simulate

    make.__dict__["is_maker"] = True
    return make


def overflowing(rng):
    return {"x": float(np.exp(np.float64(rng.normal() * 100 + 500)) < 1e300)}


BAD = {
    "NaN in one replicate of 200": Case(lambda rng: {"x": rng.normal() if rng.random() > 0.005 else math.nan}),
    "overflow now and then": Case(overflowing),
    "log of zero": Case(lambda rng: {"x": float(np.maximum(np.log(rng.poisson(4, size=3)), 0).sum())}),
    "cauchy": Case(lambda rng: {"x": rng.standard_cauchy()}),
    "cauchy among 100 normals": Case(lambda rng: {"x": rng.standard_cauchy(), "y": rng.normal(size=100)}),
    "cauchy, 410 replicates": Case(lambda rng: {"x": rng.standard_cauchy()}, {"replicates": 410}),
    "cauchy, 5000 replicates": Case(lambda rng: {"x": rng.standard_cauchy()}, {"replicates": 5000}),
    "pareto 1": Case(lambda rng: {"x": rng.pareto(1.0)}),
    "pareto 0.8": Case(lambda rng: {"x": rng.pareto(0.8)}),
    "pareto 0.5": Case(lambda rng: {"x": rng.pareto(0.5)}),
    "ratio of normals": Case(lambda rng: {"x": (1 + rng.normal()) / rng.normal()}),
    "log-normal sigma 3": Case(lambda rng: {"x": rng.lognormal(0, 3)}),
    "trend over replicates, 0.5 sd": Case(remembering(lambda m, rng: rng.normal() + m["calls"] / 2000)),
    "random walk over replicates": Case(remembering(lambda m, rng: m["walk"])),
    "spread grows over replicates": Case(remembering(lambda m, rng: rng.normal() * (1 + m["calls"] / 2000))),
    "seeded by itself": Case(lambda rng: {"x": np.random.default_rng(1).normal()}),
    "200 replicates": Case(lambda rng: {"x": rng.normal()}, {"replicates": 200}),
    "precision out of reach": Case(lambda rng: {"x": rng.normal()}, {"precision": {"x": {"rel": 0.01}}, "max_replicates": 2000}),
    "series: queue 0.95 from empty": Case(warm_queue(0.95, 0, 1000), {"series": ["wait"], "replicates": 450}),
    "series: queue 0.95 short warm-up": Case(warm_queue(0.95, 200, 1000), {"series": ["wait"], "replicates": 450}),
    "series: queue 0.95 stationary, short": Case(queue_from_stationary(0.95, 5000), {"series": ["wait"], "replicates": 450}),
    "series: AR 0.99, 500 steps": Case(autoregression(0.99, 500), {"series": ["x"], "replicates": 450}),
    "series: AR 0.9 from 5 sd off": Case(autoregression(0.9, 2000, begin=11.0), {"series": ["x"], "replicates": 450}),
    "series: AR 0.9, trend of 0.2 sd": Case(autoregression(0.9, 2000, trend=0.2 * 2.3 / 2000), {"series": ["x"], "replicates": 450}),
}  # fmt: skip


def overhead(cores):
    """Print the time per replicate against a bare loop with the same generators."""
    for name, work in (("empty", 0), ("10 us", 5), ("1 ms", 500)):

        def simulate(rng, work=work):
            for _ in range(work):
                rng.normal(size=20)
            return {"x": rng.normal(), "y": rng.normal(size=10)}

        count = 2000 if work == 500 else 20000
        job = make_job(Case(simulate, {"replicates": count}), 1, cores)
        began = time.perf_counter()
        fit(job)
        ours = time.perf_counter() - began
        began = time.perf_counter()
        for number in range(count):
            simulate(generator(job.seed, "replicate", number))
        bare = time.perf_counter() - began
        print(
            f"{name:8} {cores} cores: {ours / count * 1e6:8.1f} us a replicate, bare loop "
            f"{bare / count * 1e6:8.1f}, ratio {ours / bare:.2f}"
        )


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    chosen = sys.argv[2:]
    groups = {"ordinary": ORDINARY, "borderline": BORDERLINE, "bad": BAD}
    for title, cases in groups.items():
        print(f"{title} models, passed")
        for name, case in cases.items():
            if not chosen or any(word in name for word in chosen):
                report(name, case, seeds)
    if not chosen or "overhead" in chosen:
        overhead(1)
        overhead(2)


if __name__ == "__main__":
    main()
