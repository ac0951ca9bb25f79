"""What one entry of the corpus is, the honest models, and runs made once for all tests."""

import hashlib
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock
from runs import Forger, copy_workspace, honest_workspace

from assay.worker.process import WorkerProcess
from toys import DESCENT, NORMAL, RESULTS, Toy, bayesian, convex, iterative, simulation

OBSERVED = (1.0, 2.0, 3.0, 2.5, 1.5)
# Location and scale: two coordinates that are neither normal nor independent.
LOCATION_SCALE = f"""
x = pm.Normal("x", 0, 1)
s = pm.HalfNormal("s", 1)
pm.Normal("y", x, s, observed=np.array({list(OBSERVED)}))
"""
QUADRATIC = """
rng = np.random.default_rng(0)
a, b = rng.normal(size=(30, 4)), rng.normal(size=30)
x = cp.Variable(4, name="x")
problem = cp.Problem(cp.Minimize(cp.sum_squares(a @ x - b)), [x >= 0.01])
"""
DRAWN = 'return {"x": 5.0 + inputs.features + rng.normal()}'
# A replicate costs 7 ms of processor time on any machine.
BUSY = """
import time
begun = time.process_time()
while time.process_time() < begun + 0.007:
    pass
return {"x": 5.0 + rng.normal()}
"""
WAITING = 'import time\ntime.sleep(0.005)\nreturn {"x": 5.0 + rng.normal()}'
STEPPING = "import time\ntime.sleep(0.01)\n" + DESCENT
READER = 'return {"x": float(inputs.upstream[3]["x"].sum()) + rng.normal()}'
EXPECTING = {"expected": {"minutes": [5, 10]}}

# Models of the honest runs; the last of each list is the one that is forged.
HONEST: dict[str, list[Toy]] = {
    "bayesian": [bayesian(1, LOCATION_SCALE)],
    # A single tuning step is a critical failure, and the fix repairs it.
    "repaired": [
        bayesian(
            9,
            NORMAL,
            training={"sampler": "pymc", "draws": 20, "tune": 1},
            extra={"emergency_fix": {"draws": 1000, "tune": 1000}},
        )
    ],
    "convex": [convex(2, QUADRATIC)],
    "iterative": [iterative(3, DESCENT, training={"checkpoint_every": 20})],
    "simulation": [simulation(4, DRAWN)],
    "waiting": [simulation(5, WAITING)],
    "stepping": [iterative(8, STEPPING)],
    "busy": [simulation(6, BUSY)],
    "dependent": [iterative(3, DESCENT), simulation(7, READER, extra={"depends_on": [3]})],
}
BLIND_WORKER = """
from assay.modelcode.libraries import Untouched
Untouched.raise_changed = lambda self: None
from assay.worker.__main__ import main
main()
"""


def _start_blind(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a worker that does not see what model code changed."""
    python, *_, pipe, parent = command
    return subprocess.Popen([python, "-c", BLIND_WORKER, pipe, parent], **options)


UNCHECKED = SimpleNamespace(**{**vars(subprocess), "Popen": _start_blind})
HEARTBEATS = {"waiting": 0.5, "stepping": 0.5, "busy": 1.0}


@dataclass(frozen=True)
class Forgery:
    """One way to pass off as genuine what is not.

    Attributes:
        name: unique; the test's name.
        model: which of the HONEST runs it starts from.
        deed: what the forger does, one sentence.
        forge: does it to a copy of the honest workspace; what it returns, if anything, are
            options of the validation.
        caught_by: checks of which one at least must be among the reasons.
        verdict: REJECT or INVESTIGATE, or ERROR where there is nothing to judge by.
        red_flag: the protocol's red flag that must be raised.
        accepted_because: why the validator cannot refuse it; the test is then expected to fail,
            and must be told if it no longer does.
        family: set by the table it stands in.
    """

    name: str
    model: str
    deed: str
    forge: Callable[[Forger], dict[str, Any] | None]
    caught_by: set[str]
    verdict: str = "REJECT"
    red_flag: str | None = None
    accepted_because: str = ""
    family: str = ""


class Workshop:
    """Runs that several tests start from, each made once, also when tests run side by side."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(
        self,
        toys: Toy | Iterable[Toy],
        *,
        nonce: str = "",
        heartbeat: float = 60.0,
        helpers: dict[str, str] | None = None,
        fails: bool = False,
        any_code: bool = False,
    ) -> Path:
        """Return a workspace in which these models were trained; not to be written to.

        With `any_code` by an assay whose owner has taken out the checks of code and features,
        also those in the worker.
        """
        toys = [toys] if isinstance(toys, Toy) else list(toys)
        told = repr((toys, nonce, heartbeat, helpers, fails))
        root = self._folder / hashlib.sha256(told.encode()).hexdigest()[:12]
        with FileLock(f"{root}.lock"):
            if not root.exists():
                new = root.with_suffix(".new")
                for name, text in (helpers or {}).items():
                    path = new / "implementation" / "code" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
                with pytest.MonkeyPatch.context() as patch:
                    if any_code:
                        patch.setattr("assay.campaign.admission.check_code", lambda *_: [])
                        patch.setattr("assay.campaign.admission.acts", lambda _: [])
                        patch.setattr("assay.worker.process.subprocess", UNCHECKED)
                        patch.setattr("assay.training.session.WorkerProcess", WorkerProcess)
                    honest_workspace(new, toys, nonce=nonce, heartbeat=heartbeat, fails=fails)
                new.rename(root)
        return root

    def honest(self, name: str) -> Path:
        """Return the workspace of one of the HONEST models."""
        return self.run(HONEST[name], heartbeat=HEARTBEATS.get(name, 60.0))

    def forger(self, name: str, root: Path) -> Forger:
        """Return a forger with a copy of an honest workspace at `root`."""
        copy_workspace(self.honest(name), root)
        return Forger(root, HONEST[name][-1].number, self)


def renumbered(results: dict | None = None, **more: object) -> dict:
    """Return a results block like that of the toys, changed."""
    return {**RESULTS, **(results or {}), **more}
