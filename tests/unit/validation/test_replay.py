"""Doing a run again: what is chosen, what the worker is given, and what comes of its answers."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from answering import Worker, again, checked, failed
from cases import EVIDENCE, case, design_text
from runs_by_hand import BEGAN, batches, fit, lines

import evidence_samples as samples
from assay.core.criteria import judge
from assay.core.errors import Category
from assay.core.files import digest_bytes
from assay.core.fit import Fit
from assay.evidence.admission import FixUse
from assay.evidence.fix_manifest import Change
from assay.evidence.ledger import Begun
from assay.evidence.outcome import Failure
from assay.methods import load
from assay.methods.base import Challenge
from assay.validation import replay
from assay.validation.case import PLACES, Here, Options
from assay.validation.replayed import FailedAgain, Replayed
from assay.worker import messages
from assay.worker.messages import Spent
from assay.worker.replies import CutShortError


@pytest.fixture
def worker(monkeypatch):
    """Return a kind of worker that answers as an honest one does."""

    class Own(Worker):
        answers = (again(), checked())
        began: ClassVar[list[Any]] = []

    monkeypatch.setattr(replay, "WorkerProcess", Own)
    return Own


def short(**how):
    """Return a run of half a minute, all of which is done again."""
    return case(progress=lines(seconds=60.0, beats=(), cpu=30.0), **how)


def start(*_):
    raise AssertionError("only workers start processes")


# what is chosen


def long(*, cpu=None, seconds=64.0, asked="challenge", **how):
    """Return a run of so many seconds of work, a minute and a second unless told otherwise."""
    progress = lines(seconds=seconds, cpu=seconds - 3 if cpu is None else cpu, beats=())
    return case(progress=progress, options=Options(replay=asked), **how)


@pytest.mark.parametrize(
    ("seconds", "cpu", "mode"),
    [
        (63.0, 10.0, "challenge"),
        (62.999, 10.0, "full"),
        (53.0, 60.0, "challenge"),
        (53.0, 59.999, "full"),
    ],
)
def test_what_took_less_than_a_minute_is_done_again_in_full(seconds, cpu, mode):
    chosen, challenge = replay.choose(long(seconds=seconds, cpu=cpu))
    assert (chosen, challenge is not None) == (mode, mode == "challenge")


@pytest.mark.parametrize("asked", ["full", "none"])
def test_what_is_asked_for_is_done(asked):
    assert replay.choose(long(asked=asked)) == (asked, None)


def test_a_challenge_is_another_every_time_and_what_can_be_afforded():
    (_, one), (_, two) = (replay.choose(long(cpu=100.0)) for _ in range(2))
    assert one.request != two.request
    assert one.share == 0.04  # 5 %, less the second in 100 that starting a worker takes


def test_where_there_is_nothing_to_challenge_nothing_is_done(monkeypatch):
    monkeypatch.setattr(load("simulation", "recompute"), "challenge", lambda *_: None)
    assert replay.choose(long()) == ("none", None)


# what the worker is given


def test_the_worker_gets_copies_of_what_was_read(worker):
    replay.replay(short(), start)
    (own,) = worker.began
    task, folder = own.task, own.scratch.parent
    assert own.start is start
    assert own.killed
    assert Path(task.scratch) == own.scratch
    assert Path(task.code) == folder / "inputs" / "code" / "model_1.py"
    assert Path(task.features) == folder / "inputs" / "features_1.pkl"
    assert {name: digest_bytes(content) for name, content in own.files.items()} == {
        "inputs/code/model_1.py": case().digests["code/model_1.py"],
        "inputs/features_1.pkl": case().digests["features"],
        **{f"scratch/{n}": digest_bytes(own.files[f"scratch/{n}"]) for n in LEFT},
    }
    assert (task.mode, task.request, task.seed) == ("full", {}, case().outcome.seed)
    assert task.digests == case().digests
    assert task.checkpoints == tuple(name[6:-4] for name in batches())
    assert (task.cores, task.given, task.heartbeat_seconds) == (1, (), 60.0)
    assert task.training == case().design.training.model_dump(mode="json")
    assert task.design == case().design.front_matter()
    assert not folder.exists()


LEFT = ("fit.npz", "fit.json", "replayed.npz")


def test_the_stored_fit_is_handed_over_after_the_run_was_done_again(worker):
    replay.replay(short(), start)
    (own,) = worker.began
    assert own.sent == [messages.Check()]
    assert own.stored == {name: case().content(EVIDENCE / name) for name in ("fit.npz", "fit.json")}


def test_upstream_comes_with_the_design_that_types_it(worker):
    text = design_text(extra="depends_on: [2]\n")
    upstream = {"upstream/2": PLACES.results(2), **case(text=text).inputs}
    after = {PLACES.results(2).as_posix(): b"table", PLACES.design(2).as_posix(): b"types"}
    replay.replay(case(text=text, inputs=upstream, after=after), start)
    (own,) = worker.began
    names = own.task.upstream["2"]
    folder = own.scratch.parent
    given = [own.files[Path(name).relative_to(folder).as_posix()] for name in names]
    assert given == [b"table", b"types"]


def test_a_challenge_is_handed_over(worker, monkeypatch):
    part = Challenge({"replicates": [1, 2]}, {"a": np.ones(2)}, 0.04, "two")
    monkeypatch.setattr(load("simulation", "recompute"), "challenge", lambda *_: part)
    compare = lambda *_: [judge("replay", 1, "==", 0)]  # noqa: E731
    monkeypatch.setattr(load("simulation", "recompute"), "compare", compare)
    done = replay.replay(long(), start)
    (own,) = worker.began
    assert (own.task.mode, own.task.request) == ("challenge", part.request)
    assert "scratch/challenge.npz" in own.files
    assert (done.mode, done.challenge, done.share) == ("challenge", part, 0.04)
    assert [criterion.name for criterion in done.met] == ["replay"]
    assert not done.differences


@pytest.mark.parametrize(
    ("clock", "seconds", "modes"),
    [
        ("wall", 2.399, ["challenge", "full"]),
        ("wall", 2.4, ["challenge"]),
        ("cpu", 2.399, ["challenge", "full"]),
        ("cpu", 2.4, ["challenge"]),
    ],
)
def test_a_run_that_claims_hours_is_done_again_in_full(worker, monkeypatch, clock, seconds, modes):
    """Of 4 % that take 2.4 s all takes a minute."""
    part = Challenge({}, {}, 0.04, "two")
    tools = load("simulation", "recompute")
    monkeypatch.setattr(tools, "challenge", lambda *_: part)
    monkeypatch.setattr(tools, "compare", lambda *_: [judge("replay", 0, "==", 0)])
    spent = {"import": Spent(wall=99.0, cpu=99.0)}
    spent["simulate"] = Spent(**{"wall": 1.0, "cpu": 1.0, clock: seconds})
    worker.answers = (again(phases=spent), checked())
    done = replay.replay(long(), start)
    assert [own.task.mode for own in worker.began] == modes
    assert done.mode == modes[-1]


# what comes of its answers


def test_the_same_again(worker):
    criteria = (judge("a", 1, "<", 2),)
    worker.answers = (again(), checked(criteria=criteria, own={"x": (1,)}, broken={"n": "no"}))
    done = replay.replay(short(), start)
    assert isinstance(done, Replayed)
    assert (done.mode, done.differences, done.agreement, done.error) == ("full", (), (), "")
    assert (done.phases, done.peak_rss) == ({"simulate": Spent(wall=1.0, cpu=1.0)}, 5)
    assert done.certificates == criteria
    tables = done.tables
    firsts = [tables.rebuilt, tables.again, *tables.perturbed, *tables.distorted, *tables.nudged]
    assert [table["x"].iloc[1] for table in firsts] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert (tables.own, tables.strangers, tables.broken) == ({"x": (1,)}, {}, {"n": "no"})
    assert done.failed_attempt is None


def test_tables_that_did_not_come(worker):
    worker.tables = ()
    tables = replay.replay(short(), start).tables
    assert tables.rebuilt is tables.again is None
    assert tables.perturbed == tables.distorted == tables.nudged == ()


def test_another_fit(worker):
    arrays = {**fit().arrays, "replicates/x": fit().arrays["replicates/x"] + 1}
    worker.fit = Fit(arrays, {**fit().meta, "notes": ["x"]})
    first, *_ = again().checkpoints
    stored = {**again().checkpoints, first: "sha256:0", "batch_9": "sha256:1"}
    worker.answers = (again(checkpoints=stored), checked())
    done = replay.replay(short(), start)
    assert done.differences == (
        "replicates/x",
        "fit.json",
        f"checkpoint {first}",
        "checkpoint batch_9",
    )
    assert done.agreement


@pytest.mark.parametrize("answers", [(failed(),), (again(), failed())])
def test_a_run_that_cannot_be_done_again(worker, answers):
    worker.answers = answers
    done = replay.replay(short(), start)
    assert done.error == "it raised"
    assert bool(done.phases) == (len(answers) == 2)
    assert all(own.killed for own in worker.began)


@pytest.mark.parametrize("answers", [(), (failed(Category.RESOURCE),), (again(),)])
def test_what_the_machine_ended_says_nothing(worker, answers):
    worker.answers = answers
    with pytest.raises(CutShortError):
        replay.replay(short(), start)
    assert all(own.killed for own in worker.began)


# the failed attempt on which a fix rests


FIX = FixUse(attempt=1, severity="s", parameters={"replicates": Change(before=1, after=2)})


def repaired(*, stage="convergence", asked="full", kept=True, **how):
    """Return a case with a fix that rests on a first attempt which failed."""
    problem = Failure(category=Category.CONVERGENCE, stage=stage, summary="it diverged")
    first = samples.ended(attempt=1, status="failed", failure=problem)
    ledger = (Begun(attempt=1, at="a"), first, Begun(attempt=2, at="b"))
    files = {f"previous/{n}": case().content(EVIDENCE / n) for n in ("fit.npz", "fit.json")}
    return case(
        text=design_text(extra="emergency_fix: {replicates: 2000}\n"),
        admission={"emergency_fix": FIX},
        ledger=ledger,
        more=files if kept else {},
        options=Options(replay=asked),
        **how,
    )


def test_a_failed_attempt_fails_again(worker):
    worker.answers = (again(),)
    found = replay.repeat_failed_attempt(repaired(), start)
    assert found == FailedAgain(1, "the kept fit", "the kept fit")
    (own,) = worker.began
    assert (own.task.mode, own.task.training["replicates"]) == ("full", 1000)
    assert repaired().training.replicates == 2000
    assert own.killed


def test_an_attempt_that_gives_another_fit_than_the_one_kept(worker):
    arrays = {name: values + 1 for name, values in fit().arrays.items()}
    worker.fit = Fit(arrays, fit().meta)
    found = replay.repeat_failed_attempt(repaired(), start)
    names = sorted(arrays)[:3]
    assert found == FailedAgain(1, "the kept fit", f"another fit ({', '.join(names)} differ)")


@pytest.mark.parametrize(
    ("stage", "answer", "told", "fresh"),
    [
        ("fit", failed(), "it diverged", "it raised"),
        ("fit", again(), "it diverged", "a fit"),
        ("convergence", failed(), "the kept fit", "it raised"),
    ],
)
def test_an_attempt_that_ended_otherwise(worker, stage, answer, told, fresh):
    worker.answers = (answer,)
    found = replay.repeat_failed_attempt(repaired(stage=stage), start)
    assert found == FailedAgain(1, told, fresh)


def test_it_is_done_once_beside_the_run_itself(worker):
    done = replay.replay(repaired(), start)
    assert [own.task.training["replicates"] for own in worker.began] == [1000, 2000]
    assert done.failed_attempt == FailedAgain(1, "the kept fit", "the kept fit")


def test_where_it_is_not_done_the_reason_is_told(worker, monkeypatch):
    other = samples.ENVIRONMENT.model_copy(update={"machine": "aarch64"})
    elsewhere = repaired(here=Here(BEGAN, other, samples.DIGEST))
    assert "bits need not agree" in replay.repeat_failed_attempt(elsewhere, start).not_done
    none = replay.repeat_failed_attempt(repaired(asked="none"), start)
    assert none.not_done == "--replay none"
    assert not worker.began
    monkeypatch.setattr(replay, "PATIENCE_SECONDS", 0.0)
    worker.answers = ("silence",)
    late = replay.repeat_failed_attempt(repaired(asked="challenge"), start)
    assert late == FailedAgain(1, not_done="it takes more than 0 s")
    assert replay.repeat_failed_attempt(case(), start) is None


def test_on_demand_it_takes_as_long_as_it_takes(worker, monkeypatch):
    monkeypatch.setattr(replay, "PATIENCE_SECONDS", 0.0)

    class Slow(worker):  # type: ignore[misc, valid-type]  # made by a fixture
        answers = (failed(), again())

        def receive(self, timeout):
            self.silent = getattr(self, "silent", 3) - 1
            return [] if self.silent >= 0 else [again()]

    monkeypatch.setattr(replay, "WorkerProcess", Slow)
    found = replay.repeat_failed_attempt(repaired(asked="full"), start)
    assert found.fresh == "the kept fit"
