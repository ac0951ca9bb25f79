"""The time tracker's functions: adding up, clocks, many processes, kills and damage."""

import logging
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay import timing
from assay.timing.check import check_times
from assay.timing.clock import Instant, elapsed, now
from assay.timing.log import TimingError, edit, read, set_aside
from assay.timing.table import times_table

AGENT = "model_trainer1"
NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


def at(minute: float, *, boot: str = "a", wall_shift: float = 0) -> Instant:
    """A moment `minute` minutes after noon, with the wall clock shifted by minutes."""
    wall = NOON + timedelta(minutes=minute + wall_shift)
    return Instant(wall=wall, monotonic=1000 + 60 * minute, boot=boot)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "implementation" / "logs" / "phase_5_timing.json"


def only(log: Path, moment: Instant | None = None) -> timing.Duration:
    (duration,) = timing.durations(log, "5", at=moment)
    return duration


def test_start_and_end_measure_minutes(log: Path) -> None:
    timing.start(log, 5, AGENT, 3, at=at(0))
    timing.end(log, "5", AGENT, 3, output_path="results_3.csv", at=at(7.5))
    duration = only(log)
    assert duration.minutes == pytest.approx(7.5)
    assert (duration.state, duration.clock, duration.model) == ("ended", "monotonic", 3)
    assert (duration.status, duration.output_path) == ("completed", "results_3.csv")
    assert (duration.started, duration.ended) == ("2025-06-01T12:00:00Z", "2025-06-01T12:07:30Z")


def test_pauses_do_not_count(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    timing.pause(log, 5, AGENT, reason="maintenance", at=at(2))
    assert only(log, at(50)).minutes == pytest.approx(2)
    timing.resume(log, 5, AGENT, at=at(60))
    assert only(log, at(61)).minutes == pytest.approx(3)
    timing.pause(log, 5, AGENT, at=at(63))
    timing.end(log, 5, AGENT, at=at(90))  # ended within a pause
    assert only(log).minutes == pytest.approx(5)
    assert "maintenance" in log.read_text(encoding="utf-8")


def test_attempts_add_up_only_with_rerun(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    timing.end(log, 5, AGENT, status="failed", at=at(4))
    with pytest.raises(TimingError, match=r"already ended, with 4\.00 minutes.*--rerun"):
        timing.start(log, 5, AGENT, at=at(5))
    assert timing.start(log, 5, AGENT, rerun=True, at=at(10)).number == 2
    timing.end(log, 5, AGENT, at=at(13))
    duration = only(log)
    assert duration.minutes == pytest.approx(7)
    assert (duration.attempts, duration.interrupted, duration.status) == (2, 0, "completed")


def test_records_are_apart_by_phase_agent_and_model(log: Path) -> None:
    for number, agent, model in ((1, AGENT, 1), (2, AGENT, 2), (3, "model_trainer2", 1)):
        timing.start(log, 5, agent, model, at=at(0))
        timing.end(log, 5, agent, model, at=at(number))
    timing.start(log, 4, AGENT, 1, at=at(0))
    found = {(d.agent, d.model): d.minutes for d in timing.durations(log, 5)}
    assert found == pytest.approx({(AGENT, 1): 1, (AGENT, 2): 2, ("model_trainer2", 1): 3})
    assert len(timing.durations(log)) == 4


def test_durations_are_in_natural_order(log: Path) -> None:
    for agent, model in (("t10", 1), ("t2", 12), ("t2", 3)):
        timing.start(log, 5, agent, model, at=at(0))
    assert [(d.agent, d.model) for d in timing.durations(log, 5)] == [
        ("t2", 3),
        ("t2", 12),
        ("t10", 1),
    ]


def test_abandoned_attempt_counts_up_to_its_last_sign_of_life(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    timing.alive(log, 5, AGENT, attempt=1, at=at(3))
    with pytest.raises(TimingError, match="if it died, start it with --rerun"):
        timing.start(log, 5, AGENT, at=at(100))
    timing.start(log, 5, AGENT, rerun=True, at=at(100))
    timing.end(log, 5, AGENT, at=at(101))
    duration = only(log)
    assert duration.minutes == pytest.approx(4)
    assert duration.interrupted == 1


def test_abandoned_attempt_without_sign_of_life_counts_nothing(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    timing.start(log, 5, AGENT, rerun=True, at=at(100))
    timing.end(log, 5, AGENT, at=at(101))
    assert only(log).minutes == pytest.approx(1)


def test_abandoned_pause_counts_what_was_measured_before_it(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    timing.pause(log, 5, AGENT, at=at(2))
    timing.start(log, 5, AGENT, rerun=True, at=at(50))
    timing.end(log, 5, AGENT, at=at(51))
    assert only(log).minutes == pytest.approx(3)


def test_an_attempt_taken_over_cannot_end_or_revive_the_other(log: Path) -> None:
    first = timing.start(log, 5, AGENT, at=at(0)).number
    timing.start(log, 5, AGENT, rerun=True, at=at(1))
    for call in (timing.end, timing.alive):
        with pytest.raises(TimingError, match=r"attempt 1 of .* was taken over by attempt 2"):
            call(log, 5, AGENT, attempt=first, at=at(2))
    assert only(log).state == "running"


def test_what_is_impossible_is_refused_with_the_reason(log: Path) -> None:
    with pytest.raises(TimingError, match="phase 5, model_trainer1 was never started"):
        timing.end(log, 5, AGENT)
    timing.start(log, 5, AGENT, 3, at=at(0))
    with pytest.raises(TimingError, match=r"unfinished are: .*model 3"):
        timing.end(log, 5, AGENT)
    with pytest.raises(TimingError, match="is running, not paused"):
        timing.resume(log, 5, AGENT, 3)
    timing.pause(log, 5, AGENT, 3, at=at(1))
    with pytest.raises(TimingError, match=r"is paused, not running: it cannot be paused"):
        timing.pause(log, 5, AGENT, 3)
    with pytest.raises(TimingError, match=r"paused since 2025-06-01T12:01:00Z.*resume or end"):
        timing.start(log, 5, AGENT, 3)
    timing.end(log, 5, AGENT, 3, at=at(2))
    for call in (timing.end, timing.pause, timing.resume, timing.alive):
        with pytest.raises(TimingError, match="ended"):
            call(log, 5, AGENT, 3)
    assert only(log).minutes == pytest.approx(1)


@pytest.mark.parametrize("agent", ["", "  ", "a\nb", "a\ud800"])
def test_names_that_are_none(log: Path, agent: str) -> None:
    with pytest.raises(TimingError, match="is no name"):
        timing.start(log, 5, agent)
    with pytest.raises(TimingError, match="is no model number"):
        timing.start(log, 5, AGENT, 0)


def test_non_ascii_names_survive(log: Path) -> None:
    timing.start(log, 5, "modèle_日本", at=at(0))
    assert only(log).agent == "modèle_日本"


# Clocks


def test_wall_clock_set_back_does_not_matter_within_a_boot(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    timing.end(log, 5, AGENT, at=at(5, wall_shift=-600))
    assert only(log).minutes == pytest.approx(5)
    assert only(log).clock == "monotonic"


def test_wall_clock_measures_across_boots(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    end = at(5, boot="b").model_copy(update={"monotonic": 3.0})
    timing.end(log, 5, AGENT, at=end)
    assert only(log).minutes == pytest.approx(5)
    assert only(log).clock == "wall"


def test_unmeasurable_time_is_zero_and_refused(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    timing.end(log, 5, AGENT, at=at(5, boot="b", wall_shift=-60))
    duration = only(log)
    assert (duration.seconds, duration.clock) == (0, "unknown")
    judgement = check_times([duration], 0, 1440)
    assert not judgement.passed
    assert "NOT MEASURED" in judgement.sentences[0]


def test_elapsed_names_its_clock() -> None:
    assert elapsed(at(0), at(1)) == (60, "monotonic")
    assert elapsed(at(0, boot=""), at(1, boot="")) == (60, "wall")
    backwards = at(1).model_copy(update={"monotonic": 0.0})
    assert elapsed(at(0), backwards) == (60, "wall")


def test_now_reads_both_clocks() -> None:
    first, second = now(), now()
    seconds, _ = elapsed(first, second)
    assert 0 <= seconds < 5
    assert abs(first.wall.timestamp() - time.time()) < 5


# Judging


def judged(log: Path, least: float, most: float) -> tuple[bool, str]:
    judgement = check_times(timing.durations(log, 5, at=at(100)), least, most, set_aside(log))
    return judgement.passed, " ".join(judgement.sentences)


def test_judging_against_minimum_and_maximum(log: Path) -> None:
    timing.start(log, 5, AGENT, at=at(0))
    timing.end(log, 5, AGENT, at=at(10))
    assert judged(log, 10, 10) == (
        True,
        "phase 5, model_trainer1: 10.000 minutes measured, expected 10 to 10: in order. "
        "In order: 1 record.",
    )
    assert judged(log, 10.1, 20)[0] is False
    assert "TOO SHORT" in judged(log, 10.1, 20)[1]
    assert judged(log, 0, 9.9)[0] is False
    assert "TOO LONG" in judged(log, 0, 9.9)[1]
    assert judged(log, 0, float("nan"))[0] is False


def test_unfinished_or_absent_records_are_not_in_order(log: Path) -> None:
    assert judged(log, 0, 1440) == (False, "NOT in order: no time was measured.")
    timing.start(log, 5, AGENT, 1, at=at(0))
    timing.end(log, 5, AGENT, 1, at=at(10))
    timing.start(log, 5, AGENT, 2, at=at(0))
    passed, text = judged(log, 0, 1440)
    assert not passed
    assert "UNFINISHED (running)" in text
    assert text.endswith("NOT in order: 1 of 2 records.")


# Damage, kills and many processes


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


# Tables


def test_table_shows_every_record_and_the_total(log: Path) -> None:
    timing.start(log, 5, AGENT, 2, at=at(0))
    timing.end(log, 5, AGENT, 2, status="failed", at=at(90))
    timing.start(log, 5, AGENT, 2, rerun=True, at=at(100))
    timing.start(log, 5, "model_trainer2", at=at(0))
    lines = times_table(timing.durations(log, 5, at=at(130))).splitlines()
    assert lines[1].split()[:6] == ["5", AGENT, "2", "running", "120.00", "2"]
    assert lines[2].split()[:5] == ["5", "model_trainer2", "running", "130.00", "1"]
    assert lines[-1].split() == ["5", "all", "250.00"]
