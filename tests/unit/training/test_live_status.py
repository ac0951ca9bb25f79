"""What a training says while it goes on."""

import io
import json
import os
from typing import Any

import pytest

from assay.training.live_status import LIVE, LiveStatus, here, phrases, rough

STATE = {
    "phase": "sample",
    "step": 1200,
    "of": 8000,
    "metrics": {"rhat": 1.0234, "ess": 812.3, "divergences": 1.0},
    "eta_seconds": 190.0,
}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock by a list whose only element is the time."""
    now = [0.0]
    monkeypatch.setattr("assay.training.live_status.time.monotonic", lambda: now[0])
    return now


def times_of_lines(folder, stream, clock, seconds):
    status = LiveStatus(3, folder, stream)
    found, length = [], 0
    for second in range(seconds):
        clock[0] = float(second)
        status.look(STATE)
        if len(stream.getvalue()) > length:
            found.append(second)
            length = len(stream.getvalue())
    return found


def test_lines_in_a_terminal_come_at_growing_intervals(tmp_path, clock):
    stream = Terminal()
    times = times_of_lines(tmp_path, stream, clock, 2000)
    assert times == [10, 30, 60, 120, 180, 300, 600, 1200, 1800]
    assert stream.getvalue().splitlines()[0] == (
        "assay: model 3: sampling 1,200/8,000 (15 %), R-hat 1.023, ESS 812, 1 divergence, "
        "ETA 3 min (10 s so far)"
    )


def test_elsewhere_they_are_few(tmp_path, clock):
    assert times_of_lines(tmp_path, io.StringIO(), clock, 8000) == [60, 300, 900, 1800, 3600, 7200]


def test_a_pause_is_not_made_up_for(tmp_path, clock):
    stream = Terminal()
    status = LiveStatus(3, tmp_path, stream)
    clock[0] = 400.0  # a suspended machine
    status.look(STATE)
    status.look(STATE)
    assert len(stream.getvalue().splitlines()) == 1


def test_the_live_file_names_the_process_and_is_whole(tmp_path, clock):
    status = LiveStatus(3, tmp_path, io.StringIO())
    status.look(STATE)
    record = json.loads((tmp_path / LIVE).read_text())
    assert (record["pid"], record["host"], record["step"]) == (os.getpid(), here(), 1200)
    clock[0] = 1.0
    status.look({**STATE, "step": 1300})
    assert json.loads((tmp_path / LIVE).read_text())["step"] == 1200  # not every second
    clock[0] = 2.0
    status.look({**STATE, "step": 1300})
    assert json.loads((tmp_path / LIVE).read_text())["step"] == 1300
    assert [path.name for path in tmp_path.iterdir()] == [LIVE]


def test_no_trouble_of_its_own_reaches_the_training(tmp_path, clock):
    closed = Terminal()
    status = LiveStatus(3, tmp_path / "gone", closed)
    closed.isatty = None  # type: ignore[method-assign]  # broken on purpose
    closed.close()
    states: list[dict[str, Any]] = [STATE, {"step": "many", "of": 3}, {"metrics": 3}, {}]
    for second, state in enumerate(states):
        clock[0] = 60.0 * second + 10
        status.look(state)
    assert not (tmp_path / "gone").exists()


def test_odd_words_of_the_worker_do_not_reach_the_terminal():
    state = {"phase": "\x1b[2J", "step": None, "metrics": {"\x1b[31mloss": 1.0, "loss": 2.0}}
    assert list(phrases(state)) == ["?", "loss 2"]


def test_without_a_known_end():
    assert list(phrases({"phase": "solve", "step": 2, "of": None})) == ["solving, step 2"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3590, "1 h"),
        (3600 * 2 + 300, "2 h 5 min"),
        (86399, "1 day"),
        (86400 * 3 + 4 * 3600, "3 days 4 h"),
        (-1, "0 s"),
    ],
)
def test_rough(seconds, text):
    assert rough(seconds) == text
