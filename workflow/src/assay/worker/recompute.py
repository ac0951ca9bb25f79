"""The validator's worker: does a training again, or parts of it, and rebuilds its results.

What is to be replayed is done before the stored fit is handed over, so that nothing in this
process could have read it back from there.
"""

import re
import resource
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from assay.errors import TrainingError
from assay.evidence.arrays import digest_arrays, load_arrays, load_fit, save_arrays, save_fit
from assay.methods import load
from assay.methods.base import Fit, Job, Quiet
from assay.methods.variants import nudged
from assay.seeds import generator
from assay.worker.given import strangers
from assay.worker.pipe import Message, read_message
from assay.worker.table import read_table, write_table

Send = Callable[[Message], None]
PERTURBATION = "perturbation"  # the stream that makes other fits; the same in every validation


class Phases(Quiet):
    """A channel that keeps the time each phase took and the digests of checkpoints.

    Attributes:
        spent: wall and CPU seconds by phase.
        checkpoints: digests by name.
    """

    def __init__(self, heartbeat_seconds: float, send: Send, wanted: Collection[str] = ()) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self.spent: dict[str, dict[str, float]] = {}
        self.checkpoints: dict[str, str] = {}
        self._send = send
        self._wanted = frozenset(wanted)  # names of the checkpoints that training stored
        self._name = ""
        self._began = (0.0, 0.0)

    def phase(self, name: str) -> None:
        """Close the current phase and begin another."""
        self.end()
        self._name, self._began = name, _clocks()
        self._send({"type": "phase", "name": name})

    def end(self) -> None:
        """Close the current phase."""
        if self._name:
            wall, cpu = (now - then for now, then in zip(_clocks(), self._began, strict=True))
            before = self.spent.get(self._name, {"wall": 0.0, "cpu": 0.0})
            self.spent[self._name] = {"wall": before["wall"] + wall, "cpu": before["cpu"] + cpu}
        self._name = ""

    def checkpoint(
        self, name: str, arrays: Mapping[str, np.ndarray[Any, Any]], **meta: Any
    ) -> None:
        """Keep a digest, to be compared with that of the training's checkpoint."""
        del meta
        self.checkpoints[name] = digest_arrays(arrays)

    def checkpoint_due(self, name: str) -> bool:
        """Return True where training stored one."""
        return name in self._wanted


def recompute(task: Message, job: Job, phases: Phases, commands: BinaryIO, send: Send) -> None:
    """Do what a validator asks of one model, reporting each step.

    Args:
        task: `mode` ("full", "challenge" or "none"), `request` of the challenge, names of
            `given` columns, `order` (a number the validator drew, from which follows what is
            looked at, and when), `method` and `scratch`;
            further files lie in the scratch folder.
        job: the training to do again.
        phases: the job's channel.
        commands: where the validator says when the stored fit has been put into the scratch.
        send: reports to the validator.
    """
    scratch = Path(task["scratch"])
    method, tools = load(task["method"], "fit"), load(task["method"], "replay")
    if task["mode"] == "full":
        save_fit(scratch, method.fit(job))
    elif task["mode"] == "challenge":
        arrays = load_arrays(scratch / "challenge.npz")
        save_arrays(scratch / "replayed.npz", tools.replay(job, task["request"], arrays))
    phases.end()
    done = {"phases": phases.spent, "checkpoints": phases.checkpoints, "peak_rss": _peak_rss()}
    send({"type": "replayed", **done})
    if (read_message(commands) or {}).get("type") != "check":
        return
    fit = load_fit(scratch / "stored")
    phases.phase("certify")
    chance = np.random.default_rng(task["order"]) if task["mode"] == "challenge" else None
    criteria = [criterion.as_json() for criterion in tools.certify(job, fit, chance)]
    phases.phase("results")
    rng = generator(job.seed, PERTURBATION)
    seen = Fit({k: x for k, x in fit.arrays.items() if k.startswith(method.SEEN)}, fit.meta)
    kinds = {"perturbed": tools.perturb(fit, rng), "nudged": nudged(seen, rng)}
    kinds["distorted"] = tools.distort(fit, rng)
    fits = {f"{kind}_{k}": make for kind in kinds for k, make in enumerate(kinds[kind].makers)}
    fits |= {"0": lambda: fit, "1": lambda: fit}
    broken = _tabulate(job, fits, task["order"], method, scratch)
    table = read_table(scratch / "results_0.json") if "0" not in broken else None
    odd, own = ({}, {}) if table is None else strangers(table, task["given"], job.inputs)
    phases.end()
    checked = {"criteria": criteria, "strangers": odd, "own": own, "broken": broken}
    send({"type": "checked", **checked})


def _tabulate(
    job: Job, fits: dict[str, Callable[[], Fit]], order: int, method: Any, scratch: Path
) -> dict[str, str]:
    """Write the results of every fit, in an order that model code cannot foresee.

    Each call has arrays of its own, which no other fit shares: code may change what it was given.

    Returns:
        What `results` raised, by the name of the fit.
    """
    broken, stored = {}, fits["0"]().arrays
    for name in np.random.default_rng(order).permutation(sorted(fits)):
        try:
            fit = fits[name]()
            shown = {key: x for key, x in fit.arrays.items() if key.startswith(method.SEEN)}
            own = {k: x.copy() if x is stored.get(k) else x for k, x in shown.items()}
            view = method.view(Fit(own, fit.meta), generator(job.seed, "results"))
            write_table(scratch / f"results_{name}.json", job.call("results", job.inputs, view))
        except TrainingError as error:
            broken[str(name)] = str(error)
    return broken


def _peak_rss() -> int:
    """Return the largest resident memory of this process in bytes; 0 if the system won't say.

    Not that of getrusage, which begins with the parent's.
    """
    try:
        text = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s*(\d+) kB$", text, re.MULTILINE)
    return 1024 * int(found[1]) if found else 0


def _clocks() -> tuple[float, float]:
    """Return monotonic seconds, and processor seconds of this process and its ended children."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    used = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return time.monotonic(), used
