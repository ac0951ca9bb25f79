"""What forking workers saves when many models are judged: tests/benchmarks/bench_many_verdicts.py.

A few small models of each method are trained, then judged with workers that are forked from
processes which have imported the libraries (as `assay validate` does with many models), and with
workers in fresh interpreters, by turns. Prints the seconds per verdict, and their ratio.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "forgeries")]

from runs import honest_workspace  # noqa: E402

from assay.core.workspace import Workspace  # noqa: E402
from assay.validation.case import Options  # noqa: E402
from assay.validation.workspace import validate_workspace  # noqa: E402
from assay.worker.process import Start, spawn  # noqa: E402
from toys import DESCENT, LEAST_SQUARES, NORMAL, SIMULATED, bayesian, convex, iterative, simulation  # noqa: E402  # noqa: E402

NUMBERS = range(1, 5)
CAMPAIGNS = {
    "bayesian (nutpie)": [bayesian(i, NORMAL) for i in NUMBERS],
    "bayesian (sampler pymc)": [bayesian(i, NORMAL, training={"sampler": "pymc"}) for i in NUMBERS],
    "convex": [convex(i, LEAST_SQUARES) for i in NUMBERS],
    "iterative": [iterative(i, DESCENT) for i in NUMBERS],
    "simulation": [simulation(i, SIMULATED) for i in NUMBERS],
}
TURNS = 2


def main() -> None:
    """Print a row for every method."""
    print(f"{'method':24}{'fresh':>8}{'forked':>9}{'ratio':>7}")
    for name, toys in CAMPAIGNS.items():
        with tempfile.TemporaryDirectory() as folder:
            os.environ["ASSAY_SIGNING_KEY"] = str(Path(folder) / "key.pem")
            root = honest_workspace(Path(folder) / "workspace", toys)
            turns = [(_seconds(root, spawn), _seconds(root, None)) for _ in range(TURNS)]
        fresh, forked = (sum(times) / TURNS / len(toys) for times in zip(*turns, strict=True))
        print(f"{name:24}{fresh:6.2f} s{forked:7.2f} s{forked / fresh:7.0%}", flush=True)


def _seconds(root: Path, start: Start | None) -> float:
    began = time.monotonic()
    verdicts = list(validate_workspace(Workspace(root), None, Options(), start))
    assert {verdict.verdict for verdict in verdicts} == {"APPROVE"}
    return time.monotonic() - began


if __name__ == "__main__":
    main()
