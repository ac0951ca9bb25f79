"""progress.jsonl: numbered, chained, and read back only as it was written."""

import hashlib
import json

import pytest

import evidence_samples as samples
from assay.evidence.progress import (
    FIRST,
    Checkpoint,
    End,
    Heartbeat,
    Phase,
    ProgressLog,
    Resume,
    Start,
    Stopped,
    parse_progress,
    read_whole_lines,
)
from assay.evidence.record import EvidenceError, to_line
from assay.evidence.sessions import gaps, phase_seconds, sessions, stretches


def write(path, earlier=(), *, end=True):
    log = ProgressLog(path, earlier)
    if earlier:
        log.append(Resume, samples.used(), phase="start", reason="killed")
    else:
        log.append(Start, samples.used(), phase="start")
    log.append(Phase, samples.state("sample"))
    metrics = {"loss": "inf", "rhat": 1.01}
    log.append(Heartbeat, samples.state("sample", 10, 100, metrics=metrics))
    log.append(Checkpoint, file="checkpoints/0.npz", digest="sha256:0", bytes=10, meta={"step": 1})
    if end:
        log.append(End, samples.state("end"))
    else:
        log.append(Stopped, samples.state("end"), reason="asked")
    log.close()
    return path.read_bytes()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "progress.jsonl"


def test_lines_are_numbered_and_chained_by_hash(log):
    lines = write(log).splitlines(keepends=True)
    records = [json.loads(line) for line in lines]
    assert records[0]["previous"] == FIRST
    for line, following in zip(lines, records[1:], strict=False):
        assert following["previous"] == "sha256:" + hashlib.sha256(line).hexdigest()
    assert [record["sequence"] for record in records] == [0, 1, 2, 3, 4]


def test_what_is_written_is_read_back(log):
    records = parse_progress(write(log))
    assert records == read_whole_lines(log)
    assert [r.event for r in records] == ["start", "phase", "heartbeat", "checkpoint", "end"]
    beat = records[2]
    assert isinstance(beat, Heartbeat)
    assert beat.metrics == {"loss": "inf", "rhat": 1.01}
    assert parse_progress(b"") == ()


def test_a_session_goes_on_after_the_lines_that_are_whole(log):
    write(log, end=False)
    with log.open("ab") as stream:
        stream.write(b'{"version": 1, "sequ')
    with pytest.raises(EvidenceError, match=r"progress\.jsonl, line 6 is not"):
        parse_progress(log.read_bytes())
    earlier = read_whole_lines(log)
    assert len(earlier) == 5
    records = parse_progress(write(log, earlier))
    assert len(records) == 10
    assert records[5].elapsed_seconds >= records[4].elapsed_seconds
    assert [len(lines) for lines in sessions(records)] == [5, 5]
    assert gaps(records) == [(records[4], records[5])]


@pytest.mark.parametrize(
    "forge",
    [
        lambda lines: [lines[1], *lines[1:]],
        lambda lines: [lines[0], lines[2], *lines[3:]],
        lambda lines: [lines[0].replace(b'"start"', b'"begin"'), *lines[1:]],
        lambda lines: [lines[0], lines[1].replace(b'"sequence": 1', b'"sequence": 2'), *lines[2:]],
        lambda lines: [*lines[:2], lines[2].replace(b'"step": 10', b'"step": -1'), *lines[3:]],
        lambda lines: [*lines[:2], lines[2].replace(b'"inf"', b"Infinity"), *lines[3:]],
        lambda lines: [*lines[:2], lines[2].replace(b'"inf"', b'"huge"'), *lines[3:]],
        lambda lines: [*lines[:3], lines[3].replace(b'"bytes": 10', b'"bytes": 1e1'), lines[4]],
        lambda lines: [*lines[:4], lines[4].replace(b'"timestamp": ', b'"timestamp": 9999999')],
        lambda lines: [*lines[:4], lines[4].replace(b'"monotonic": ', b'"monotonic": -')],
        lambda lines: [*lines, b"\n"],
        lambda lines: [*lines[:4], lines[4][:-1]],
        lambda lines: [lines[0], b"\r" + lines[1], *lines[2:]],
    ],
)
def test_what_is_no_log_of_assay_is_refused_and_the_line_named(log, forge):
    lines = write(log).splitlines(keepends=True)
    forged = forge(lines)
    first = next((k for k, (a, b) in enumerate(zip(lines, forged, strict=False)) if a != b), 5)
    with pytest.raises(EvidenceError, match=rf"progress\.jsonl, line {first + 1} "):
        parse_progress(b"".join(forged))
    log.write_bytes(b"".join(forged))
    assert len(read_whole_lines(log)) == first


def test_a_changed_line_breaks_the_next(log):
    lines = write(log).splitlines(keepends=True)
    lines[2] = lines[2].replace(b"1.01", b"1.02")
    with pytest.raises(EvidenceError, match="line 4 does not follow"):
        parse_progress(b"".join(lines))


def line_at(kind, monotonic, cpu, **values):
    stamps = {"sequence": 0, "timestamp": monotonic, "elapsed_seconds": 0.0, "previous": FIRST}
    parts = samples.used(cpu) if kind in (Start, Resume) else samples.state(cpu=cpu)
    return kind(**stamps | dict(parts) | {"monotonic": monotonic} | values)


def test_phases_have_their_own_seconds_in_every_session():
    records = [
        line_at(Start, 0.0, 0.5, phase="start"),
        line_at(Phase, 1.0, 1.0, phase="build"),
        line_at(Phase, 3.0, 4.0, phase="sample"),
        line_at(Heartbeat, 9.0, 9.0),
        line_at(Resume, 100.0, 9.0, phase="start", reason=""),
        line_at(Phase, 101.0, 9.5, phase="sample"),
    ]
    assert list(stretches(records)) == [
        ("start", 1.0, 0.5),
        ("build", 2.0, 3.0),
        ("sample", 6.0, 5.0),
        ("start", 1.0, 0.5),
    ]
    assert phase_seconds(records) == {"start": 2.0, "build": 2.0, "sample": 6.0}
    assert to_line(records[0]).startswith(b'{"version": 1, "sequence": 0, "event": "start"')
