"""Which process is meant, and whether it still lives: only what is known to be gone is gone."""

import os
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from assay.core.processes import ROUNDING_SECONDS, Identity, boot, here, is_alive, myself


@pytest.fixture
def child():
    """Return a process that sleeps."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def identity(process) -> Identity:
    return Identity.of(psutil.Process(process.pid))


def test_one_that_runs_is_alive(child):
    assert is_alive(myself()) is True
    assert is_alive(identity(child)) is True


def test_one_that_ended_is_not(child):
    it = identity(child)
    child.kill()
    child.wait()
    assert is_alive(it) is False


def test_one_that_ended_without_its_parents_noticing_is_not(child):
    it = identity(child)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
    assert is_alive(it) is False


@pytest.mark.parametrize("apart", [ROUNDING_SECONDS + 0.01, -ROUNDING_SECONDS - 0.01, 1e6])
def test_one_whose_number_another_has_now_is_not(apart):
    assert is_alive(replace(myself(), started=myself().started + apart)) is False


@pytest.mark.parametrize("apart", [ROUNDING_SECONDS - 0.1, 0.1 - ROUNDING_SECONDS])
def test_a_boot_told_in_whole_seconds_does_not_kill(apart):
    assert is_alive(replace(myself(), started=myself().started + apart)) is True


def test_a_clock_that_is_set_does_not_kill(monkeypatch):
    it, ours = myself(), psutil.Process()
    created, booted = ours.create_time(), psutil.boot_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: created + 3600)
    monkeypatch.setattr(psutil, "boot_time", lambda: booted + 3600)
    assert is_alive(it) is True
    assert myself() == it


def test_all_of_an_earlier_boot_have_ended():
    assert boot()
    assert is_alive(replace(myself(), boot="another")) is False


def test_of_another_machine_or_container_nothing_is_known(child):
    it = replace(identity(child), host="elsewhere")
    child.kill()
    child.wait()
    assert is_alive(it) is None


def test_of_one_that_is_hidden_nothing_is_known(child, monkeypatch):
    it = identity(child)

    def unseen(pid):
        raise psutil.NoSuchProcess(pid)

    def forbidden(pid, number):
        raise PermissionError

    monkeypatch.setattr(psutil, "Process", unseen)
    assert is_alive(it) is False  # a signal could be sent: it is ours, and /proc would show it
    monkeypatch.setattr("assay.core.processes.os.kill", forbidden)
    assert is_alive(it) is None


def test_of_one_that_may_not_be_looked_at_nothing_is_known(monkeypatch):
    it = myself()

    def denied(_):
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "status", denied)
    assert is_alive(it) is None


def test_an_identity_goes_through_json():
    assert Identity.from_json(myself().as_json()) == myself()


@pytest.mark.parametrize(
    "change",
    [
        {"host": None},
        {"boot": 3},
        {"pid": "1"},
        {"pid": 0},
        {"pid": -1},
        {"pid": 10**9},
        {"started": "now"},
        {"started": None},
    ],
)
def test_what_is_no_identity_is_none(change):
    assert Identity.from_json({**myself().as_json(), **change}) is None


@pytest.mark.parametrize("stored", [None, 7, [], "x", {}])
def test_what_is_no_object_is_none(stored):
    assert Identity.from_json(stored) is None


def test_the_place_is_the_machine_and_where_its_numbers_are_the_same():
    assert here().startswith(os.uname().nodename)
    if sys.platform == "linux":
        assert "pid:[" in here()
