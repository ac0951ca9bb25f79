"""The red flags: every threshold just below and just above, on both clocks."""

from typing import Any

import numpy as np
import pytest
from cases import RESULTS, case, design_text, only, told
from expected import doubted, failed, noted, passed
from runs_by_hand import BEGAN, BOOTED, at, batches, lines, packed, run, stored

import evidence_samples as samples
from assay.evidence.ledger import Begun, Resumed
from assay.evidence.progress import Clock, Heartbeat, Phase, Resume, Stopped
from assay.validation import flags
from assay.validation.case import Here, Options

CLOCKS = {"timestamp": BEGAN, "monotonic": BOOTED}


def moved(seconds, clock):
    """Return what says that one clock shows another time than the others do."""
    return {clock: CLOCKS[clock] + seconds}


# duration: 30 % of the least minute expected, 18 s of 1


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(("seconds", "enough"), [(17.999, False), (18.0, True)])
def test_a_training_must_take_30_percent_of_what_is_expected(clock, seconds, enough):
    found = list(flags.check_duration(case(progress=run(100.0, **moved(seconds, clock)))))
    assert told(found) == (passed("duration") if enough else failed("duration", "short_duration"))
    assert (only(found).measured, only(found).required) == (seconds, 18.0)


def test_the_message_says_what_is_expected():
    short = only(flags.check_duration(case(progress=run(3.0))))
    assert "took 3 s, less than 30 % of the 1 minutes expected" in short.message
    auto = only(flags.check_duration(case(text=design_text(minutes="auto"), progress=run(0.1))))
    assert (auto.status, auto.measured) == ("pass", None)


@pytest.mark.parametrize(("seconds", "enough"), [(7.999, False), (8.0, True)])
def test_an_interruption_is_no_training(seconds, enough):
    progress = run(1000 + seconds, at(Stopped, 10.0), at(Resume, 1000.0))
    found = told(flags.check_duration(case(progress=progress)))
    assert found == (passed("duration") if enough else failed("duration", "short_duration"))


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_was_set_neither_shortens_nor_lengthens(jump):
    note = at(Clock, 5.0, jump_seconds=jump, **moved(5.0 + jump, "timestamp"))
    long, short = (
        case(progress=run(seconds, note, **moved(seconds + jump, "timestamp")))
        for seconds in (18.0, 17.0)
    )
    assert told(flags.check_duration(long)) == passed("duration")
    assert told(flags.check_duration(short)) == failed("duration", "short_duration")


# checkpoints


def test_checkpoints_as_logged():
    found = only(flags.check_checkpoints(case()))
    assert (found.status, found.measured) == ("pass", 20)


@pytest.mark.parametrize("kept", [{}, {"00000_a.npz": packed({"x": [1.0]})}])
def test_a_run_without_checkpoints_or_with_others_than_logged(kept):
    found = list(flags.check_checkpoints(case(progress=run(50.0), checkpoints=kept)))
    assert told(found) == failed("checkpoints", "no_checkpoints")
    assert only(found).measured == (["checkpoints/00000_a.npz"] if kept else "none")


def test_a_checkpoint_that_is_gone():
    gone, *_ = batches()
    less = {name: content for name, content in batches().items() if name != gone}
    found = list(flags.check_checkpoints(case(progress=lines(), checkpoints=less)))
    assert told(found) == failed("checkpoints", "no_checkpoints")
    assert only(found).measured == [f"checkpoints/{gone}"]


def test_a_checkpoint_that_is_another_than_logged():
    first, *_ = batches()
    other = batches() | {first: packed({"x": [2.0]})}
    found = list(flags.check_checkpoints(case(progress=lines(), checkpoints=other)))
    assert told(found) == failed("checkpoints", "no_checkpoints")
    assert only(found).measured == [f"checkpoints/{first}"]


def twice(method, **arrays):
    same = {name: packed(arrays) for name in ("00000_a.npz", "00001_b.npz")}
    return case(text=design_text(method, extra=STEPS[method]), checkpoints=same)


STEPS = {"iterative": "training: {max_steps: 9}\n", "simulation": ""}


def test_two_checkpoints_that_hold_the_same():
    found = list(flags.check_checkpoints(twice("simulation", x=[1.0])))
    assert told(found) == failed("checkpoints", "no_checkpoints")
    assert only(found).measured == ["checkpoints/00000_a.npz", "checkpoints/00001_b.npz"]
    empty = twice("simulation", x=np.zeros(0))
    assert told(flags.check_checkpoints(empty)) == passed("checkpoints")
    partly = twice("simulation", x=np.zeros(0), y=[1.0])
    assert told(flags.check_checkpoints(partly)) == failed("checkpoints", "no_checkpoints")


def test_an_iteration_may_rest_but_not_from_the_beginning():
    resting = twice("iterative", **{"state/x": [1.0], "stream": [1]})
    assert told(flags.check_checkpoints(resting)) == [
        doubted("checkpoints"),
        *passed("checkpoints"),
    ]
    kept = {
        f"0000{k}_{k}.npz": packed({"state/x": [float(x)], "stream": [k]})
        for k, x in enumerate([3, 1, 1])
    }
    moving = case(text=design_text("iterative", extra=STEPS["iterative"]), checkpoints=kept)
    assert told(flags.check_checkpoints(moving)) == passed("checkpoints")
    still = {name: packed({"state/x": [1.0], "stream": [k]}) for k, name in enumerate(kept)}
    resting = case(text=design_text("iterative", extra=STEPS["iterative"]), checkpoints=still)
    assert told(flags.check_checkpoints(resting))[0] == doubted("checkpoints")


# heartbeats: a gap of two heartbeats and a second, and half of one less half a second


def beating(*beats, end=None, clock="monotonic", apart=60.0, **how):
    """Return a run in which one clock shows these heartbeats, the other those that are due."""
    last = beats[-1] if end is None else end
    due = [apart * place for place in range(1, len(beats) + 2)]
    middle = [
        at(Heartbeat, time, **moved(beat, clock)) for time, beat in zip(due, beats, strict=False)
    ]
    return case(progress=run(due[-1], *middle, **moved(last, clock)), **how)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(("seconds", "fine"), [(121.0, True), (121.001, False)])
def test_two_heartbeats_and_a_second_may_pass_in_silence(clock, seconds, fine):
    expected = passed("heartbeats") if fine else failed("heartbeats", "log_gap")
    for silent in (
        beating(seconds, clock=clock),
        beating(50.0, 50.0 + seconds, clock=clock),
        beating(50.0, end=50.0 + seconds, clock=clock),
        case(progress=run(60.0, **moved(seconds, clock))),
    ):
        found = list(flags.check_heartbeats(silent))
        assert told(found) == expected
        assert (only(found).measured, only(found).required) == (seconds, 120.0)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(("seconds", "fine"), [(29.5, True), (29.499, False)])
def test_heartbeats_lie_half_an_interval_apart_less_half_a_second(clock, seconds, fine):
    found = list(flags.check_heartbeats(beating(60.0, 60.0 + seconds, clock=clock)))
    if fine:
        assert told(found) == passed("heartbeats")
        assert only(found).message == "2 heartbeats, regular"
    else:
        assert told(found) == failed("heartbeats", "log_too_dense")
        assert (only(found).measured, only(found).required) == (seconds, 30.0)


@pytest.mark.parametrize(
    ("recorded", "asked", "most"),
    [(60.0, 30.0, 61.0), (10.0, 30.0, 21.0), (120.0, None, 121.0), (120.0, 100.0, 201.0)],
)
def test_the_director_says_how_long_silence_may_last(recorded, asked, most):
    how: dict[str, Any] = {"admission": {"heartbeat_seconds": recorded}}
    how |= {"options": Options(heartbeat_seconds=asked), "apart": min(recorded, 60.0)}
    assert told(flags.check_heartbeats(beating(most, **how))) == passed("heartbeats")
    gap = told(flags.check_heartbeats(beating(most + 0.001, **how)))
    assert gap == failed("heartbeats", "log_gap")


def test_how_close_they_may_lie_is_what_was_recorded():
    how = {"admission": {"heartbeat_seconds": 10.0}, "options": Options(heartbeat_seconds=60.0)}
    how["apart"] = 10.0
    assert told(flags.check_heartbeats(beating(10.0, 14.5, **how))) == passed("heartbeats")
    dense = told(flags.check_heartbeats(beating(10.0, 14.499, **how)))
    assert dense == failed("heartbeats", "log_too_dense")


def test_what_lies_between_two_sessions_is_neither_silence_nor_too_dense():
    beat = [at(Heartbeat, 60.0), at(Stopped, 61.0), at(Resume, 900.0), at(Heartbeat, 901.0)]
    assert told(flags.check_heartbeats(case(progress=run(960.0, *beat)))) == passed("heartbeats")
    close = [at(Heartbeat, 60.0), at(Stopped, 61.0), at(Resume, 62.0), at(Heartbeat, 62.0)]
    assert told(flags.check_heartbeats(case(progress=run(70.0, *close)))) == passed("heartbeats")
    late = [at(Stopped, 10.0), at(Resume, 20.0)]
    found = told(flags.check_heartbeats(case(progress=run(142.0, *late))))
    assert found == failed("heartbeats", "log_gap")


# interruptions


def interrupted(*told_of, reason="asked to", **resume):
    progress = run(30.0, at(Stopped, 10.0), at(Resume, 20.0, reason=reason, **resume))
    ledger = (Begun(attempt=1, at="a"), *told_of, samples.ended())
    return case(progress=progress, ledger=ledger)


def test_an_interruption_is_told_and_no_reason_to_refuse():
    resumed = Resumed(attempt=1, at="b", reason="asked to")
    found = list(flags.check_interruptions(interrupted(resumed)))
    assert told(found) == [noted("interruptions")]
    assert only(found).measured == 10.0
    assert "of 10 s (asked to)" in only(found).message
    assert not list(flags.check_interruptions(case()))


@pytest.mark.parametrize(("seconds", "words"), [(10.0, "of 0 s"), (9.999, "was set back")])
def test_an_interruption_in_which_the_clock_was_set_back(seconds, words):
    resumed = Resumed(attempt=1, at="b", reason="asked to")
    found = interrupted(resumed, **moved(seconds, "timestamp"))
    assert words in only(flags.check_interruptions(found)).message


@pytest.mark.parametrize(
    "told_of",
    [
        (),
        (Resumed(attempt=1, at="b", reason="another"),),
        (Resumed(attempt=2, at="b", reason="asked to"),),
        (Resumed(attempt=1, at="b", reason="asked to"),) * 2,
    ],
)
def test_log_and_ledger_name_the_same_interruptions(told_of):
    found = told(flags.check_interruptions(interrupted(*told_of)))
    assert found == [*failed("interruptions", "log_gap"), noted("interruptions")]


# order: corrections of the wall clock by 5 s, and an hour in the future


FLAG = "results_before_training"


@pytest.mark.parametrize(
    ("clock", "back", "fine"),
    [
        ("timestamp", 5.0, True),
        ("timestamp", 5.001, False),
        ("monotonic", 0.0, True),
        ("monotonic", 0.001, False),
    ],
)
def test_time_runs_forward(clock, back, fine):
    middle = at(Phase, 20.0), at(Phase, 20.0, **moved(20.0 - back, clock))
    found = list(flags.check_order(case(progress=run(30.0, *middle))))
    assert told(found) == (passed("order") if fine else failed("order", FLAG))
    if not fine:
        assert f"at line 3 of progress.jsonl ({clock})" in only(found).message


def test_a_monotonic_clock_begins_anew_with_the_machine():
    again = at(Resume, 20.0, **moved(-1000.0, "monotonic"))
    progress = run(30.0, at(Stopped, 10.0), again, **moved(-990.0, "monotonic"))
    assert told(flags.check_order(case(progress=progress))) == passed("order")


@pytest.mark.parametrize(("before", "fine"), [(5.0, True), (5.001, False)])
def test_results_are_no_older_than_the_training(before, fine):
    old = case(progress=run(100.0))
    file = old.files[RESULTS.as_posix()]
    published = type(file)(file.digest, BEGAN + 100.0 - before, file.read)
    files = {**old.files, RESULTS.as_posix(): published}
    found = told(flags.check_order(case(progress=run(100.0), files=files)))
    assert found == (passed("order") if fine else failed("order", FLAG))


@pytest.mark.parametrize(
    ("off", "fine"), [(5.0, True), (-5.0, True), (5.001, False), (-5.001, False)]
)
@pytest.mark.parametrize(("name", "place"), [("started", 0.0), ("finished", 100.0)])
def test_the_outcome_has_the_times_of_the_log(name, place, off, fine):
    from assay.core.timestamps import iso

    timing = {name: iso(BEGAN + place + off)}
    found = told(flags.check_order(case(progress=run(100.0), outcome={"timing": timing})))
    assert found == (passed("order") if fine else failed("order", FLAG))


@pytest.mark.parametrize(("ahead", "fine"), [(3600.0, True), (3600.001, False)])
def test_a_training_that_ends_in_the_future(ahead, fine):
    here = Here(BEGAN + 100.0 - ahead, samples.ENVIRONMENT, samples.DIGEST)
    found = told(flags.check_order(case(progress=run(100.0), here=here)))
    assert found == ([] if fine else [doubted("order")]) + passed("order")


# clocks: a tenth of a second, and 5 s


def test_a_clock_that_was_set_and_noted_is_told():
    note = at(Clock, 5.0, jump_seconds=-60.0, **moved(-55.0, "timestamp"))
    found = list(flags.check_clocks(case(progress=run(30.0, note, **moved(-30.0, "timestamp")))))
    assert told(found) == [noted("clocks")]
    assert only(found).measured == -60.0
    assert "went back by 60.0 s" in only(found).message


@pytest.mark.parametrize("way", [1, -1])
@pytest.mark.parametrize(("off", "fine"), [(0.1, True), (0.101, False)])
def test_elapsed_seconds_are_those_of_the_monotonic_clock(off, fine, way):
    odd = at(Phase, 20.0, elapsed_seconds=20.0 + way * off)
    found = list(flags.check_clocks(case(progress=run(30.0, odd))))
    assert told(found) == ([] if fine else [doubted("clocks")])
    assert fine or (only(found).measured, only(found).required) == (0.101, 0.1)


def test_elapsed_seconds_are_held_against_the_first_line():
    middle = (at(Phase, 10.0, elapsed_seconds=10.08), at(Phase, 20.0, elapsed_seconds=19.92))
    assert not list(flags.check_clocks(case(progress=run(30.0, *middle))))


@pytest.mark.parametrize("seconds", [25.0, 35.0, 24.999, 35.001])
def test_both_clocks_measure_the_same(seconds):
    fine = 25 <= seconds <= 35
    found = list(flags.check_clocks(case(progress=run(30.0, **moved(seconds, "timestamp")))))
    assert told(found) == ([] if fine else [doubted("clocks")])
    assert fine or only(found).required == 5.0


def test_a_checkpoint_is_stored_under_its_digest():
    content = packed({"x": [1.0]})
    kept = {"00000_a.npz": content}
    progress = run(20.0, stored(10.0, "00000_a.npz", content))
    judged = case(progress=progress, checkpoints=kept)
    assert told(flags.check_checkpoints(judged)) == passed("checkpoints")
