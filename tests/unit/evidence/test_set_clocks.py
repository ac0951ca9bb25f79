"""A wall clock that is set during a training is noted, and does not count when times are judged."""

import itertools
import time
from contextlib import closing

import pytest

import evidence_samples as samples
from assay.evidence.progress import (
    Clock,
    End,
    Heartbeat,
    ProgressLog,
    Resume,
    Start,
    read_whole_lines,
)
from assay.evidence.sessions import active_seconds, steady


@pytest.fixture
def wall(monkeypatch):
    """Return the seconds by which the wall clock is off, to be changed; each look takes 10 ms."""
    off, passed = [0.0], itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: 1e3 + 0.01 * next(passed))
    monkeypatch.setattr(time, "time", lambda: 1.8e9 + 0.01 * next(passed) + off[0])
    return off


def test_a_jump_is_a_line_of_its_own(tmp_path, wall):
    told: list[float] = []
    log = ProgressLog(tmp_path / "progress.jsonl", on_jump=told.append)
    log.append(Start, samples.used(), phase="start")
    wall[0] = -3600
    log.append(Heartbeat, samples.state())
    wall[0] = -3601  # clocks are corrected by a little all the time
    log.append(Heartbeat, samples.state())
    wall[0] = 0
    log.append(End, samples.state("end"))
    log.close()
    lines = read_whole_lines(tmp_path / "progress.jsonl")
    assert [line.event for line in lines] == [
        "start",
        "clock",
        "heartbeat",
        "heartbeat",
        "clock",
        "end",
    ]
    assert told == pytest.approx([-3600, 3600], abs=0.1)
    jump = lines[1]
    assert isinstance(jump, Clock)
    assert jump.jump_seconds == told[0]
    assert active_seconds(lines[:4], "timestamp") < -3599
    took = active_seconds(lines, "monotonic")
    assert active_seconds(steady(lines), "timestamp") == pytest.approx(took, abs=0.1)


def test_a_clock_set_back_during_an_interruption_has_stood_still(tmp_path, wall):
    path = tmp_path / "progress.jsonl"
    with closing(ProgressLog(path)) as log:
        log.append(Start, samples.used(), phase="start")
    wall[0] = -60
    with closing(ProgressLog(path, read_whole_lines(path))) as log:
        log.append(Resume, samples.used(), phase="start", reason="it was killed")
    first, second = steady(read_whole_lines(path))
    assert first.timestamp <= second.timestamp < first.timestamp + 1
