"""Campaigns of which parts are killed with signal 9 at random moments, and run again.

Shared by test_kills.py and tests/benchmarks/bench_kills.py.
"""

import json
import random
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from campaigns import snakemake, start_snakemake

from assay.core.workspace import Workspace
from assay.evidence.ledger import Begun, Ended, Resumed, read_ledger
from assay.evidence.progress import Resume, read_whole_lines
from assay.evidence.sessions import gaps
from toys import (
    DESCENT,
    LEAST_SQUARES,
    NORMAL,
    Toy,
    bayesian,
    convex,
    iterative,
    simulation,
    write_workspace,
)

SETTINGS = {"heartbeat_seconds": 1}
LATEST = 10.0  # seconds after its start at which something of a Snakemake is killed at the latest
ORPHANED = 15.0  # seconds within which what a killed Snakemake had started must be gone
REACH = 'inputs.upstream[3]["x"].sum() + inputs.upstream[4]["x"].sum()'
WAIT = "import time\ntime.sleep({})\n"
ALONE = {"resources": {"threads": 1}}  # so that two are trained at a time
MODELS = [
    bayesian(
        1,
        NORMAL + 'pm.Normal("z", x, 1, observed=np.linspace(0, 2, 20_000))\n',
        training={"draws": 1000},
        extra=ALONE,
    ),
    bayesian(2, NORMAL, training={"sampler": "pymc", "draws": 1000}, extra=ALONE),
    iterative(
        3,
        WAIT.format(0.02) + DESCENT,
        init='return {"x": 3.0 + rng.normal(size=2)}',
        training={"checkpoint_every": 30},
    ),
    simulation(
        4,
        WAIT.format(0.008) + 'return {"x": 5.0 + rng.normal()}',
        training={"replicates": 440},
        extra=ALONE,
    ),
    convex(5, WAIT.format(1.5) + LEAST_SQUARES),
    simulation(
        6,
        f'return {{"x": {REACH} + rng.normal()}}',
        training={"replicates": 440},
        extra={"depends_on": [3, 4]},  # with two cores: in processes of its own
    ),
]
VICTIMS = ("Snakemake", "recorder", "worker", "everything")


@dataclass(frozen=True)
class Kill:
    """One kill.

    Attributes:
        victim: what was killed.
        during: what was going on, such as "iterative, steps" or "validating".
        begun: by model that was training, how many lines its ledger had.
    """

    victim: str
    during: tuple[str, ...]
    begun: dict[int, int]


@dataclass
class Killed:
    """A campaign with kills, and what came of it.

    Attributes:
        root: its workspace.
        toys: its models.
        kills: what was killed.
        complaints: what is not as it should be; empty if all is well.
    """

    root: Path
    toys: list[Toy]
    kills: list[Kill] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


def reference(root: Path, toys=MODELS) -> dict[int, bytes]:
    """Run the campaign without any kill and return the results by model."""
    run = snakemake(write_workspace(root, toys), settings=SETTINGS)
    if run.returncode:
        raise RuntimeError(run.stdout + run.stderr)
    return published(root, toys)


def published(root: Path, toys) -> dict[int, bytes]:
    paths = {toy.number: Workspace(root).results(toy.number) for toy in toys}
    return {number: path.read_bytes() for number, path in paths.items() if path.exists()}


def run_with_kills(
    root: Path, victims: list[str], dice: random.Random, expected: dict[int, bytes], toys=MODELS
) -> Killed:
    """Kill one victim after the other while a campaign lasts, then run it to its end."""
    killed, suspects = Killed(write_workspace(root, toys), list(toys)), []
    for victim in victims:
        run = _Run(root)
        kill = run.strike(victim, dice)
        suspects.append((time.monotonic() + ORPHANED, run.processes))
        if kill is None:  # the campaign was finished before
            break
        killed.kills.append(kill)
        suspects = _still_there(suspects, killed.complaints)
    last = snakemake(root, settings=SETTINGS)
    if last.returncode:
        killed.complaints.append(f"running again failed:\n{last.stdout}{last.stderr}")
    _, alive = psutil.wait_procs([p for _, group in suspects for p in group], timeout=ORPHANED)
    killed.complaints += [f"still running: {_words(process)}" for process in alive]
    killed.complaints += list(_judge(killed, expected))
    return killed


class _Run:
    """A Snakemake of which something is going to be killed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        silent = subprocess.DEVNULL
        self.snakemake = start_snakemake(root, settings=SETTINGS, stdout=silent, stderr=silent)
        self.started = time.monotonic()
        self.processes: list[psutil.Process] = []

    def strike(self, victim: str, dice: random.Random) -> Kill | None:
        """Kill something at a random moment; return None if the campaign ended before."""
        moment = dice.uniform(1.0, LATEST)
        while self.snakemake.poll() is None:
            time.sleep(0.02)
            if time.monotonic() - self.started < moment:
                continue
            self.processes = _tree(self.snakemake.pid)
            chosen = self._choose(victim, dice)
            if chosen:
                kill = Kill(victim, *self._going_on())
                for process in chosen:
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                break
        else:
            return None
        self.snakemake.wait(timeout=900)  # after a worker's death the other models finish
        return kill

    def _choose(self, victim: str, dice: random.Random) -> list[psutil.Process]:
        if victim == "Snakemake":
            return self.processes[:1]
        if victim == "everything":
            return self.processes
        marks = ("assay.worker",) if victim == "worker" else ("train_model.py", "validate_model.py")
        found = [p for p in self.processes if any(mark in _words(p) for mark in marks)]
        return [dice.choice(found)] if found else []

    def _going_on(self) -> tuple[tuple[str, ...], dict[int, int]]:
        during, begun = [], {}
        for toy in MODELS:
            evidence = Workspace(self.root).evidence(toy.number)
            with suppress(OSError, ValueError, KeyError):
                holder = json.loads((evidence / "lock").read_text())["pid"]
                if any(process.pid == holder for process in self.processes):
                    ledger = read_ledger(evidence)
                    sampler = f" ({toy.training['sampler']})" if "sampler" in toy.training else ""
                    during.append(f"{toy.method}{sampler}")
                    if isinstance(ledger.last, Begun | Resumed):
                        begun[toy.number] = len(ledger.lines)
        if any("validate_model.py" in _words(process) for process in self.processes):
            during.append("validation")
        return tuple(during or ["neither"]), begun


def _tree(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _still_there(suspects, complaints: list[str]):
    """Return the processes that need not be gone yet; complain of those that should be."""
    for due, processes in suspects:
        if time.monotonic() > due:
            left = [_words(p) for p in processes if p.is_running()]
            complaints += [f"still running: {words}" for words in left if words]
    return [(due, group) for due, group in suspects if time.monotonic() <= due]


def _judge(killed: Killed, expected: dict[int, bytes]):
    """Yield what is not as after an uninterrupted campaign, or not on record."""
    workspace, found = Workspace(killed.root), published(killed.root, killed.toys)
    yield from (f"model {m}: other results" for m in expected if found.get(m) != expected[m])
    for toy in killed.toys:
        path = workspace.verdict(toy.number)
        verdict = json.loads(path.read_text("utf-8")) if path.exists() else {"findings": []}
        if verdict.get("verdict") != "APPROVE":
            reasons = [f["message"] for f in verdict["findings"] if f["status"] != "pass"]
            yield f"model {toy.number}: {verdict.get('verdict')}: {reasons}"
        yield from _recorded(workspace, toy.number, verdict)
        for kill in killed.kills:
            if toy.number in kill.begun:
                told = read_ledger(workspace.evidence(toy.number)).lines[kill.begun[toy.number] :]
                events = [line.event for line in told]
                first = next(iter(told), None)
                ended = isinstance(first, Ended) and first.status == "trained"  # just before it
                if not ended and not {"resumed", "begun"} & set(events):
                    yield f"model {toy.number}: the ledger does not tell of a {kill}: {events}"


def _recorded(workspace: Workspace, model: int, verdict: dict):
    """Yield what is wrong with how a model's interruptions are recorded."""
    found = gaps(read_whole_lines(workspace.evidence(model) / "progress.jsonl"))
    told = [f for f in verdict["findings"] if f["check"] == "interruptions"]
    if len(told) != len(found) or any(f["status"] == "fail" or f["red_flag"] for f in told):
        yield f"model {model}: {len(found)} interruptions, but the verdict says {told}"
    for _, line in found:
        if not isinstance(line, Resume) or not line.reason:
            yield f"model {model}: a gap without a reason"
