"""Locks of a run that is gone are taken over; those of one that may be alive are not."""

import json
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest

from assay.core.processes import Identity, myself
from assay.snakemake.internals import Locks
from assay.snakemake.stale_locks import OWNER, take_over


@pytest.fixture
def persistence(tmp_path):
    """Return as much of Snakemake's bookkeeping as is used, with locks in its folder."""
    locks = tmp_path / "locks"
    locks.mkdir()
    (locks / "0.input.lock").write_text("x\n")
    kept = SimpleNamespace(path=tmp_path, _lockdir=str(locks), held=0)

    def cleanup_locks() -> None:
        (locks / "0.input.lock").unlink(missing_ok=True)
        locks.rmdir()

    @contextmanager
    def lock():
        kept.held += 1
        yield
        kept.held -= 1

    kept.lock, kept.cleanup_locks = lock, cleanup_locks
    return kept


@pytest.fixture
def dead():
    process = subprocess.Popen(["sleep", "60"])
    identity = Identity.of(psutil.Process(process.pid))
    process.kill()
    process.wait()
    return identity


def note(persistence, text):
    (persistence.path / OWNER).write_text(text, encoding="utf-8")


def are_there(persistence) -> bool:
    return (persistence.path / "locks" / "0.input.lock").exists()


def test_those_of_a_run_that_is_gone_are_removed(persistence, dead):
    note(persistence, json.dumps(dead.as_json()))
    take_over(Locks(persistence))
    assert not are_there(persistence)
    assert (persistence.path / "locks").is_dir()  # Snakemake writes into it
    assert not (persistence.path / OWNER).exists()


def test_those_of_a_run_that_lives_or_may_live_stay(persistence, dead):
    for owner in (myself(), replace(dead, host="elsewhere")):
        note(persistence, json.dumps(owner.as_json()))
        take_over(Locks(persistence))
        assert are_there(persistence)


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"host": "x", "pid": 1}'])
def test_those_of_a_run_of_which_nothing_is_known_stay(persistence, text):
    note(persistence, text)
    take_over(Locks(persistence))
    assert are_there(persistence)


def test_who_holds_them_is_noted_while_it_does(persistence):
    take_over(Locks(persistence))
    owner = persistence.path / OWNER
    with pytest.raises(ZeroDivisionError), persistence.lock():
        assert persistence.held == 1
        assert Identity.from_json(json.loads(owner.read_text())) == myself()
        1 / 0  # noqa: B018
    assert not owner.exists()


def test_where_a_database_keeps_them_there_is_no_folder_to_make(persistence, dead):
    del persistence._lockdir
    note(persistence, json.dumps(dead.as_json()))
    take_over(Locks(persistence))
    assert not (persistence.path / "locks").exists()
