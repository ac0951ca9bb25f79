"""What a training says while it goes on."""

import io
import json

import pytest

import evidence_samples as samples
from assay.core.processes import Identity, myself
from assay.evidence.progress import Metric
from assay.training.live_status import LIVE, LiveStatus, phrases

METRICS = {"rhat": 1.0234, "ess": 812.3, "divergences": 1.0}
STATE = samples.state("sample", 1200, 8000, metrics=METRICS, eta_seconds=190.0)


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
    assert Identity.from_json(record) == myself()
    assert record["step"] == 1200
    clock[0] = 1.0
    status.look(samples.replace(STATE, step=1300))
    assert json.loads((tmp_path / LIVE).read_text())["step"] == 1200  # not every second
    clock[0] = 2.0
    status.look(samples.replace(STATE, step=1300))
    assert json.loads((tmp_path / LIVE).read_text())["step"] == 1300
    assert [path.name for path in tmp_path.iterdir()] == [LIVE]


def test_no_trouble_of_its_own_reaches_the_training(tmp_path, clock):
    closed = Terminal()
    status = LiveStatus(3, tmp_path / "gone", closed)
    closed.isatty = None  # type: ignore[method-assign]  # broken on purpose
    closed.close()
    for second, state in enumerate([STATE, None]):
        clock[0] = 60.0 * second + 10
        status.look(state)
    assert not (tmp_path / "gone").exists()


def test_odd_words_of_the_worker_do_not_reach_the_terminal():
    metrics: dict[str, Metric] = {"\x1b[31mloss": 1.0, "loss": 2.0, "rhat": "nan"}
    assert list(phrases("\x1b[2J", None, None, metrics, None)) == ["?", "loss 2", "R-hat nan"]


def test_without_a_known_end():
    assert list(phrases("solve", 2, None, {}, None)) == ["solving, step 2"]
