"""Interruptions cut a log into sessions; neither their time nor their silence counts."""

import pytest

import evidence_samples as samples
from assay.evidence.progress import FIRST, Clock, End, Heartbeat, Phase, Resume, Start
from assay.evidence.sessions import (
    active_seconds,
    gaps,
    phase_seconds,
    sessions,
    steady,
    stretches,
)


def line(event, at, *, wall=None, phase="start", cpu=0.0, **values):
    """Return a line of a log at a second of the monotonic clock."""
    stamps = {
        "sequence": 0,
        "timestamp": 1000.0 + (at if wall is None else wall),
        "monotonic": float(at),
        "elapsed_seconds": 0.0,
        "previous": FIRST,
    }
    if event is Clock:
        return Clock(**stamps, **values)
    told = samples.used(cpu) if event in (Start, Resume) else samples.state(phase, cpu=cpu)
    if event is Resume:
        values["reason"] = "it was killed"
    return event(**stamps, **{**dict(told), "phase": phase}, **values)


INTERRUPTED = [
    line(Start, 0, cpu=0),
    line(Phase, 2, phase="sample", cpu=1),
    line(Heartbeat, 8, phase="sample", cpu=5),
    line(Resume, 100, phase="resume", cpu=0),
    line(Phase, 103, phase="sample", cpu=2),
    line(Heartbeat, 110, phase="sample", cpu=9),
    line(End, 111, phase="end", cpu=9),
]


def test_a_session_runs_to_the_line_before_the_next_resume():
    assert [len(lines) for lines in sessions(INTERRUPTED)] == [3, 4]
    assert sessions([]) == []
    assert len(sessions(INTERRUPTED[3:])) == 1
    assert len(sessions(INTERRUPTED[1:3])) == 1


def test_only_what_lies_within_sessions_counts():
    assert active_seconds(INTERRUPTED) == 8 + 11
    assert active_seconds(INTERRUPTED, "timestamp") == 8 + 11
    assert gaps(INTERRUPTED) == [(INTERRUPTED[2], INTERRUPTED[3])]


def test_a_stretch_is_of_one_phase_within_one_session():
    assert list(stretches(INTERRUPTED)) == [
        ("start", 2.0, 1.0),
        ("sample", 6.0, 4.0),
        ("resume", 3.0, 2.0),
        ("sample", 8.0, 7.0),
    ]
    assert phase_seconds(INTERRUPTED) == {"start": 2.0, "sample": 14.0, "resume": 3.0}


def test_a_session_that_ends_with_a_phase_has_no_stretch_after_it():
    lines = [line(Start, 0, cpu=0), line(Phase, 2, phase="end", cpu=1)]
    assert list(stretches(lines)) == [("start", 2.0, 1.0)]


def test_times_of_a_clock_that_was_set_are_as_if_it_had_not_been():
    lines = [
        line(Start, 0),
        line(Clock, 10, wall=-90, jump_seconds=-100.0),
        line(Heartbeat, 20, wall=-80),
        line(Clock, 30, wall=130, jump_seconds=200.0),
        line(Heartbeat, 40, wall=140),
    ]
    found = [one.timestamp for one in steady(lines)]
    assert found == pytest.approx([1000.0, 1010, 1020, 1030, 1040])


@pytest.mark.parametrize(
    ("resumes_at", "taken_as"),
    [(-60.0, 10.0), (10.0, 10.0), (70.0, 70.0)],
)
def test_a_clock_set_back_during_an_interruption_stood_still(resumes_at, taken_as):
    lines = [line(Start, 0), line(Heartbeat, 10), line(Resume, 15, wall=resumes_at)]
    lines.append(line(End, 16, wall=resumes_at + 1))
    found = [one.timestamp for one in steady(lines)]
    assert found == pytest.approx([1000.0, 1010, 1000 + taken_as, 1001 + taken_as])


def test_a_clock_that_was_set_back_during_an_interruption_after_it_was_set_forward():
    lines = [
        line(Start, 0),
        line(Clock, 10, wall=110, jump_seconds=100.0),
        line(Resume, 15, wall=15),
    ]
    assert [one.timestamp for one in steady(lines)] == pytest.approx([1000.0, 1010, 1010])


def test_a_log_that_begins_with_a_resume_is_taken_as_it_is():
    assert steady([line(Resume, 5)])[0].timestamp == 1005.0
