"""How often honest convex problems are refused: `python bench_convex_refusals.py [runs] [kind]`.

Prints one line per kind of problem: how many were made and refused, the worst number of each
criterion, how often the second solver could not be compared, and seconds per fit.
"""

import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow" / "src"))

from convex_problems import GENERATORS

from assay.core.criteria import Criterion, all_passed
from assay.core.fit import Fit
from assay.methods.base import Inputs, Job, Quiet
from assay.methods.convex.diagnose import diagnose
from assay.methods.convex.fit import fit
from assay.methods.convex.settings import Convergence, Training

SHOWN = ("primal_residual", "cone_membership", "dual_residual", "duality_gap", "stability")


def train(problem: Any, **training: Any) -> tuple[Fit, list[Criterion]]:
    """Fit and diagnose one problem without a recorder."""
    settings = Training(**training)
    job = Job(
        model=ModuleType("model"),
        inputs=Inputs(features=None, design={}, upstream={}),
        training=settings,
        convergence=Convergence(),
        seed="00",
        cores=1,
        channel=Quiet(),
        call=lambda *_: problem,
    )
    found = fit(job)
    return found, diagnose(found, settings, Convergence())


def study(runs: int, kinds: str) -> int:
    """Print the table and return the number of refusals."""
    header = ["kind", "n", "refused", *SHOWN, "uncompared", "not first", "s/fit"]
    print("{:<26}{:>5}{:>8}".format(*header[:3]), *(f"{name[:12]:>13}" for name in header[3:]))
    total = 0
    for generator in GENERATORS:
        if not generator.__name__.startswith(kinds):
            continue
        worst = dict.fromkeys(SHOWN, 0.0)
        refused, uncompared, later, began = [], 0, 0, time.perf_counter()
        for seed in range(runs):
            found, criteria = train(generator(np.random.default_rng(seed)))
            named = {criterion.name: criterion for criterion in criteria}
            for name in SHOWN:
                value = named[name].value if name in named else np.inf
                worst[name] = max(worst[name], float(value) if value is not None else 0.0)
            uncompared += "stability" in named and not named["stability"].gates
            later += bool(found.meta["attempts"][0]["proved"] != "optimal")
            if not all_passed(criteria):
                failed = [c.name for c in criteria if c.gates and not c.passed]
                words = [f"{a['solver']} {a['status']}" for a in found.meta["attempts"]]
                refused.append(f"    seed {seed}: {', '.join(failed)} ({'; '.join(words)})")
        seconds = (time.perf_counter() - began) / runs
        print(
            f"{generator.__name__:<26}{runs:>5}{len(refused):>8}",
            *(f"{worst[name]:>13.1e}" for name in SHOWN),
            f"{uncompared:>13}{later:>14}{seconds:>14.3f}",
            flush=True,
        )
        print(*refused, sep="\n", end="\n" if refused else "")
        total += len(refused)
    return total


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    sys.exit(min(study(count, sys.argv[2] if len(sys.argv) > 2 else ""), 1))
