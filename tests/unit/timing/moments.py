"""Moments of a made-up day, and what an agent measured on it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from assay import timing
from assay.timing.check import check_times
from assay.timing.clock import Instant
from assay.timing.log import set_aside

AGENT = "model_trainer1"
NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def at(minute: float, *, boot: str = "a", wall_shift: float = 0) -> Instant:
    """A moment `minute` minutes after noon, with the wall clock shifted by minutes."""
    wall = NOON + timedelta(minutes=minute + wall_shift)
    return Instant(wall=wall, monotonic=1000 + 60 * minute, boot=boot)


def only(log: Path, moment: Instant | None = None) -> timing.Duration:
    (duration,) = timing.durations(log, "5", at=moment)
    return duration


def judged(log: Path, least: float, most: float) -> tuple[bool, str]:
    judgement = check_times(timing.durations(log, 5, at=at(100)), least, most, set_aside(log))
    return judgement.passed, " ".join(judgement.sentences)
