"""A model is trained by one process at a time, and the lock goes with the process."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest
from filelock import FileLock

from assay.core.errors import TrainingError
from assay.core.processes import Identity, myself
from assay.evidence.lock import NAME, model_lock

HOLD = """
import sys, time
from pathlib import Path
from assay.evidence.lock import model_lock
with model_lock(Path(sys.argv[1]), 7):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("assay.evidence.lock.WAIT_SECONDS", 0.2)


@pytest.mark.parametrize(
    ("environment", "owner", "end"),
    [({}, "process {pid}", "kill {pid}"), ({"SLURM_JOB_ID": "17"}, "SLURM job 17", "scancel 17")],
)
def test_who_finds_it_held_is_told_by_whom(tmp_path, environment, owner, end):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TrainingError) as refused, model_lock(tmp_path, 7):
            pass
    finally:
        holder.kill()
        holder.communicate()
    assert f": {owner} on {socket.gethostname()} since 2".format(pid=holder.pid) in str(
        refused.value
    )
    assert end.format(pid=holder.pid) in refused.value.remedy


def test_an_owner_that_has_not_said_its_name_yet_holds_it_all_the_same(tmp_path):
    with model_lock(tmp_path, 7):
        (tmp_path / "lock").write_text("")
        with pytest.raises(TrainingError, match="it has not said which"), model_lock(tmp_path, 7):
            pass


def test_a_second_training_is_refused_until_the_first_process_is_gone(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(TrainingError, match="model 7 is being trained by another process"),
            model_lock(tmp_path, 7),
        ):
            pass
    finally:
        holder.kill()
        holder.communicate()
    for _ in range(50):
        try:
            with model_lock(tmp_path, 7):
                return
        except TrainingError:
            time.sleep(0.1)
    pytest.fail("the lock outlived its process")


def test_a_holder_whose_snakemake_is_gone_is_waited_for(tmp_path):
    """It is about to stop, however long that takes on a crowded machine."""
    gone = subprocess.Popen(["sleep", "60"])
    user = Identity.of(psutil.Process(gone.pid))
    gone.kill()
    gone.wait()
    held = FileLock(tmp_path / NAME, thread_local=False)
    held.acquire()
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "snakemakes": [user.as_json()]}
    (tmp_path / NAME).write_text(json.dumps(owner), encoding="utf-8")
    release = threading.Timer(0.5, held.release)
    release.start()
    with model_lock(tmp_path, 1):
        assert not held.is_locked
    release.join()


@pytest.mark.parametrize(
    "owner",
    ["", "{}", "[1]", '{"snakemakes": 3}', '{"snakemakes": [[1, 1.0], 7, {"host": "here"}]}'],
)
def test_a_holder_of_which_nothing_is_known_is_not_taken_to_be_ending(tmp_path, owner):
    held = FileLock(tmp_path / NAME, thread_local=False)
    held.acquire()
    (tmp_path / NAME).write_text(owner, encoding="utf-8")
    with pytest.raises(TrainingError), model_lock(tmp_path, 1):
        pass
    held.release()


def test_a_holder_whose_snakemake_lives_is_not_waited_for(tmp_path):
    held = FileLock(tmp_path / NAME, thread_local=False)
    held.acquire()
    owner = {"host": "here", "since": "2", "pid": 1, "snakemakes": [myself().as_json()]}
    (tmp_path / NAME).write_text(json.dumps(owner), encoding="utf-8")
    with pytest.raises(TrainingError, match="process 1 on here"), model_lock(tmp_path, 1):
        pass
    held.release()
