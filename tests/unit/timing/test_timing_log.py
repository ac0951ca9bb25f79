"""The time tracker's file: damage, locks, many processes, kills at any moment."""

import logging
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from moments import AGENT, at, judged

from assay import timing
from assay.timing.check import check_times
from assay.timing.log import TimingError, edit, read, set_aside


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"format": "assay ti',
        b"\xff\xfe",
        b"[]",
        b'{"format": "other", "records": []}',
        b'{"format": "assay time log 1", "records": [{"phase": "5", "agent": "a", "model": null, '
        b'"attempts": [{"state": "running", "spans": []}]}]}',
    ],
)
def test_damaged_log_is_kept_aside_and_said(
    log: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    log.parent.mkdir(parents=True)
    log.write_bytes(content)
    with pytest.raises(TimingError, match="is damaged"):
        timing.durations(log, 5)
    assert log.read_bytes() == content  # reading changes nothing
    with caplog.at_level(logging.WARNING):
        timing.start(log, 5, AGENT, at=at(0))
    (aside,) = set_aside(log)
    assert aside.read_bytes() == content
    assert aside.name in caplog.text
    timing.end(log, 5, AGENT, at=at(1))
    passed, text = judged(log, 0, 1440)
    assert not passed
    assert aside.name in text
    with pytest.raises(TimingError, match="damaged log kept as"):
        timing.end(log, 5, AGENT, 7)
    aside.unlink()
    assert judged(log, 0, 1440)[0]


def test_two_damaged_logs_in_a_second_are_both_kept(log: Path) -> None:
    log.parent.mkdir(parents=True)
    for content in (b"first", b"second"):
        log.write_bytes(content)
        timing.start(log, 5, AGENT)
    assert sorted(path.read_bytes() for path in set_aside(log)) == [b"first", b"second"]


def test_contradicting_log_is_damaged(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    text = log.read_text(encoding="utf-8")
    log.write_text(text.replace('"running"', '"ended"'), encoding="utf-8")
    with pytest.raises(TimingError, match="runs in its last span"):
        read(log)
    record = text.splitlines()[1]
    log.write_text(text.replace(record, f"{record},\n{record}"), encoding="utf-8")
    with pytest.raises(TimingError, match="two records"):
        read(log)


def test_log_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TimingError, match="cannot write the time log"):
        timing.start(tmp_path / "file" / "log.json", 5, AGENT)
    with pytest.raises(TimingError, match="cannot read the time log"):
        timing.durations(tmp_path, 5)


def test_lock_held_for_too_long(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.timing.log.LOCK_SECONDS", 0.05)

    def hold(_: object) -> object:
        return timing.start(log, 5, "other")  # while this process holds the lock

    with pytest.raises(TimingError, match=r"kept the time log .* locked"):
        edit(log, hold)  # type: ignore[arg-type]


def _work(log: Path, worker: int) -> None:
    for model in range(20):
        number = timing.start(log, 5, f"model_trainer{worker}", model + 1).number
        timing.end(log, 5, f"model_trainer{worker}", model + 1, attempt=number)


def test_eight_processes_lose_nothing(log: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_work, args=(log, number)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(300)
    assert [worker.exitcode for worker in workers] == [0] * 8
    times = timing.durations(log, 5)
    assert {(d.agent, d.model) for d in times} == {
        (f"model_trainer{worker}", model) for worker in range(8) for model in range(1, 21)
    }
    assert {(d.state, d.attempts) for d in times} == {("ended", 1)}


_ENDLESS = """
import itertools, pathlib, sys
from assay import timing
log = pathlib.Path(sys.argv[1])
for model in itertools.count(1):
    timing.start(log, 5, sys.argv[2], model)
    print(model, flush=True)
    timing.end(log, 5, sys.argv[2], model)
"""


def test_killed_at_any_moment_nothing_said_is_lost(log: Path) -> None:
    generator = random.Random(1)
    for number in range(6):
        command = [sys.executable, "-c", _ENDLESS, str(log), f"t{number}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "1\n"
            time.sleep(generator.uniform(0, 0.08))
            os.kill(process.pid, signal.SIGKILL)
            said = [1, *map(int, process.stdout.read().split())]
        times = [d for d in timing.durations(log, 5) if d.agent == f"t{number}"]
        # Killed while starting one more, that one may be there or not.
        assert len(times) in (len(said), len(said) + 1)
        assert {d.model for d in times} >= set(said)
        assert sum(d.state == "running" for d in times) <= 1
    for duration in timing.durations(log, 5):
        if duration.state == "running":
            timing.start(log, 5, duration.agent, duration.model, rerun=True)
            timing.end(log, 5, duration.agent, duration.model)
    assert check_times(timing.durations(log, 5), 0, 1440).passed
