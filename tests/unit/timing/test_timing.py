"""The time tracker's functions: adding up, clocks, judging and the table."""

import time
from pathlib import Path

import pytest
from moments import AGENT, at, judged, only

from assay import timing
from assay.timing.check import check_times
from assay.timing.clock import elapsed, now
from assay.timing.log import TimingError
from assay.timing.table import times_table


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
    began = time.time(), time.monotonic()
    moment = now()
    ended = time.time(), time.monotonic()
    assert began[0] - 1e-6 <= moment.wall.timestamp() <= ended[0]  # it has microseconds only
    assert began[1] <= moment.monotonic <= ended[1]


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


def test_table_shows_every_record_and_the_total(log: Path) -> None:
    timing.start(log, 5, AGENT, 2, at=at(0))
    timing.end(log, 5, AGENT, 2, status="failed", at=at(90))
    timing.start(log, 5, AGENT, 2, rerun=True, at=at(100))
    timing.start(log, 5, "model_trainer2", at=at(0))
    lines = times_table(timing.durations(log, 5, at=at(130))).splitlines()
    assert lines[1].split()[:6] == ["5", AGENT, "2", "running", "120.00", "2"]
    assert lines[2].split()[:5] == ["5", "model_trainer2", "running", "130.00", "1"]
    assert lines[-1].split() == ["5", "all", "250.00"]
