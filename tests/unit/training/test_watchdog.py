"""Slow and stalled runs are reported, with what is left and whether they compute, never stopped."""

import pytest

from assay.training.session import Progress
from assay.training.watchdog import Patience, Watchdog


class Watch:
    """A watchdog with a clock of its own."""

    def __init__(self, folder, expected=2.0, slow=24.0, stall=3):
        self.now = 1000.0
        self.report = folder / "slow_7.md"
        self.said: list[str] = []
        self.progress = Progress(phase="sample", step=100, of=400, checkpoints=1)
        self.watchdog = Watchdog(
            7,
            Patience(expected, slow, stall),
            self.report,
            self.said.append,
            clock=lambda: self.now,
        )
        self.cpu = 0.0

    def beat(self, seconds=60.0, *, steps=1, cpu=60.0):
        self.now += seconds
        self.progress.step += steps
        self.cpu += cpu
        self.watchdog.heartbeat(self.progress, self.cpu)


@pytest.fixture
def watch(tmp_path):
    return Watch(tmp_path)


def test_an_ordinary_run_says_nothing(watch):
    for _ in range(2):
        watch.beat()
    assert watch.said == watch.watchdog.issues == []
    assert not watch.report.exists()


def test_past_the_expected_maximum_it_warns_once_with_what_is_left(watch):
    for _ in range(5):
        watch.beat()
    (issue,) = watch.said
    assert issue.startswith("slow: running for 3.0 min, expected at most 2.0 min; in phase sample")
    assert "left of this phase" in issue
    assert "nothing is cut short" in issue
    assert watch.watchdog.issues == watch.said
    text = watch.report.read_text(encoding="utf-8")
    assert "- **Running for:** 5.0 min\n" in text
    assert "- **Estimated end of this phase:** " in text
    assert "step 105 of 400, 1 checkpoint\n" in text
    watch.beat()
    assert "step 106 of 400" in watch.report.read_text(encoding="utf-8")
    watch.watchdog.end()
    assert not watch.report.exists()


def test_past_a_day_the_protocol_asks_for_a_report_of_its_own(tmp_path):
    watch = Watch(tmp_path, expected=None)
    watch.beat(23.9 * 3600)
    assert watch.said == []
    watch.beat(0.2 * 3600)
    (issue,) = watch.said
    assert "running for 24.1 h, slow by the protocol after 24.0 h" in issue
    assert watch.report.exists()


def test_without_steps_no_end_is_promised(watch):
    watch.progress = Progress(phase="solve", step=0, of=None)
    watch.beat(180.0)
    assert "with no estimate of what is left" in watch.said[0]
    assert "not known" in watch.report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("cpu", "words"),
    [(60.0, "it may be busy with one long step"), (0.5, "it hangs or waits")],
)
def test_a_stall_is_reported_once_and_so_is_its_end(tmp_path, cpu, words):
    watch = Watch(tmp_path, expected=None)
    watch.beat()
    for _ in range(8):
        watch.beat(steps=0, cpu=cpu)
    (issue,) = watch.said
    assert issue.startswith("no progress for 3 heartbeats (3.0 min) in phase sample, step 101")
    assert words in issue
    assert "It is not stopped" in issue
    watch.beat()
    assert watch.said[1:] == ["moving again after 9.0 min without progress"]


def test_two_heartbeats_without_progress_are_no_stall(watch):
    for steps in (1, 0, 0, 1, 0, 0, 1):
        watch.beat(10.0, steps=steps)
    assert watch.said == []


def test_a_new_checkpoint_or_phase_is_progress(tmp_path):
    watch = Watch(tmp_path, expected=None)
    for _ in range(4):
        watch.beat(steps=0)
        watch.progress.checkpoints += 1
    for phase in "abcd":
        watch.progress.phase = phase
        watch.beat(steps=0)
    assert watch.said == []


def test_a_report_of_a_run_that_was_killed_goes_when_the_next_one_begins(tmp_path):
    (tmp_path / "slow_7.md").write_text("old")
    assert not Watch(tmp_path).report.exists()


def test_a_report_that_cannot_be_written_costs_no_training(tmp_path):
    watch = Watch(tmp_path)
    watch.report.mkdir()
    for _ in range(4):
        watch.beat()
    assert [issue for issue in watch.said if "cannot be written" in issue] == watch.said[1:]
    assert len(watch.said) == 2
