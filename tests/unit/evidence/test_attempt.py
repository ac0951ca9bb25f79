"""What an attempt left, and whether the next one would be the same training."""

from contextlib import closing

import pytest

import evidence_samples as samples
from assay.core.errors import Category
from assay.core.files import digest_bytes
from assay.evidence.admission import Identity
from assay.evidence.attempt import NOBODY_TOLD, Now, read_attempt
from assay.evidence.ledger import Begun, Resumed, append_ledger
from assay.evidence.ledger import Stopped as StoppedLine
from assay.evidence.outcome import Failure
from assay.evidence.progress import Checkpoint, Heartbeat, ProgressLog, Start, Stopped
from assay.evidence.record import EvidenceError, to_bytes

ADMISSION = samples.admission()
SAME = Now(ADMISSION.identity, ADMISSION.source, ADMISSION.environment)


def read(evidence, now=SAME):
    return read_attempt(evidence, lambda: now)


def never():
    raise AssertionError("nobody needs to know")


@pytest.fixture
def evidence(tmp_path):
    """Return the evidence of a training whose recorder was killed after two checkpoints."""
    append_ledger(tmp_path, Begun(attempt=1, at="then"))
    (tmp_path / "admission.json").write_bytes(to_bytes(ADMISSION))
    log = ProgressLog(tmp_path / "progress.jsonl")
    log.append(Start, samples.used(), phase="start")
    (tmp_path / "checkpoints").mkdir()
    for number, name in enumerate(("state_0", "state_10")):
        file = f"checkpoints/{number:05d}_{name}.npz"
        content = name.encode()
        (tmp_path / file).write_bytes(content)
        digest = digest_bytes(content)
        log.append(Checkpoint, file=file, digest=digest, bytes=len(content), meta={})
    log.append(Heartbeat, samples.state())
    log.close()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "notes.npz").write_bytes(b"")
    return tmp_path


def test_of_no_attempt_nothing_is_asked(tmp_path):
    attempt = read_attempt(tmp_path, never)
    assert (attempt.number, attempt.interrupted, attempt.now) == (1, None, None)
    assert not attempt.is_of(ADMISSION.identity)


def test_one_that_was_killed_can_go_on(evidence):
    attempt = read(evidence)
    found = attempt.interrupted
    assert (attempt.number, found.attempt, found.requested) == (2, 1, "then")
    assert found.reason == NOBODY_TOLD
    assert found.admission == ADMISSION
    assert [record.event for record in found.records][::3] == ["start", "heartbeat"]
    assert {name: path.read_bytes() for name, path in found.checkpoints.items()} == {
        "state_0": b"state_0",
        "state_10": b"state_10",
    }
    assert found.kept == {"notes": evidence / "kept" / "notes.npz"}
    assert attempt.is_of(ADMISSION.identity)
    assert attempt.differences(ADMISSION, None) == []


def test_why_it_ended_is_said_where_it_is_known(evidence):
    assert read(evidence).interrupted.reason == NOBODY_TOLD
    path = evidence / "progress.jsonl"
    with closing(ProgressLog(path, read(evidence).interrupted.records)) as log:
        log.append(Stopped, samples.state(), reason="SIGTERM")
    append_ledger(evidence, StoppedLine(attempt=1, at="", reason="SIGTERM"))
    assert read(evidence).interrupted.reason == "SIGTERM"
    append_ledger(evidence, Resumed(attempt=1, at="", reason="SIGTERM"))
    lacking = Failure(category=Category.RESOURCE, stage="fit", summary="no memory")
    append_ledger(evidence, samples.ended(status="failed", failure=lacking))
    assert read(evidence).interrupted.reason == "no memory"


@pytest.mark.parametrize(
    "failure", [None, Failure(category=Category.DATA, stage="fit", summary="no data")]
)
def test_one_that_ended_does_not_go_on(evidence, failure):
    append_ledger(evidence, samples.ended(status="failed", failure=failure))
    attempt = read(evidence)
    assert attempt.interrupted is None
    assert attempt.number == 2


@pytest.mark.parametrize(
    "name", ["admission.json", "progress.jsonl", "checkpoints/00001_state_10.npz"]
)
@pytest.mark.parametrize("content", [None, b"", b"{}\n"])
def test_what_is_not_whole_does_not_go_on(evidence, name, content):
    (evidence / name).unlink()
    if content is not None:
        (evidence / name).write_bytes(content)
    assert read(evidence).interrupted is None


def test_a_log_goes_on_from_its_whole_lines(evidence):
    path = evidence / "progress.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]) + lines[2][:-9])
    found = read(evidence).interrupted
    assert len(found.records) == 2
    assert list(found.checkpoints) == ["state_0"]


def test_a_ledger_that_is_none_is_an_error(evidence):
    with (evidence / "attempts.jsonl").open("ab") as stream:
        stream.write(b"{}\n")
    with pytest.raises(EvidenceError, match=r"attempts\.jsonl, line 2"):
        read(evidence)


OTHER = {"design": "sha256:" + "2" * 64}


@pytest.mark.parametrize(
    ("now", "fix", "found"),
    [
        (SAME, None, []),
        (Now(None, SAME.source, SAME.environment), None, ["an input is missing"]),
        (Now(Identity(OTHER, "cd"), SAME.source, SAME.environment), None, ["design"]),
        (
            Now(Identity({**ADMISSION.digests, "a": "b"}, "cd"), SAME.source, SAME.environment),
            None,
            ["a"],
        ),
        (Now(Identity({}, "cd"), SAME.source, SAME.environment), None, ["design"]),
        (
            Now(Identity(ADMISSION.digests, "cd"), SAME.source, SAME.environment),
            None,
            ["the nonce"],
        ),
        (Now(SAME.identity, "other", SAME.environment), None, ["assay itself"]),
        (
            Now(SAME.identity, SAME.source, samples.replace(SAME.environment, cores=64)),
            None,
            ["the machine or the packages"],
        ),
        (SAME, samples.FIX, ["the emergency fix"]),
    ],
)
def test_what_has_changed_is_named(evidence, now, fix, found):
    attempt = read(evidence, now)
    assert attempt.differences(attempt.interrupted.admission, fix) == found
    same = now.identity == SAME.identity
    assert attempt.is_of(SAME.identity) == same
