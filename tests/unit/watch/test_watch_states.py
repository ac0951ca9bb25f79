"""What is read from the files of a campaign, whole, unfinished and broken."""

import os
import subprocess
import sys
import time

import pytest

import evidence_samples as samples
from assay.core.errors import Category, ConfigError
from assay.core.workspace import Workspace
from assay.evidence.ledger import Resumed, Stopped, append_ledger
from assay.evidence.outcome import read_outcome, write_outcome
from assay.watch.events import events
from assay.watch.overview import CampaignWatcher
from assay.watch.state import ModelState, Snapshot, State
from assay.watch.words import outlook


def states(watched):
    return {model.model: str(model.state) for model in watched.look().models}


def test_before_anything_is_trained(fresh):
    snapshot = fresh.look()
    assert states(fresh) == {1: "waiting", 2: "waiting", 3: "blocked", 4: "blocked"}
    assert (snapshot.begun, snapshot.ended) == (False, False)
    assert "Not begun" in outlook(snapshot)
    assert fresh.state(4).note == "1"


def test_approved_failed_and_those_that_read_them(watched):
    one, two, three, four = watched.look().models
    assert (one.state, one.published, one.attempt) == (State.APPROVED, True, 1)
    assert one.title == "Zuteilung für Österreich 配分"
    assert (two.state, two.category, two.stage) == (
        State.FAILED,
        Category.CONVERGENCE,
        "convergence",
    )
    assert "steps" in two.reason
    assert (three.state, three.note) == (State.STRANDED, "2 failed")
    assert four.state is State.WAITING
    assert not watched.look().ended


@pytest.mark.parametrize(
    ("note", "words"),
    [("2 failed", "model 2 failed"), ("2-3 not approved", "models 2-3 not approved")],
)
def test_what_cannot_be_trained_is_told_in_a_sentence(fresh, note, words):
    stranded = Snapshot(0.0, (ModelState(3, state=State.STRANDED, note=note),), True, True)
    (event,) = events(None, stranded, fresh.workspace)
    assert event.text == f"cannot be trained: {words}"


def test_the_campaign_ends_with_the_last_verdict(watched):
    watched.workspace.design(4).unlink()
    assert watched.look().ended
    assert watched.look().exit_status == 1
    for model in (2, 3):
        watched.workspace.design(model).unlink()
    assert (watched.look().ended, watched.look().exit_status) == (True, 0)


def test_between_training_and_verdict(watched):
    watched.workspace.verdict(1).unlink()
    assert watched.state(1).state is State.VALIDATING
    watched.workspace.results(1).unlink()
    assert watched.state(1).state is State.PUBLISHING


def test_a_verdict_that_never_comes_is_said_to_be_long_in_coming(watched):
    watched.workspace.verdict(1).unlink()
    age_all(watched.root, 3600)
    state = watched.state(1)
    assert state.state is State.VALIDATING
    assert "is snakemake running" in state.note


def age_all(root, seconds):
    for path in root.rglob("*"):
        then = path.stat().st_mtime - seconds
        os.utime(path, (then, then))


def test_a_verdict_of_other_results_does_not_count(watched):
    path = watched.workspace.outcome(1)
    write_outcome(path, samples.replace(read_outcome(path), results_digest="sha256:other"))
    assert watched.state(1).state is State.VALIDATING


def test_a_changed_input_makes_a_model_wait_and_a_touched_one_does_not(watched):
    code = watched.workspace.code(1)
    later = time.time() + 5
    os.utime(code, (later, later))
    assert watched.state(1).state is State.APPROVED
    code.write_text(code.read_text() + "\n# changed\n")
    os.utime(code, (later, later))
    state = watched.state(1)
    assert (state.state, state.note) == (
        State.WAITING,
        "model_1.py changed since its training",
    )
    features = watched.workspace.features_candidates(2)[0]
    features.write_bytes(b"other")
    os.utime(features, (later, later))
    assert watched.state(2).state is State.WAITING
    assert not watched.look().ended


def test_what_changed_upstream_makes_a_model_wait(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("ASSAY_SIGNING_KEY", str(tmp_path / "key.pem"))
    for model in (1, 4):
        fresh.train(model)
        fresh.publish(model)
    assert fresh.state(4).state is State.VALIDATING
    results = fresh.workspace.results(1)
    results.write_text(results.read_text().replace("a,", "b,", 1))
    later = time.time() + 5
    os.utime(results, (later, later))
    state = fresh.state(4)
    assert state.state is State.BLOCKED  # until 1 is approved


def test_a_failure_put_aside_for_another_try_is_still_a_failure(watched):
    watched.workspace.outcome(2).rename(watched.workspace.transient_outcome(2))
    assert watched.state(2).state is State.FAILED


def test_outputs_taken_away_to_be_made_again(watched):
    watched.workspace.outcome(1).unlink()
    state = watched.state(1)
    assert (state.state, state.attempt) == (State.WAITING, 1)


def test_training(fresh):
    metrics = {"rhat": 1.02, "loss": "nan"}
    fresh.begin(1, live={"phase": "sample", "step": 20, "of": 40, "eta_seconds": 50.0})
    fresh.begin(2, ago=1, metrics=metrics, eta_seconds=30.0, rss=5_000_000)
    one, two = fresh.state(1), fresh.state(2)
    assert (one.state, one.phase, one.step, one.of) == (State.TRAINING, "sample", 20, 40)
    assert one.log == "hällo"
    assert one.expected == (0.1, 1.0)
    assert 45 < one.eta <= 50
    assert (two.step, two.metrics, two.rss_bytes) == (10, {"rhat": 1.02}, 5000000)
    assert not fresh.look().ended


def test_overdue(fresh):
    fresh.begin(1, live={"phase": "sample"})
    path = fresh.workspace.evidence(1) / "progress.jsonl"
    text = path.read_text().replace('"elapsed_seconds": 0', '"elapsed_seconds": 90')
    path.write_text(text)
    assert fresh.state(1).overdue


def test_a_recorder_that_was_killed_shows_at_once(fresh):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    fresh.begin(1, ago=1, live={"pid": process.pid})
    state = fresh.state(1)
    assert state.state is State.INTERRUPTED
    assert "Interrupted" in outlook(fresh.look())
    assert fresh.look().exit_status == 1


def test_a_number_given_to_another_process_is_not_taken_for_the_recorder(fresh):
    fresh.begin(1, ago=100, live={"timestamp": time.time() - 1e8})
    assert fresh.state(1).state is State.INTERRUPTED


def test_a_recorder_on_another_machine_is_dead_after_several_silent_heartbeats(fresh):
    fresh.begin(1, ago=200, live={"host": "elsewhere", "pid": 1})
    fresh.begin(2, ago=300, live={"host": "elsewhere", "pid": 1})
    one, two = fresh.state(1), fresh.state(2)
    assert one.state is State.TRAINING
    assert one.silent == pytest.approx(200, abs=20)
    assert two.state is State.INTERRUPTED


def test_a_training_that_was_stopped_is_interrupted_at_once(fresh):
    fresh.begin(1, ago=1)
    evidence = fresh.workspace.evidence(1)
    append_ledger(evidence, Stopped(attempt=1, at="", reason="SIGINT"))
    assert fresh.state(1).state is State.INTERRUPTED
    append_ledger(evidence, Resumed(attempt=1, at="", reason="SIGINT"))
    assert fresh.state(1).state is State.TRAINING


def test_an_interrupted_campaign_ends_when_it_stays_quiet(fresh):
    for model in (2, 3, 4):
        fresh.workspace.design(model).unlink()
    fresh.begin(1, ago=400)
    age_all(fresh.root / "model", 400)
    age_all(fresh.root / "implementation", 0)
    assert not fresh.look().ended  # the workspace itself is new
    age_all(fresh.root, 400)
    assert fresh.state(1).state is State.INTERRUPTED
    assert fresh.look().ended


def test_the_summary_ends_a_campaign_that_leaves_models_untrained(watched):
    summary = watched.workspace.director_summary
    summary.write_text("x")
    assert watched.look().ended
    os.utime(summary, (1, 1))  # as it is given to that of an unfinished campaign
    assert watched.look().ended
    time.sleep(0.02)
    watched.workspace.code(4).touch()
    assert not watched.look().ended


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("outcome", State.UNREADABLE),
        ("verdict", State.INVESTIGATE),
    ],
)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"a": 1}', b"[" * 100000])
def test_broken_files(watched, name, expected, content):
    getattr(watched.workspace, name)(1).write_bytes(content)
    state = watched.state(1)
    assert state.state is expected
    assert "again" in state.reason


@pytest.mark.parametrize("content", [b"", b"{\n", b'[]\n"a"\n', b"\xff\xfe\n", b'{"event": 5}\n'])
def test_broken_evidence_of_a_running_model(fresh, content):
    fresh.begin(1, live={})
    evidence = fresh.workspace.evidence(1)
    for name in ("progress.jsonl", "admission.json", "scratch/live.json", "attempts.jsonl"):
        (evidence / name).write_bytes(content)
        fresh.workspace.training_log(1).write_bytes(content)
        assert fresh.state(1).state in set(State) - {State.APPROVED}


def test_folders_where_files_should_be(watched):
    for name in ("verdict", "results", "training_log"):
        path = getattr(watched.workspace, name)(1)
        path.unlink()
        path.mkdir()
    assert watched.state(1).state is not State.APPROVED
    (watched.workspace.design(9)).mkdir()
    assert watched.state(9).state is State.WAITING


def test_designs_come_and_go(fresh):
    assert len(fresh.look().models) == 4
    fresh.workspace.design(5).write_text(
        fresh.workspace.design(1).read_text("utf-8").replace("model: 1", "model: 5"), "utf-8"
    )
    assert len(fresh.look().models) == 5
    fresh.workspace.design(2).unlink()
    assert [model.model for model in fresh.look().models] == [1, 3, 4, 5]


def test_no_workspace_and_no_such_model(tmp_path, fresh):
    with pytest.raises(ConfigError, match="no workspace"):
        CampaignWatcher(Workspace(tmp_path / "none"))
    (tmp_path / "empty" / "model").mkdir(parents=True)
    with pytest.raises(ConfigError, match="no models"):
        CampaignWatcher(Workspace(tmp_path / "empty"))
    with pytest.raises(ConfigError, match="model 77"):
        CampaignWatcher(fresh.workspace, [77])
    only = CampaignWatcher(fresh.workspace, [3]).look()
    assert [model.model for model in only.models] == [2, 3]


def test_nothing_is_written(watched):
    before = {path: path.stat().st_mtime_ns for path in watched.root.rglob("*")}
    watched.begin(4, live={})
    before |= {path: path.stat().st_mtime_ns for path in watched.root.rglob("*")}
    watched.look()
    assert before == {path: path.stat().st_mtime_ns for path in watched.root.rglob("*")}
