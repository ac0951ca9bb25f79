"""Processor time, padding and memory: every threshold just below and just above."""

import pytest
from cases import case, design_text, only, replayed, told
from expected import doubted, failed, passed
from runs_by_hand import BEGAN, at, lines, run

import evidence_samples as samples
from assay.evidence.progress import Phase
from assay.methods.base import Challenge
from assay.validation import effort
from assay.validation.case import Here
from assay.worker.messages import Spent

NO_WORK = {"start", "import", "build", "compile", "canonicalise", "results", "end"}


def again(cpu, *, wall=None, share=1.0, **others):
    """Return a replay that took so many seconds of work."""
    phases = {"import": Spent(wall=9.0, cpu=9.0)}
    phases["simulate"] = Spent(wall=cpu if wall is None else wall, cpu=cpu)
    part = Challenge({}, {}, share, "a part")
    mode = {"mode": "full"} if share == 1 else {"mode": "challenge", "challenge": part}
    return replayed(phases=phases, **mode | others)


@pytest.mark.parametrize(
    ("share", "cpu", "fine"),
    [
        (1.0, 6.0, True),  # 41 s: (41 - 5) / 6 to 6 x 41 + 5
        (1.0, 5.999, False),
        (1.0, 251.0, True),
        (1.0, 251.001, False),
        (0.5, 5.0, True),  # 40 s: (40 - 10) / 6 to 6 x 40 + 10
        (0.5, 4.999, False),
        (0.5, 250.0, True),
        (0.5, 250.001, False),
    ],
)
def test_the_record_claims_as_much_work_as_there_is(share, cpu, fine):
    work = again(41.0) if share == 1 else again(20.0, share=share)
    judged = case(progress=lines(cpu=cpu, waited=20.0))
    expected = passed("effort") if fine else [doubted("effort")]
    assert told(effort.check_effort(judged, work)) == expected


def test_nothing_done_again_says_nothing_of_effort():
    nothing = replayed(mode="none")
    assert not list(effort.check_effort(case(), nothing))
    assert not list(effort.check_padding(case(), nothing))
    assert not list(effort.check_padding(case(text=design_text(minutes="auto")), nothing))


@pytest.mark.parametrize(("seconds", "fine"), [(90.0, True), (90.001, False)])
@pytest.mark.parametrize(("cpu", "waited"), [(10.0, 5.0), (3.0, None)])
def test_a_run_computes_or_waits_for_a_processor(cpu, waited, seconds, fine):
    """Of 90 s all can be 4 x (10 + 5) + 30, or 20 x 3 + 30 where nobody knows what it waited."""
    judged = case(progress=lines(seconds=seconds + 3, cpu=cpu, waited=waited))
    found = list(effort.check_effort(judged, again(cpu)))
    assert told(found) == (passed("effort") if fine else [doubted("effort")])
    assert fine or (round(only(found).measured, 3), only(found).required) == (90.001, 90.0)


@pytest.mark.parametrize(("cpu", "fine"), [(35.0, True), (35.001, False)])
def test_processor_time_fits_into_the_cores(cpu, fine):
    """10 s on 2 cores hold 30 s of processor time, and 5 more as it is measured."""
    judged = case(progress=lines(seconds=13.0, cpu=cpu, beats=(), checkpoints={}))
    found = told(effort.check_effort(judged, again(30.0)))
    assert found == passed("effort") + ([] if fine else [doubted("effort")])


@pytest.mark.parametrize(
    "phase", ["start", "import", "build", "compile", "canonicalise", "results"]
)
def test_what_is_no_work_does_not_count(phase):
    records = run(9.0, at(Phase, 1.0, phase=phase, cpu=0.0), cpu=7.0)
    assert effort.work(case(progress=records).progress) == (0.0, 0.0)
    records[1] = at(Phase, 1.0, phase="simulate", cpu=0.0)
    assert effort.work(case(progress=records).progress) == (7.0, 8.0)


# padding: what the work takes here against what the design demands, and against the record


@pytest.mark.parametrize(("wall", "fine"), [(25.0, True), (24.999, False)])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_time_demanded_can_be_what_the_work_takes(wall, fine, share):
    """Of 10 minutes 180 s are demanded: 6 x 25 + 30."""
    judged = case(text=design_text(minutes="[10, 30]"))
    work = again(share, wall=wall * share - 9.0, share=share)
    found = list(effort.check_padding(judged, work))
    assert told(found) == ([] if fine else [doubted("duration")])
    assert fine or only(found).required == 180.0


def test_of_each_phase_the_longer_clock_counts():
    judged = case(text=design_text(minutes="[10, 30]"))
    assert not list(effort.check_padding(judged, again(16.0, wall=1.0)))
    assert not list(effort.check_padding(judged, again(1.0, wall=16.0)))
    assert list(effort.check_padding(judged, again(15.0, wall=15.0)))


@pytest.mark.parametrize(("seconds", "fine"), [(10.0, True), (9.999, False)])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_without_expectations_the_work_done_again_says_what_is_too_short(seconds, fine, share):
    """Of 150 s of processor time 30 % on 2 x 1.5 cores are 15 s, less 5."""
    text = design_text(minutes="auto")
    judged = case(text=text, progress=lines(seconds=seconds + 3, beats=(), checkpoints={}))
    found = list(effort.check_padding(judged, again(150.0 * share, share=share)))
    assert told(found) == ([] if fine else failed("duration", "short_duration"))
    assert fine or only(found).required == 10.0


# memory: a quarter, and four times as much per core and a gibibyte


@pytest.mark.parametrize(
    ("peak", "fine"),
    [(100, True), (99, False), (3200 + 2**30, True), (3201 + 2**30, False)],
)
def test_the_memory_on_record_is_what_the_work_takes(peak, fine):
    judged = case(progress=lines(rss=peak))
    found = list(effort.check_memory(judged, replayed(peak_rss=400)))
    assert told(found) == (passed("memory") if fine else [doubted("memory")])
    assert (only(found).measured, only(found).required) == (peak, 400)


def test_the_last_line_says_how_much_memory_it_was():
    progress = run(30.0, at(Phase, 10.0, rss=1), rss=400)
    assert told(effort.check_memory(case(progress=progress), replayed(peak_rss=400))) == (
        passed("memory")
    )


def test_memory_is_only_told_by_all_of_the_work_done_here():
    judged = case()
    assert told(effort.check_memory(judged, replayed(peak_rss=0))) == [
        ("memory", "skipped", False, None, None)
    ]
    assert not list(effort.check_memory(judged, again(1.0, share=0.5)))
    assert not list(effort.check_memory(judged, replayed(error="it failed")))
    other = samples.ENVIRONMENT.model_copy(update={"python": "3.12.0"})
    here = Here(BEGAN, other, samples.DIGEST)
    assert not list(effort.check_memory(case(here=here), replayed()))


# phases


def test_the_record_names_the_phases_that_the_work_has():
    assert told(effort.check_phases(case(), replayed())) == passed("phases")
    other = replayed(phases={"sample": Spent(wall=1.0, cpu=1.0)})
    found = list(effort.check_phases(case(), other))
    assert told(found) == [doubted("phases")]
    assert (only(found).measured, only(found).required) == (["simulate"], ["sample"])
    assert not list(effort.check_phases(case(), again(1.0, share=0.5)))
