"""A workspace whose steps are taken one by one, without Snakemake."""

import json
import os
import time

from assay.campaign.source_digest import training_digest
from assay.commands.validate import write_validation
from assay.core.workspace import Workspace
from assay.design.outline import outline
from assay.evidence.ledger import append_ledger
from assay.evidence.progress import ProgressLog
from assay.evidence.publication import publish_results
from assay.training.live_status import here
from assay.training.request import Request
from assay.training.train import train_model
from assay.validation.case import Options
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
        options = Options(heartbeat_seconds=60.0)
        return write_validation(self.workspace, model, options, "title")

    def begin(self, model, *, ago=100.0, live=None, **state):
        """Leave what a training leaves that is under way, or was when its process died."""
        evidence = self.workspace.evidence(model)
        append_ledger(evidence, event="begun", attempt=1, at="2026-01-01T00:00:00+00:00")
        admission = {
            "design": {"expected": {"minutes": [0.1, 1]}},
            "digests": {},
            "heartbeat_seconds": 60.0,
        }
        (evidence / "admission.json").write_text(json.dumps(admission))
        log = ProgressLog(evidence / "progress.jsonl")
        log.append("start", phase="start")
        log.append("heartbeat", **{"phase": "sample", "step": 10, "of": 40, "metrics": {}} | state)
        log.append("checkpoint", file="checkpoints/00000_draws.npz", meta={})
        log.close()
        self.workspace.training_log(model).parent.mkdir(parents=True, exist_ok=True)
        self.workspace.training_log(model).write_text("2026-01-01T00:00:00Z  hällo\n", "utf-8")
        if live is not None:
            (evidence / "scratch").mkdir()
            record = {"host": here(), "pid": os.getpid(), "timestamp": time.time(), **live}
            (evidence / "scratch" / "live.json").write_text(json.dumps(record))
        for path in (*evidence.rglob("*"), self.workspace.training_log(model)):
            os.utime(path, (time.time() - ago,) * 2)
