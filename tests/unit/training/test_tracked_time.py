"""Time stands still while a model's inputs are corrected, and attempts add up."""

from datetime import UTC, datetime, timedelta

import pytest

from assay import timing
from assay.core.errors import Category
from assay.documents.incident import rewind
from assay.documents.training_log import TrainingLog
from assay.evidence.outcome import Failure
from assay.timing.clock import Instant
from assay.training.tracked_time import TrackedTime


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose one number is the time in seconds, for the tracker."""
    seconds = [0.0]

    def now():
        wall = datetime(2025, 6, 1, tzinfo=UTC) + timedelta(seconds=seconds[0])
        return Instant(wall=wall, monotonic=seconds[0], boot="a")

    for module in ("tracker", "totals"):
        monkeypatch.setattr(f"assay.timing.{module}.now", now)
    return seconds


def failure(category):
    return Failure(category=category, stage="fit", summary="it failed")


def attempt(tmp_path, clock, failed=None, seconds=60.0):
    log = TrainingLog(tmp_path / "training_1.log")
    tracked = TrackedTime(tmp_path / "phase_5_timing.json", "model_trainer1", 1, log)
    clock[0] += seconds
    tracked.close(failed, rewind(failed))
    log.close()
    assert tracked.issues == []
    (record,) = timing.durations(tmp_path / "phase_5_timing.json")
    return record


def test_time_pauses_at_a_rewind_and_attempts_add_up(tmp_path, clock):
    first = attempt(tmp_path, clock, failure(Category.CONVERGENCE))
    assert first.state == "paused"
    log = (tmp_path / "training_1.log").read_text(encoding="utf-8")
    assert "time tracking pauses until the inputs are corrected" in log
    text = (tmp_path / "phase_5_timing.json").read_text(encoding="utf-8")
    assert "back to the modeler" in text
    clock[0] += 3600  # while the modeler works
    second = attempt(tmp_path, clock, failure(Category.DATA))
    third = attempt(tmp_path, clock)
    assert (third.state, third.attempts, third.interrupted) == ("ended", 3, 0)
    assert third.status == "completed"
    assert (first.seconds, second.seconds, third.seconds) == (60, 120, 180)
    text = (tmp_path / "phase_5_timing.json").read_text(encoding="utf-8")
    assert "back to the data engineer" in text
    assert text.count('"rewound"') == 2


def test_a_missing_resource_goes_back_to_nobody_and_ends_the_record(tmp_path, clock):
    record = attempt(tmp_path, clock, failure(Category.RESOURCE))
    assert (record.state, record.status) == ("ended", "failed")
