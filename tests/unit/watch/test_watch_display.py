"""Events, lines and the screen, from snapshots made by hand."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from assay.core.errors import Category
from assay.core.workspace import Workspace
from assay.watch.events import events
from assay.watch.plain import snapshot_lines, status_lines
from assay.watch.screen import Screen
from assay.watch.selection import select
from assay.watch.state import ModelState, Snapshot, State
from assay.watch.words import outlook, status_line

WORKSPACE = Workspace(Path("w"))
TRAINING = ModelState(
    1,
    "Toy [bold]1[/] 配分 Österreich",
    "bayesian",
    State.TRAINING,
    attempt=1,
    phase="sample",
    step=30,
    of=40,
    metrics={"rhat": 1.02, "ess": 812.0, "divergences": 0.0},
    elapsed=61.0,
    eta=20.0,
    expected=(0.5, 10.0),
    cpu_seconds=110.0,
    rss_bytes=512_000_000,
    log="sample 30 of 40 \x1b[2Jü",
)
FAILED = ModelState(
    2,
    "Other",
    "convex",
    State.FAILED,
    reason="not converged",
    category=Category.CONVERGENCE,
    stage="convergence",
    attempt=1,
    elapsed=3.0,
)
WAITING = ModelState(3, "Third", "simulation")


def snapshot(*models, ended=False, begun=True):
    return Snapshot(at=1_800_000_000.0, models=models, ended=ended, begun=begun)


def many(count):
    states = (State.APPROVED, State.WAITING, State.TRAINING, State.FAILED)
    return [ModelState(n, f"Toy {n}", state=states[n % 4]) for n in range(1, count + 1)]


def texts(before, after):
    return [event.text for event in events(before, after, WORKSPACE)]


def drawn(state, *, width=150, height=30, encoding="utf-8", news=()):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    console = Console(
        file=stream, width=width, height=height, markup=False, highlight=False, emoji=False
    )
    console.print(Screen(console, "w").live(state, news))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding).splitlines()


def test_a_training_from_start_to_verdict():
    waiting = snapshot(replace(TRAINING, state=State.WAITING, attempt=0, phase=""))
    started = snapshot(replace(TRAINING, state=State.STARTING, phase=""))
    training = snapshot(TRAINING)
    validating = snapshot(replace(TRAINING, state=State.VALIDATING, published=True))
    approved = snapshot(replace(TRAINING, state=State.APPROVED, published=True))
    assert texts(waiting, started) == ["training started"]
    assert texts(started, training) == ["sampling"]
    assert texts(training, training) == []
    assert texts(training, validating) == ["published results_1.csv"]
    assert texts(validating, approved) == ["verdict APPROVE"]
    assert texts(waiting, approved) == [  # nothing is lost between two looks
        "training started",
        "published results_1.csv",
        "verdict APPROVE",
    ]
    again = snapshot(replace(TRAINING, state=State.APPROVED, published=True, attempt=2))
    assert texts(approved, again)[0] == "training started (attempt 2)"


def test_what_goes_wrong_is_said_with_its_category_and_where_to_read_on():
    was = snapshot(replace(FAILED, state=State.TRAINING, reason="", category=None))
    assert texts(was, snapshot(FAILED)) == [
        "failed at convergence [4 convergence]: not converged -> w/docs/reports/incident_2.md"
    ]
    assert texts(None, snapshot(FAILED)) == texts(was, snapshot(FAILED))
    assert all(event.bad for event in events(was, snapshot(FAILED), WORKSPACE))
    rejected = snapshot(replace(FAILED, state=State.REJECTED, category=None))
    assert texts(was, rejected) == [
        "verdict REJECT: not converged -> w/docs/validation/time_validator_2.md"
    ]
    assert "interrupted" in texts(snapshot(TRAINING), snapshot(gone()))[0]


def gone():
    return replace(TRAINING, state=State.INTERRUPTED)


def test_longer_than_expected_is_said_once():
    late = snapshot(replace(TRAINING, elapsed=601.0))
    (text,) = texts(snapshot(TRAINING), late)
    assert "longer than expected: 10 min of 0.5-10 min; it goes on" in text
    assert texts(late, late) == []


def test_exit_status_is_that_of_the_verdicts():
    good, doubtful = (
        replace(WAITING, state=state) for state in (State.APPROVED, State.INVESTIGATE)
    )
    assert snapshot(good, good).exit_status == 0
    assert snapshot(good, doubtful).exit_status == 3
    for state in set(State) - {State.APPROVED, State.INVESTIGATE}:
        assert snapshot(good, doubtful, replace(WAITING, state=state)).exit_status == 1


def test_outlook():
    assert outlook(snapshot(TRAINING)) == ""
    assert "Not begun" in outlook(snapshot(WAITING, begun=False))
    assert "waiting for snakemake" in outlook(snapshot(WAITING))
    assert "Interrupted" in outlook(snapshot(gone(), WAITING))
    assert outlook(snapshot(FAILED, ended=True)) == "The campaign has ended."
    assert "1 without a verdict" in outlook(snapshot(FAILED, WAITING, ended=True))


def test_status_line_of_a_running_model():
    assert status_line(TRAINING) == (
        "model 1: sampling 30/40 (75 %), R-hat 1.020, ESS 812, 0 divergences, ETA 20 s; "
        "1 min (expected 0.5-10 min); processor 2 min; memory 512 MB; log: sample 30 of 40  [2Jü"
    )


def test_plain_lines_of_running_models_and_of_all():
    lines = list(status_lines(snapshot(TRAINING, FAILED, WAITING)))
    assert len(lines) == 2
    assert lines[0].endswith("3 models: 1 waiting, 1 training, 1 failed.")
    assert len(list(snapshot_lines(snapshot(TRAINING, FAILED, WAITING)))) == 4
    of_many = list(snapshot_lines(snapshot(*many(1000))))
    assert len(of_many) == 62
    assert of_many[-1] == "  and 940 more: 250 waiting, 190 training, 250 approved, 250 failed"


def test_running_and_troubled_models_are_shown_first():
    shown, rest = select(many(100), 40)
    assert [model.state for model in shown] == [State.TRAINING] * 25 + [State.FAILED] * 15
    assert shown == sorted(shown, key=lambda model: (model.state is State.FAILED, model.model))
    assert sum(rest.values()) == 60
    everything, nothing = select(many(100), 100)
    assert ([model.model for model in everything], nothing) == (list(range(1, 101)), {})


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("width", [20, 33, 40, 60, 80, 100, 120, 150, 220])
@pytest.mark.parametrize("height", [5, 12, 40])
def test_every_line_fits_every_terminal(width, height, encoding):
    state = snapshot(TRAINING, FAILED, WAITING, *many(200)[3:])
    news = events(None, state, WORKSPACE)
    lines = drawn(state, width=width, height=height, encoding=encoding, news=news)
    assert len(lines) <= max(height, 6)
    assert all(cell_len(line) <= width for line in lines)


def test_columns_stand_under_their_headings_whatever_the_titles():
    for encoding in ("utf-8", "ascii"):
        lines = drawn(snapshot(TRAINING, FAILED, WAITING), encoding=encoding)
        heading = lines[2]
        column = cell_len(heading[: heading.index("State")])
        places = [
            cell_len(row[: row.index(word)])
            for row, word in zip(lines[3:6], ("sampling", "failed, 4", "waiting"), strict=True)
        ]
        assert places == [column] * 3


def test_what_a_terminal_of_each_width_shows():
    assert "R-hat 1.020, ESS 812, 0 div" in "\n".join(drawn(snapshot(TRAINING)))
    narrow = "\n".join(drawn(snapshot(TRAINING), width=44))
    assert "sampling" in narrow
    assert "1:01" in narrow
    assert "R-hat" not in narrow


def test_nothing_of_a_title_or_log_is_taken_for_markup_or_a_command():
    text = "\n".join(drawn(snapshot(TRAINING), width=200))
    assert "Toy [bold]1[/]" in text
    assert "\x1b" not in text
    assert "\x1b" not in status_line(TRAINING)


def test_events_and_log_lines_stand_below_the_table():
    state = snapshot(TRAINING, FAILED)
    lines = drawn(state, news=events(None, state, WORKSPACE))
    assert any("model 2: failed at convergence" in line for line in lines)
    assert any(line.strip().startswith("1  sample 30 of 40") for line in lines)
