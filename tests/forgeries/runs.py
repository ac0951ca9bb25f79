"""Training toy models without Snakemake, and sealing evidence again as its owner could."""

import importlib.util
import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from canonical import file_bytes, ledger_bytes, progress_line, progress_lines

from assay.campaign.source_digest import training_digest
from assay.core.files import digest_bytes, digest_file
from assay.core.seeds import generator
from assay.core.workspace import Workspace
from assay.design import load_design
from assay.documents.convergence_log import convergence_log
from assay.evidence.arrays import load_arrays, load_fit, save_arrays
from assay.evidence.keys import signing_key
from assay.evidence.outcome import Outcome, read_outcome
from assay.evidence.progress import FIRST
from assay.evidence.publication import publish_results
from assay.evidence.seal import read_seal, write_seal
from assay.evidence.verdict import Replay, Verdict
from assay.methods import load
from assay.methods.base import Inputs
from assay.results.table import to_csv_bytes
from assay.training.request import Request
from assay.training.train import train_model
from assay.validation.case import Options
from assay.validation.model import validate_model
from assay.validation.record import recorder_lines
from forked import FORK_SERVERS
from toys import Toy, write_workspace


def train(
    root: Path, toy: Toy, *, nonce: str = "", heartbeat: float = 60.0, fails: bool = False
) -> Outcome:
    """Train and publish one model of a workspace; one that `fails` publishes nothing."""
    workspace = Workspace(root)
    FORK_SERVERS.ready(toy.method)
    outcome = train_model(
        Request(
            workspace=workspace,
            model=toy.number,
            trainer=1,
            cores=2,
            heartbeat_seconds=heartbeat,
            nonce=nonce,
            source=training_digest(toy.method),
        )
    )
    assert (outcome.failure is not None) == fails, outcome.failure
    if not fails:
        publish_results(workspace, toy.number)
    return outcome


def honest_workspace(root: Path, toys: Iterable[Toy], **how) -> Path:
    """Write a workspace and train all its models."""
    toys = list(toys)
    write_workspace(root, toys)
    for toy in toys:
        train(root, toy, **how)
    return root


def judge(root: Path, model: int, replay: Replay = "full", **options) -> Verdict:
    """Validate one model."""
    return validate_model(Workspace(root), model, Options(replay=replay, cores=2, **options))


@dataclass
class Forger:
    """Someone who owns machine, workspace and signing key, and knows every format.

    Attributes:
        root: the workspace, a copy of an honest one.
        model: the model whose run is forged.
        workshop: where other runs can be had.
    """

    root: Path
    model: int
    workshop: Any = None

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def evidence(self) -> Path:
        return self.workspace.evidence(self.model)

    @property
    def results(self) -> Path:
        return self.workspace.results(self.model)

    def edit_json(self, name: str, change: Callable[[dict], None]) -> None:
        """Change a JSON file of the evidence."""
        path = self.evidence / name
        record = json.loads(path.read_text(encoding="utf-8"))
        change(record)
        path.write_bytes(file_bytes(name, record))

    def edit_fit(self, change: Callable[[dict[str, np.ndarray]], None]) -> None:
        """Change the arrays of the stored fit."""
        arrays = load_arrays(self.evidence / "fit.npz")
        change(arrays)
        save_arrays(self.evidence / "fit.npz", arrays)

    def edit_checkpoint(self, part: str, change: Callable[[dict[str, np.ndarray]], None]) -> None:
        """Change the arrays of the checkpoints whose names contain `part`."""
        paths = [p for p in sorted((self.evidence / "checkpoints").iterdir()) if part in p.name]
        assert paths, part
        for path in paths:
            arrays = load_arrays(path)
            change(arrays)
            save_arrays(path, arrays)

    def records(self) -> list[dict]:
        """Return the lines of progress.jsonl."""
        text = (self.evidence / "progress.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def rewrite_progress(self, records: list[dict]) -> None:
        """Write progress.jsonl anew, with numbers, digests of checkpoints and chain in order."""
        previous, lines = FIRST, []
        for number, old in enumerate(records):
            record = {**old, "sequence": number}
            if record["event"] == "checkpoint":
                path = self.evidence / record["file"]
                record |= {"digest": digest_file(path), "bytes": path.stat().st_size}
            record["previous"] = previous
            line = progress_line(record)
            previous = digest_bytes(line)
            lines.append(line)
        (self.evidence / "progress.jsonl").write_bytes(b"".join(lines))

    def ledger(self) -> list[dict]:
        """Return the lines of attempts.jsonl."""
        text = (self.evidence / "attempts.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def rewrite_ledger(self, lines: list[dict]) -> None:
        """Write attempts.jsonl anew."""
        (self.evidence / "attempts.jsonl").write_bytes(ledger_bytes(lines))

    def edit_chains(self, change: Callable[[dict[str, np.ndarray]], None]) -> None:
        """Change a bayesian fit, and the checkpoints of its chains to match."""
        self.edit_fit(change)
        fit = load_arrays(self.evidence / "fit.npz")
        for path in sorted((self.evidence / "checkpoints").glob("*_chain_*.npz")):
            number = int(path.stem.rpartition("_")[2])
            save_arrays(path, {name: fit[name][number] for name in load_arrays(path)})

    def retell(self) -> None:
        """Derive from the stored fit, as an honest recorder would, all that follows from it.

        Criteria, results, logs, outcome and ledger; then everything is sealed again.
        """
        design = load_design(self.workspace.design(self.model))
        fit = load_fit(self.evidence)
        criteria = load(design.method, "diagnose").diagnose(
            fit, design.training, design.convergence
        )
        told = [criterion.as_json() for criterion in criteria]
        iterations = str(fit.meta["iterations"])
        shown = {"criteria": told, "iterations": iterations, "checkpoints": self.checkpoints}
        self.edit_json("outcome.json", lambda outcome: outcome.update(shown))
        self.publish(to_csv_bytes(self._table(design, fit), design))
        self.retell_logs()

    def retell_logs(self) -> None:
        """Write ledger and logs as outcome and progress have it, and seal everything again."""
        outcome = read_outcome(self.workspace.outcome(self.model))
        self.retell_training_log(outcome)
        self.workspace.convergence_log(self.model).write_text(
            convergence_log(outcome), encoding="utf-8"
        )
        *earlier, begun, last = self.ledger()
        criteria = [criterion.as_json() for criterion in outcome.criteria]
        told = {
            "at": outcome.timing.finished,
            "criteria": criteria,
            "inputs": outcome.inputs,
            "seed": outcome.seed,
            "parameters": outcome.parameters,
        }
        begun = {**begun, "at": outcome.timing.requested}
        self.rewrite_ledger([*earlier, begun, {**last, **told}])
        self.reseal()

    def retell_training_log(self, outcome: Outcome) -> None:
        """Write the training log as the recorder would of such a run."""
        records = self.records()
        run, judged = recorder_lines(outcome, progress_lines(records))
        place = run.index("phase: results") if "phase: results" in run else len(run) - 1
        began, ended = (
            datetime.fromtimestamp(records[k]["timestamp"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for k in (0, -1)
        )
        lines = [f"{began}  {line}" for line in run[:place]]
        lines += [f"{ended}  {line}" for line in (*judged, *run[place:])]
        path = self.workspace.training_log(self.model)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @property
    def checkpoints(self) -> int:
        """Return how many checkpoints the log names."""
        return sum(record["event"] == "checkpoint" for record in self.records())

    def _table(self, design, fit):
        """Return what the model's own `results` makes of a fit."""
        spec = importlib.util.spec_from_file_location("forged", self.workspace.code(self.model))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        inputs = Inputs(
            features=pickle.loads(self.workspace.features(self.model).read_bytes()),
            design=design.front_matter(),
            upstream={},
        )
        seed = read_outcome(self.workspace.outcome(self.model)).seed
        view = load(design.method, "fit").view(fit, generator(seed, "results"))
        return module.results(inputs, view)

    def publish(self, content: bytes) -> None:
        """Put results in place, in the evidence and in the outcome."""
        (self.evidence / "results.csv").write_bytes(content)
        self.results.write_bytes(content)
        head, *rows = content.decode().splitlines()
        shown = {"rows": len(rows), "columns": len(head.split(","))}
        told = {"results_digest": digest_bytes(content), **shown}
        self.edit_json("outcome.json", lambda outcome: outcome.update(told))

    def reseal(self, **predicate) -> None:
        """Make everything agree with itself again, and sign it with the right key."""
        self.rewrite_progress(self.records())
        outcome = read_outcome(self.workspace.outcome(self.model))
        seal = read_seal(self.evidence)
        known = {
            "inputs": outcome.inputs,
            "seed": outcome.seed,
            "results": outcome.results_digest,
            "started": outcome.timing.started,
            "finished": outcome.timing.finished,
            "status": outcome.status,
        }
        logs = [self.workspace.training_log(self.model), self.workspace.convergence_log(self.model)]
        told = seal.predicate.model_copy(update={**known, **predicate})
        write_seal(self.root, self.evidence, logs, told, signing_key())


def copy_workspace(source: Path, target: Path) -> Path:
    """Copy a workspace with its times."""
    shutil.copytree(source, target, copy_function=shutil.copy2, symlinks=True)
    return target


def touch(path: Path, seconds: float) -> None:
    """Set a file's modification time."""
    os.utime(path, (seconds, seconds))
