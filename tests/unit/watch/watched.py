"""A workspace whose steps are taken one by one, without Snakemake."""

import os
import time

import evidence_samples as samples
from assay.campaign.source_digest import training_digest
from assay.commands.validate import write_validation
from assay.core.processes import myself
from assay.core.workspace import Workspace
from assay.design.outline import outline
from assay.evidence.ledger import Begun, append_ledger
from assay.evidence.progress import Checkpoint, Heartbeat, ProgressLog, Start
from assay.evidence.publication import publish_results
from assay.evidence.record import to_bytes, to_line
from assay.training.live_status import Live
from assay.training.request import Request
from assay.training.train import train_model
from assay.watch.overview import CampaignWatcher


class Watched:
    """One workspace and a watcher of it."""

    def __init__(self, root):
        self.root = root
        self.workspace = Workspace(root)
        self.watcher = None

    def look(self):
        """Return a snapshot."""
        self.watcher = self.watcher or CampaignWatcher(self.workspace)
        return self.watcher.look()

    def state(self, model):
        """Return the state of one model."""
        return next(each for each in self.look().models if each.model == model)

    def train(self, model):
        """Train a model for real."""
        method = outline(self.workspace.design(model)).method
        train_model(Request(self.workspace, model, 1, 1, 60.0, "", training_digest(method)))

    def publish(self, model):
        """Publish its results."""
        publish_results(self.workspace, model)

    def judge(self, model):
        """Write its verdict."""
        from assay.validation.case import Options

        options = Options(heartbeat_seconds=60.0)
        return write_validation(self.workspace, model, options, "title")

    def begin(self, model, *, ago=100.0, live=None, **state):
        """Leave what a training leaves that is under way, or was when its process died."""
        evidence = self.workspace.evidence(model)
        append_ledger(evidence, Begun(attempt=1, at="2026-01-01T00:00:00+00:00"))
        design = {"expected": {"minutes": [0.1, 1]}}
        admission = samples.admission(design=design, digests={})
        (evidence / "admission.json").write_bytes(to_bytes(admission))
        log = ProgressLog(evidence / "progress.jsonl")
        log.append(Start, samples.used(), phase="start")
        told = samples.state(**{"phase": "sample", "step": 10, "of": 40} | state)
        log.append(Heartbeat, told)
        log.append(
            Checkpoint,
            file="checkpoints/00000_draws.npz",
            digest=samples.DIGEST,
            bytes=1,
            meta={},
        )
        log.close()
        self.workspace.training_log(model).parent.mkdir(parents=True, exist_ok=True)
        self.workspace.training_log(model).write_text("2026-01-01T00:00:00Z  hällo\n", "utf-8")
        if live is not None:
            (evidence / "scratch").mkdir()
            where = {**myself().as_json(), "timestamp": time.time()}
            values = {name: live.pop(name) for name in where if name in live}
            record = Live(**where | values, **dict(samples.state(**{"phase": "sample"} | live)))
            (evidence / "scratch" / "live.json").write_bytes(to_line(record))
        for path in (*evidence.rglob("*"), self.workspace.training_log(model)):
            os.utime(path, (time.time() - ago,) * 2)
