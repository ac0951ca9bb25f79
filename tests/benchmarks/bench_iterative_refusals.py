"""Print how often ordinary iterative models are refused, and how often bad ones pass.

    python tests/benchmarks/bench_iterative_refusals.py [seeds] [model ...]

Every seed draws new data and a new start. `excess` is how far the published loss lies above the
best one known, relative to it: what a false pass would cost.
"""

import sys
import time
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
from iterative_cases import BAD, ORDINARY

from assay.core.criteria import all_passed
from assay.core.errors import TrainingError
from assay.methods.base import Inputs, Job, Quiet
from assay.methods.calls import caller
from assay.methods.iterative.diagnose import diagnose
from assay.methods.iterative.fit import fit
from assay.methods.iterative.settings import Convergence, Training
from assay.methods.iterative.traits import TRAITS


def train(case, seed):
    data = case.make(np.random.default_rng(seed))
    module = ModuleType("model_1")
    module.__file__ = "model_1.py"
    module.__dict__.update(
        init=lambda inputs, rng: case.init(inputs.features, rng),
        step=lambda inputs, state, rng: case.step(inputs.features, state, rng),
    )
    job = Job(
        model=module,
        inputs=Inputs(data, {}, {}),
        training=Training(**case.training),
        convergence=Convergence(**case.convergence),
        seed=f"{seed + 1:064x}",
        cores=1,
        channel=Quiet(),
        call=caller(module, TRAITS.called_often),
    )
    fitted = fit(job)
    return data, fitted, diagnose(fitted, job.training, job.convergence)


def report(name, case, seeds):
    passed, steps, excess = 0, [], []
    causes = Counter[str]()
    began = time.perf_counter()
    for seed in range(seeds):
        try:
            data, fitted, criteria = train(case, seed)
        except TrainingError as error:
            causes[str(error)[:60]] += 1
            continue
        good = all_passed(criteria)
        passed += good
        steps.append(fitted.meta["starts"][0]["steps"])
        causes.update(c.name for c in criteria if c.gates and not c.passed)
        if good and case.best is not None:
            best = case.best(data)
            loss = fitted.arrays["history/loss"][-1]
            excess.append((loss - best) / abs(best) if best else loss)
    worst = f"{max(excess):9.1e}" if excess else " " * 9
    seconds = time.perf_counter() - began
    print(
        f"{name:34} {passed:4}/{seeds:<4} steps {int(np.median(steps or [0])):6} "
        f"excess {worst} {seconds:6.1f} s  {dict(causes) or ''}",
        flush=True,
    )


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    chosen = sys.argv[2:]
    for title, cases in (("ordinary models, passed", ORDINARY), ("bad models, passed", BAD)):
        print(title)
        for name, case in cases.items():
            if not chosen or any(word in name for word in chosen):
                report(name, case, seeds)
    print(Path(__file__).name, "done")


if __name__ == "__main__":
    main()
