"""Forked workers are like fresh ones, and know nothing of each other."""

import json
import signal
import time

import psutil
import pytest

from assay.worker.forkserver_client import ForkServers
from assay.worker.messages import Failed, Message, Recompute, Replayed, Stop
from assay.worker.process import WorkerProcess, spawn, was_killed
from jobs import training_task

TELLING = """
import json, os, random, sys, tempfile
import numpy as np, pandas as pd

def init(inputs, rng):
    told = {
        "legacy": float(np.random.random()),
        "random": random.random(),
        "session": os.getsid(0) == os.getpid(),
        "folders": [os.getcwd(), tempfile.gettempdir()],
        "stdin": os.readlink("/proc/self/fd/0"),
        "sockets": [
            name
            for fd in os.listdir("/proc/self/fd")
            if os.path.lexists(f"/proc/self/fd/{fd}")
            and (name := os.readlink(f"/proc/self/fd/{fd}")).startswith("socket:")
        ],
        "left": hasattr(np, "left"),
        "hash": hash("of a text"),
        "libraries": sorted(name for name in sys.modules if "." not in name),
    }
    print(json.dumps(told))
    np.left = 1
    return {"x": np.array([3.0])}

def step(inputs, state, rng):
    return {"x": state["x"] * 0.5}, {"loss": float(state["x"][0] ** 2) + 1.0}

def results(inputs, fit):
    return pd.DataFrame({"x": fit.state["x"]})
"""
SLOW = TELLING.replace("state, rng):\n", "state, rng):\n    import time; time.sleep(0.1)\n")
DYING = "import os\nos.kill(os.getpid(), 11)\n"


@pytest.fixture
def fork_servers():
    with ForkServers() as found:
        yield found


def worker(folder, code, start):
    """Start a worker that does a training again, and return it with the list of what it prints."""
    scratch = folder / "scratch"
    training = training_task(folder, scratch, code).model_dump(exclude={"type"})
    task = Recompute(**training, mode="full", request={}, checkpoints=(), given=(), order=1)
    printed: list[str] = []
    return WorkerProcess(task, scratch, printed.append, start), printed


def last_message(started):
    """Return the last message, once the work is done again or the worker has ended."""
    last: Message | None = None
    while not isinstance(last, Replayed | Failed):
        messages = started.receive(0.2)
        if messages is None:
            break
        last = messages[-1] if messages else last
    return last


def told(folder, start):
    """Return what a worker says of itself."""
    started, printed = worker(folder, TELLING, start)
    assert isinstance(last_message(started), Replayed)
    started.send(Stop())
    while started.receive(0.2) is not None:
        pass
    assert started.finish() == ""
    return json.loads(printed[0])


def ended(process, within=10.0):
    """Return whether a process ends soon; whoever inherits it may leave its name in the table."""
    latest = time.monotonic() + within
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > latest:
            return False
        time.sleep(0.05)
    return True


def children():
    running = [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]
    return [p for p in running if "assay.worker.forkserver" in p.cmdline()]


def test_a_forked_worker_is_like_a_fresh_one(tmp_path, fork_servers):
    forked = told(tmp_path / "forked", fork_servers.start)
    fresh = told(tmp_path / "fresh", spawn)
    assert forked["session"]
    assert forked["folders"] == [str(tmp_path / "forked" / "scratch")] * 2
    for same in ("session", "stdin", "sockets", "left", "hash"):
        assert forked[same] == fresh[same], same
    assert set(fresh["libraries"]) <= set(forked["libraries"])


def test_workers_of_one_fork_server_know_nothing_of_each_other(tmp_path, fork_servers):
    one, two = (told(tmp_path / name, fork_servers.start) for name in ("one", "two"))
    assert len(children()) == 1
    assert not two["left"]
    for own in ("legacy", "random", "folders"):
        assert one[own] != two[own], own


def test_how_a_worker_ended_is_known(tmp_path, fork_servers):
    started, _ = worker(tmp_path / "dying", DYING, fork_servers.start)
    last_message(started)
    assert started.finish() == "it was killed by SIGSEGV"
    assert told(tmp_path / "next", fork_servers.start)["session"]


def test_a_worker_can_be_killed_at_any_time(tmp_path, fork_servers):
    for number in range(3):
        started, _ = worker(tmp_path / str(number), SLOW, fork_servers.start)
        started.receive(0.2 * number)
        (fork_server,) = children()
        (forked,) = fork_server.children()
        started.kill()
        assert ended(forked)
    assert told(tmp_path / "next", fork_servers.start)["session"]


def test_without_its_fork_server_a_worker_dies_and_the_next_ones_are_fresh(tmp_path, fork_servers):
    started, _ = worker(tmp_path / "orphan", SLOW, fork_servers.start)
    (fork_server,) = children()
    (forked,) = fork_server.children()
    fork_server.send_signal(signal.SIGKILL)
    last_message(started)
    assert was_killed(started.finish())
    assert ended(forked)
    assert told(tmp_path / "next", fork_servers.start)["session"]
    assert children() == []


def test_nothing_is_left_of_fork_servers(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ForkServers() as fork_servers:
        started, _ = worker(tmp_path / "w", SLOW, fork_servers.start)
        (fork_server,) = children()
        (forked,) = fork_server.children()
        assert list(tmp_path.glob("assay-validate-*"))
    assert ended(fork_server)
    assert ended(forked)
    assert not list(tmp_path.glob("assay-validate-*"))
    started.kill()
