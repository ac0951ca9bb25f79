"""Evidence cut short or garbled at any byte: what is whole is read, the rest is no traceback."""

import base64
import hashlib
import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assay.core.workspace import MANIFEST, SIGNATURE
from assay.evidence.keys import parse_public_key, publish_key, signing_key
from assay.evidence.ledger import LEDGER as LEDGER_NAME
from assay.evidence.ledger import Begun, Stopped, read_ledger
from assay.evidence.progress import FIRST, Checkpoint, read_whole_lines
from assay.evidence.record import EvidenceError, to_line
from assay.evidence.seal import PAYLOAD, PREDICATE, STATEMENT, SealError, read_seal

ODD = "größe, \u2028 and \x85"  # what some readers take for ends of lines
WRONG = (b"1\n", b"null\n", b"[]\n", b"{}\n", b'"text"\n', b"\xff\n", b"NaN\n", b"\n", b"\0", b" ")
GARBAGE = st.binary(min_size=1) | st.sampled_from((*WRONG, b"[" * 5000 + b"\n"))
CHARACTERS = st.characters(codec="utf-8")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(CHARACTERS),
    lambda values: (
        st.lists(values, max_size=3) | st.dictionaries(st.text(CHARACTERS), values, max_size=3)
    ),
    max_leaves=5,
)


def progress_lines():
    lines, previous = [], FIRST
    for sequence in range(4):
        stored = Checkpoint(
            sequence=sequence,
            timestamp=1.8e9 + sequence,
            monotonic=float(sequence),
            elapsed_seconds=float(sequence),
            previous=previous,
            file=f"checkpoints/0000{sequence}_state.npz",
            digest=FIRST,
            bytes=17,
            meta={"names": [ODD]},
        )
        lines.append(to_line(stored))
        previous = "sha256:" + hashlib.sha256(lines[-1]).hexdigest()
    return lines


PROGRESS = progress_lines()
LEDGER = [
    to_line(Begun(attempt=1, at="2026-01-01T00:00:00+00:00")),
    to_line(Stopped(attempt=1, at="2026-01-01T00:01:00+00:00", reason=ODD)),
    to_line(Begun(attempt=2, at="2026-01-01T00:02:00+00:00")),
]


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    return tmp_path_factory.mktemp("evidence")


def progress(evidence, content):
    path = evidence / "progress.jsonl"
    path.write_bytes(content)
    return read_whole_lines(path)


def ledger(evidence, content):
    (evidence / LEDGER_NAME).write_bytes(content)
    return read_ledger(evidence)


def garbled(lines, at, garbage):
    """Return the bytes of a file with garbage in the place of as many, and its untouched lines."""
    content = b"".join(lines)
    at %= len(content)
    changed = content[:at] + garbage + content[at + len(garbage) :]
    if changed == content:
        return content, len(lines)
    return changed, content.count(b"\n", 0, at)


def test_every_line_counts(evidence):
    for lines, read in ((PROGRESS, progress), (LEDGER, ledger)):
        each = [read(evidence, b"".join(lines[:count])) for count in range(len(lines) + 1)]
        assert all(fewer != more for fewer, more in pairwise(each))


@given(st.integers(0, len(b"".join(PROGRESS))))
def test_a_log_cut_anywhere_keeps_its_whole_lines(evidence, at):
    content = b"".join(PROGRESS)[:at]
    lines = progress(evidence, content)
    assert len(lines) == content.count(b"\n")
    assert lines == progress(evidence, b"".join(PROGRESS))[: len(lines)]


@given(st.integers(0, 10_000), GARBAGE)
def test_a_log_garbled_anywhere_keeps_the_lines_before_and_at_most_that_one(evidence, at, garbage):
    content, kept = garbled(PROGRESS, at, garbage)
    lines = progress(evidence, content)
    assert kept <= len(lines) <= kept + 1
    assert lines[:kept] == progress(evidence, b"".join(PROGRESS))[:kept]


@given(GARBAGE)
def test_whatever_a_log_holds_is_read_without_an_error(evidence, garbage):
    assert len(progress(evidence, garbage)) == 0


@given(st.integers(0, len(b"".join(LEDGER))))
def test_a_ledger_cut_anywhere_keeps_its_whole_lines(evidence, at):
    content = b"".join(LEDGER)[:at]
    whole = b"".join(LEDGER[: content.count(b"\n")])
    assert ledger(evidence, content) == ledger(evidence, whole)


@given(st.integers(0, 10_000), GARBAGE)
@example(0, b"\xff")
def test_a_garbled_ledger_is_read_or_refused_in_words(evidence, at, garbage):
    for content in (garbage, garbled(LEDGER, at, garbage)[0]):
        try:
            ledger(evidence, content)
        except EvidenceError as error:
            assert LEDGER_NAME in str(error)


def sealed():
    """Return a manifest as plain values, and what signs it, though the signature is of nobody."""
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": f"data/{ODD}.csv", "digest": {"sha256": "0" * 64}}],
        "predicateType": PREDICATE,
        "predicate": {
            "version": 1,
            "model": 1,
            "attempt": 1,
            "status": "trained",
            "method": "convex",
            **dict.fromkeys(("seed", "nonce"), ""),
            "inputs": {},
            **dict.fromkeys(("source", "started", "finished", "results"), ""),
        },
    }
    envelope = {
        "payload": "",
        "payloadType": PAYLOAD,
        "signatures": [{"keyid": "0" * 64, "sig": "AAAA"}],
    }
    return statement, envelope


def as_file(values):
    return (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode()


def put(values, place, value):
    """Put a value at a place below plain values."""
    for part in place[:-1]:
        values = values[part]
    values[place[-1]] = value


def keys_in(evidence):
    return [parse_public_key(path.read_bytes(), path.name) for path in evidence.glob("*.pem")]


def judged(evidence, manifest, envelope):
    """Return whether a seal is read (else it is refused in words); nobody has signed it."""
    (evidence / MANIFEST).write_bytes(manifest)
    (evidence / SIGNATURE).write_bytes(as_file(envelope))
    try:
        seal = read_seal(evidence)
    except SealError as error:
        assert str(error)
        return False
    assert seal.payload == manifest
    assert not seal.signed_by(keys_in(evidence))
    return True


def enclosing(manifest):
    """Return an envelope around a manifest, as a plain value."""
    return {**sealed()[1], "payload": base64.b64encode(manifest).decode()}


MANIFEST_PLACES = (
    *(("_type",), ("predicateType",), ("predicate",), ("subject",), ("subject", 0)),
    *(("subject", 0, "name"), ("subject", 0, "digest"), ("subject", 0, "digest", "sha256")),
)
ENVELOPE_PLACES = (
    *(("payload",), ("payloadType",), ("signatures",), ("signatures", 0)),
    *(("signatures", 0, "keyid"), ("signatures", 0, "sig")),
)


@pytest.fixture(scope="module")
def key(evidence):
    """Publish a key."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_SIGNING_KEY", str(evidence / "private"))
        publish_key(signing_key(), evidence)


def test_a_seal_is_read_though_nobody_signed_it(evidence, key):
    manifest = as_file(sealed()[0])
    assert judged(evidence, manifest, enclosing(manifest))
    assert set(read_seal(evidence).files) == {f"data/{ODD}.csv"}


@given(st.integers(0, 10_000), GARBAGE)
def test_a_garbled_manifest_is_no_longer_the_one_that_was_signed(evidence, key, at, garbage):
    manifest = as_file(sealed()[0])
    content, _ = garbled([manifest], at, garbage)
    assert judged(evidence, content, enclosing(manifest)) == (content == manifest)


@given(GARBAGE)
def test_a_manifest_of_any_bytes_is_refused(evidence, key, garbage):
    assert not judged(evidence, garbage, enclosing(garbage))


@given(st.sampled_from(MANIFEST_PLACES), JSON)
def test_a_manifest_of_any_values_is_read_or_refused(evidence, key, place, value):
    statement, _ = sealed()
    put(statement, place, value)
    judged(evidence, as_file(statement), enclosing(as_file(statement)))


@given(st.sampled_from(ENVELOPE_PLACES), JSON)
@example(("signatures", 0, "sig"), "ö")
@example(("signatures", 0, "sig"), 5)
@example(("signatures", 0, "keyid"), [])
def test_an_envelope_of_any_values_is_read_or_refused(evidence, key, place, value):
    manifest = as_file(sealed()[0])
    envelope = enclosing(manifest)
    put(envelope, place, value)
    judged(evidence, manifest, envelope)
