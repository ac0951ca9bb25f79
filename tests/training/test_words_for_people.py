"""What does not count in training's digest leaves no mark on what is sealed, and is not needed."""

import json
import os
import subprocess
import sys
from functools import partial
from typing import Any

import pytest

from assay import timing
from assay.campaign.source_digest import NOT_TRAINING
from assay.core.environment import worker_environment
from assay.core.workspace import Workspace
from assay.training import session
from assay.training.request import Request
from assay.training.train import train_model
from assay.worker.process import Started, WorkerProcess
from toys import DESCENT, iterative, write_workspace

MARK = "a word for people"
# A worker in which the validator's half is missing: to ask anything of it ends the worker.
WITHOUT = """
import os, sys, types
missing = types.ModuleType("assay.worker.recompute")
missing.recompute = missing.Phases = lambda *_: os._exit(9)
sys.modules["assay.worker.recompute"] = missing
sys.modules["assay.methods.iterative.replay"] = None  # to import it fails
from assay.worker.__main__ import main
main()
"""
FAILS = {"max_steps": 3}


def start(method, pipe, scratch):
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT, str(pipe), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(pipe,),
        cwd=scratch,
        env=worker_environment(temporary=scratch),
        start_new_session=True,
    )
    commands: Any = process.stdin
    printed: Any = process.stdout
    return Started(process.pid, commands, printed, lambda: (process.wait(), None))


@pytest.mark.parametrize("training", [{}, FAILS], ids=["trained", "failed"])
def test_what_does_not_count_leaves_no_mark(tmp_path, monkeypatch, training):
    slow = []

    def report(*_):
        slow.append(MARK)
        return MARK

    monkeypatch.setenv("ASSAY_SIGNING_KEY", str(tmp_path / "key.pem"))
    monkeypatch.setattr(session, "WorkerProcess", partial(WorkerProcess, start=start))
    monkeypatch.setattr("assay.training.finalise.incident_report", lambda _: MARK)
    monkeypatch.setattr("assay.training.train.rewind", lambda failure: failure and MARK)
    monkeypatch.setattr("assay.repair.diary.attempt_entry", lambda *_: MARK)
    monkeypatch.setattr("assay.training.watchdog.slow_report", report)
    monkeypatch.setattr("assay.training.tracked_time.PHASE", MARK)
    workspace = Workspace(
        write_workspace(tmp_path / "w", [iterative(1, DESCENT, training=training)])
    )
    request = Request(workspace, 1, 1, 1, 0.05, "", "sha256:0", slow_after_hours=0)
    outcome = train_model(request)

    failed = bool(training)
    assert (outcome.failure is not None) == failed
    written = {
        path.relative_to(workspace.root).as_posix(): path.read_bytes()
        for path in workspace.root.rglob("*")
        if path.is_file()
    }
    marked = {name for name, content in written.items() if MARK.encode() in content}
    people = [workspace.timing]
    people += [workspace.incident(1), workspace.diary] if failed else []
    assert marked == {path.relative_to(workspace.root).as_posix() for path in people}
    assert slow
    sealed = json.loads(workspace.manifest(1).read_bytes())["subject"]
    assert {entry["name"] for entry in sealed} >= {
        name for name in written if name.startswith("implementation/logs/training_")
    }
    assert not marked & {entry["name"] for entry in sealed}
    assert timing.durations(workspace.timing, MARK)


def test_nothing_else_is_left_out():
    assert sorted(NOT_TRAINING) == [
        "assay.documents.incident",
        "assay.documents.slow",
        "assay.repair.diary",
        "assay.timing",
        "assay.worker.recompute",
        "{method}.replay",
    ]
