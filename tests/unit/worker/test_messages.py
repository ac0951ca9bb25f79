"""What a worker may say: typed, bounded, and only what is waited for."""

import json
import math
from typing import Any

import pytest

from assay.core.criteria import judge
from assay.core.errors import Category, TrainingError
from assay.evidence.progress import as_metric
from assay.evidence.record import EvidenceError, to_line
from assay.worker import messages
from assay.worker.messages import TRAINING, Message, NoMessage, check_message, decode
from assay.worker.pipe import read_message, write_message
from assay.worker.process import Lines, WorkerProcess
from assay.worker.replies import CutShortError, TooLongError, await_message

WORDS: dict[str, Any] = dict.fromkeys(("stage", "summary", "where", "remedy", "details"), "")
SENT: dict[str, Message] = {
    "phase": messages.Phase(name="steps"),
    "progress": messages.Progress(step=1, of=None, metrics={"loss": 1.0, "rhat": "nan"}),
    "checkpoint": messages.Checkpoint(name="state_0", file="arrays_0.npz", meta={"step": 1}),
    "keep": messages.Keep(name="start_0", file="arrays_0.npz"),
    "fit": messages.Fitted(),
    "results": messages.Results(),
    "failure": messages.Failed(category=Category.DATA, **WORDS),
    "replayed": messages.Replayed(
        phases={"steps": messages.Spent(wall=1.0, cpu=0.5)}, checkpoints={}, peak_rss=1
    ),
    "checked": messages.Checked(
        criteria=(judge("ess", 1.0, ">", 2.0),), strangers={}, own={"x": (0, 1)}, broken={}
    ),
}
ANY = tuple(type(message) for message in SENT.values())


@pytest.fixture
def scratch(tmp_path):
    """Return a folder with every file that a message may name, and one outside it."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    for name in ("arrays_0.npz", "fit.npz", "fit.json", "results.json", "other.npz", "../x.npz"):
        (folder / name).write_bytes(b"")
    return folder


@pytest.mark.parametrize("kind", SENT)
def test_what_a_worker_sends_is_taken(scratch, kind):
    message = decode(to_line(SENT[kind]))
    assert message == SENT[kind]
    assert message.type == kind
    check_message(message, (type(message),), scratch)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("checkpoint", {"name": "../../x"}),
        ("checkpoint", {"name": "x\n"}),
        ("checkpoint", {"file": "../x.npz"}),
        ("checkpoint", {"file": "other.npz"}),
        ("checkpoint", {"file": "arrays_1.npz"}),  # is not there
        ("checkpoint", {"file": "arrays_٣.npz"}),
        ("checkpoint", {"meta": []}),
        ("checkpoint", {"meta": {"x": math.nan}}),
        ("checkpoint", {"more": 1}),
        ("keep", {"name": "x/y"}),
        ("progress", {"step": "many"}),
        ("progress", {"step": 1.0}),
        ("progress", {"step": True}),
        ("progress", {"step": -1}),
        ("progress", {"step": 10**30}),
        ("progress", {"metrics": {"loss": "low"}}),
        ("progress", {"metrics": {"loss": math.nan}}),
        ("progress", {"metrics": {"loss": None}}),
        ("phase", {"name": "a\nb"}),
        ("phase", {"name": "a\n"}),
        ("failure", {"category": 99}),
        ("failure", {"category": [1]}),
        ("failure", {"summary": None}),
        ("replayed", {"peak_rss": 1e9}),
        ("replayed", {"phases": {"steps": {"wall": -1.0, "cpu": 0.0}}}),
        ("checked", {"own": {"x": [-1]}}),
        ("checked", {"criteria": [{"name": "ess"}]}),
        ("train", {}),
    ],
)
def test_well_formed_messages_that_no_worker_sends_are_refused(scratch, kind, change):
    record = json.loads(to_line(SENT[kind])) if kind in SENT else {"type": kind}
    message = decode((json.dumps({**record, **change}, ensure_ascii=False) + "\n").encode())
    with pytest.raises(TrainingError, match="no message") as caught:
        check_message(message, ANY, scratch)
    assert caught.value.category is Category.IMPLEMENTATION


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"x\n",
        b"[]\n",
        b"1\n",
        b"\xff\n",
        b"[" * 100_000 + b"\n",
        to_line(messages.Fitted())[:-1],
        b" " + to_line(messages.Fitted()),
        to_line(messages.Fitted()).replace(b"}", b', "type": "fit"}'),
        to_line(messages.Phase(name="steps")).replace(b"steps", b"\\ud800"),
    ],
)
def test_what_is_no_message_is_kept_in_short(scratch, line):
    message = decode(line)
    assert isinstance(message, NoMessage)
    assert len(message.text) <= messages.SHOWN
    with pytest.raises(TrainingError, match="no message"):
        check_message(message, ANY, scratch)


@pytest.mark.parametrize(("kind", "file"), [("fit", "fit.json"), ("results", "results.json")])
def test_what_is_promised_must_be_there_and_no_link(scratch, kind, file):
    (scratch / file).unlink()
    with pytest.raises(TrainingError, match="no message"):
        check_message(SENT[kind], ANY, scratch)
    (scratch / file).symlink_to(scratch / "other.npz")
    with pytest.raises(TrainingError, match="no message"):
        check_message(SENT[kind], ANY, scratch)


@pytest.mark.parametrize("kind", ["fit", "results", "replayed", "checked"])
def test_a_training_takes_only_what_it_waits_for(scratch, kind):
    with pytest.raises(TrainingError, match="no message"):
        check_message(SENT[kind], TRAINING, scratch)


@pytest.mark.parametrize("value", [1, 1.5, -0.0, math.inf, -math.inf, math.nan])
def test_every_measured_value_can_be_sent(value):
    message = messages.Progress(step=1, of=None, metrics={"x": as_metric(value)})
    came = decode(to_line(message))
    assert isinstance(came, messages.Progress)
    back = float(came.metrics["x"])
    assert back == value or (math.isnan(back) and math.isnan(value))


class Worker(WorkerProcess):
    """Says what it is told to, then ends."""

    def __init__(self, *said, end="", silent=0):
        self._said, self._end = [[]] * silent + [list(said)], end

    def receive(self, timeout):
        return self._said.pop(0) if self._said else None

    def finish(self):
        return self._end


def refusal(worker, scratch):
    """Return the failure that is told instead of a replay."""
    answer = await_message(worker, messages.Replayed, scratch)
    assert isinstance(answer, messages.Failed)
    return answer


def test_a_validator_waits_for_its_answer_and_takes_phases_before(scratch):
    said = Worker(SENT["phase"], SENT["replayed"], silent=2)
    assert await_message(said, messages.Replayed, scratch) == SENT["replayed"]
    failed = Worker(SENT["phase"], SENT["failure"], SENT["replayed"])
    assert await_message(failed, messages.Replayed, scratch) == SENT["failure"]


@pytest.mark.parametrize("kind", ["progress", "checkpoint", "keep", "fit", "results", "checked"])
def test_a_validator_takes_nothing_else(scratch, kind):
    said = Worker(SENT[kind], SENT["replayed"])
    answer = refusal(said, scratch)
    assert answer.summary == "the worker sent something that is no message"
    assert answer.category is Category.IMPLEMENTATION
    garbage = refusal(Worker(decode(b"x\n")), scratch)
    assert (garbage.summary, garbage.details) == (answer.summary, "x\n")


def test_a_worker_that_the_machine_ended_says_nothing_of_the_model(scratch):
    lacking = messages.Failed(**{**dict(SENT["failure"]), "category": Category.RESOURCE})
    for worker in (Worker(lacking), Worker(end="it was killed by SIGKILL")):
        with pytest.raises(CutShortError):
            await_message(worker, messages.Replayed, scratch)
    died = refusal(Worker(end="it ended with status 9"), scratch)
    assert died.summary == "the worker died: it ended with status 9"


def test_what_takes_too_long_is_given_up_and_the_limit_named(scratch):
    with pytest.raises(TooLongError, match="it takes more than 0 s"):
        await_message(Worker(silent=3), messages.Replayed, scratch, seconds=0)
    quick = Worker(SENT["replayed"])
    assert await_message(quick, messages.Replayed, scratch, seconds=0) == SENT["replayed"]


def test_messages_go_through_a_pipe_and_nothing_else_does(tmp_path):
    with (tmp_path / "pipe").open("wb") as stream:
        write_message(stream, messages.Check())
        stream.write(b'{"type": "enough"}\n{"type": "check"')
    with (tmp_path / "pipe").open("rb") as stream:
        assert read_message(stream, messages.COMMAND) == messages.Check()
        with pytest.raises(EvidenceError, match="a message is not"):
            read_message(stream, messages.COMMAND)
        assert read_message(stream, messages.COMMAND) is None


def test_lines_are_put_together_from_pieces():
    lines = Lines(10)
    assert lines.split(b"a") == []
    assert lines.split(b"b\nc\n\nd") == [b"ab\n", b"c\n", b"\n"]
    assert lines.rest == b"d"
    assert lines.split(b"\n") == [b"d\n"]
    assert lines.rest == b""


def test_a_line_without_end_is_broken_and_takes_no_more_room():
    lines = Lines(10)
    assert lines.split(b"x" * 10) == []
    assert lines.split(b"x") == [b"x" * 11]
    assert isinstance(decode(b"x" * 11), NoMessage)
    assert lines.rest == b""
    assert lines.split(b"y\n") == [b"y\n"]
