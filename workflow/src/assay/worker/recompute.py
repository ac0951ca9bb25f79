"""The validator's worker: does a training again, or parts of it, and rebuilds its results.

What is to be replayed is done before the stored fit is handed over, so that nothing in this
process could have read it back from there.
"""

import re
import resource
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from assay.core.errors import TrainingError
from assay.core.seeds import generator
from assay.evidence.arrays import digest_arrays, load_arrays, load_fit, save_arrays, save_fit
from assay.evidence.record import Part
from assay.methods import load
from assay.methods.base import Fit, Job, Quiet
from assay.methods.variants import Lazy, nudged
from assay.worker.copied import strangers
from assay.worker.messages import COMMAND, Check, Checked, Phase, Recompute, Replayed, Spent
from assay.worker.pipe import read_message
from assay.worker.table import read_table, write_table

Send = Callable[[Part], None]
ROOM = 2**30  # bytes that other fits may take, all together
PERTURBATION = "perturbation"  # the stream that makes other fits; the same in every validation


class Phases(Quiet):
    """A channel that keeps the time each phase took and the digests of checkpoints.

    Attributes:
        spent: wall and CPU seconds by phase.
        checkpoints: digests by name.
    """

    def __init__(self, heartbeat_seconds: float, send: Send, wanted: Collection[str] = ()) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self.spent: dict[str, Spent] = {}
        self.checkpoints: dict[str, str] = {}
        self._send = send
        self._wanted = frozenset(wanted)  # names of the checkpoints that training stored
        self._name = ""
        self._began = (0.0, 0.0)

    def phase(self, name: str) -> None:
        """Close the current phase and begin another."""
        self.end()
        self._name, self._began = name, _clocks()
        self._send(Phase(name=name))

    def end(self) -> None:
        """Close the current phase."""
        if self._name:
            wall, cpu = (now - then for now, then in zip(_clocks(), self._began, strict=True))
            before = self.spent.get(self._name, Spent(wall=0.0, cpu=0.0))
            self.spent[self._name] = Spent(wall=before.wall + wall, cpu=before.cpu + cpu)
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


def recompute(task: Recompute, job: Job, phases: Phases, commands: BinaryIO, send: Send) -> None:
    """Do what a validator asks of one model, reporting each step.

    Args:
        task: what he asks; the arrays of a challenge lie in the scratch folder.
        job: the training to do again.
        phases: the job's channel.
        commands: where the validator says when the stored fit has been put into the scratch.
        send: reports to the validator.
    """
    scratch = Path(task.scratch)
    method, tools = load(task.method, "fit"), load(task.method, "replay")
    if task.mode == "full":
        save_fit(scratch, method.fit(job))
    elif task.mode == "challenge":
        arrays = load_arrays(scratch / "challenge.npz")
        save_arrays(scratch / "replayed.npz", tools.replay(job, task.request, arrays))
    phases.end()
    send(Replayed(phases=phases.spent, checkpoints=phases.checkpoints, peak_rss=_peak_rss()))
    if not isinstance(read_message(commands, COMMAND), Check):
        return
    fit = load_fit(scratch / "stored")
    phases.phase("certify")
    chance = np.random.default_rng(task.order) if task.mode == "challenge" else None
    criteria = tuple(tools.certify(job, fit, chance))
    phases.phase("results")
    rng = generator(job.seed, PERTURBATION)
    seen = Fit({k: x for k, x in fit.arrays.items() if k.startswith(method.SEEN)}, fit.meta)
    kinds = {"perturbed": tools.perturb(fit, rng), "nudged": nudged(seen, rng)}
    kinds["distorted"] = tools.distort(fit, rng)
    room = sum(x.nbytes for x in seen.arrays.values()) * sum(map(len, kinds.values())) <= ROOM
    fits = (made_before if room else made_when_due)(fit, kinds)
    broken = _tabulate(job, fits, task.order, method, scratch)
    table = read_table(scratch / "results_0.json") if "0" not in broken else None
    odd, own = ({}, {}) if table is None else strangers(table, task.given, job.inputs)
    phases.end()
    rows = {name: tuple(numbers) for name, numbers in own.items()}
    send(Checked(criteria=criteria, strangers=odd, own=rows, broken=broken))


def made_before(fit: Fit, kinds: Mapping[str, Lazy[Fit]]) -> dict[str, Callable[[], Fit]]:
    """Return what gives the fit ("0" and "1") and all others, made now."""
    others = {f"{kind}_{k}": other for kind in kinds for k, other in enumerate(kinds[kind])}
    made = {"0": fit, "1": fit, **others}
    return {name: partial(made.__getitem__, name) for name in made}


def made_when_due(fit: Fit, kinds: Mapping[str, Lazy[Fit]]) -> dict[str, Callable[[], Fit]]:
    """Return what gives the fit and all others, each made when asked for; they may fill a memory.

    Whichever is asked for, one of each kind is made, so that model code cannot tell by the time
    that passes between its calls which fit comes.
    """

    def make(wanted: str, place: int) -> Fit:
        made = fit
        for kind, others in kinds.items():
            other = others[place if kind == wanted else 0]
            made = other if kind == wanted else made
        return made

    names = {f"{kind}_{k}": (kind, k) for kind in kinds for k in range(len(kinds[kind]))}
    return {name: partial(make, *of) for name, of in {"0": ("", 0), "1": ("", 0), **names}.items()}


def _tabulate(
    job: Job, fits: dict[str, Callable[[], Fit]], order: int, method: Any, scratch: Path
) -> dict[str, str]:
    """Write the results of every fit, in an order that model code cannot foresee.

    Each call has arrays of its own, all copied alike: code may change what it was given, and must
    not tell from how they lie in memory which fit they are of.

    Returns:
        What `results` raised, by the name of the fit.
    """
    broken = {}
    for name in np.random.default_rng(order).permutation(sorted(fits)):
        try:
            fit = fits[name]()
            own = {k: x.copy() for k, x in fit.arrays.items() if k.startswith(method.SEEN)}
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
