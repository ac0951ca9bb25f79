"""Manifest, signature, files, chain: what each refuses, and what it lets pass."""

from pathlib import Path

import pytest
from cases import EVIDENCE, FEATURES, RESULTS, case, only, told
from expected import below, failed, passed
from runs_by_hand import at

from assay.evidence.progress import End, Phase, Resume, Start
from assay.evidence.progress import Stopped as Stop
from assay.evidence.record import to_bytes
from assay.validation import structure
from assay.validation.case import PLACES, Keys, Options

LOG = PLACES.training_log(1).as_posix()
OTHER = "sha256:" + "2" * 64


# structure


def test_evidence_that_can_be_read():
    assert told(structure.check_structure(case())) == passed("structure")


@pytest.mark.parametrize("content", [None, b"{}"])
@pytest.mark.parametrize("name", ["manifest.json", "signature.json"])
def test_evidence_that_is_not_sealed(name, content):
    found = list(structure.check_structure(case(after={below(name): content})))
    assert told(found) == failed("structure", action="RERUN")
    assert "there is no sealed evidence" in only(found).message
    assert name in only(found).message


@pytest.mark.parametrize("content", [None, b"{}\n"])
@pytest.mark.parametrize("name", ["admission.json", "outcome.json", "attempts.jsonl"])
def test_a_record_that_assay_did_not_write(name, content):
    found = list(structure.check_structure(case(after={below(name): content})))
    assert told(found) == failed("structure")
    assert name in only(found).message


def test_the_evidence_of_another_model():
    found = list(structure.check_structure(case(predicate={"model": 2})))
    assert told(found) == failed("structure")
    assert (only(found).measured, only(found).required) == (2, 1)


# signature


@pytest.mark.parametrize(
    ("options", "whose"),
    [(Options(), "the workspace's own"), (Options(trusted_keys=(Path("k.pem"),)), "trusts")],
)
def test_who_signed_is_told(options, whose):
    found = list(structure.check_signature(case(options=options)))
    assert told(found) == passed("signature")
    assert whose in only(found).message
    assert only(found).measured == case().seal.keyid[:16]


@pytest.mark.parametrize(
    ("options", "whose"),
    [(Options(), "a public key in keys/"), (Options(trusted_keys=(Path("k.pem"),)), "a trusted")],
)
def test_somebody_else_signed(options, whose):
    found = list(structure.check_signature(case(options=options, keys=Keys())))
    assert told(found) == failed("signature")
    assert whose in only(found).message
    assert only(found).measured == case().seal.keyid[:16]


def test_a_key_that_is_none_is_no_reason_to_look_at_the_others_only():
    keys = Keys(case().keys.keys, "x.pem holds no public key")
    found = list(structure.check_signature(case(keys=keys)))
    assert told(found) == failed("signature")
    assert only(found).message == keys.problem


# files


def test_all_files_are_as_they_were_sealed():
    found = only(structure.check_files(case()))
    assert (found.status, found.measured, found.required) == ("pass", 31, 31)


@pytest.mark.parametrize(
    ("kind", "change", "named"),
    [
        ("extra", {below("more.txt"): b""}, below("more.txt")),
        ("missing", {LOG: None}, LOG),
        ("missing", {below("fit.npz"): None}, below("fit.npz")),
        ("changed", {below("fit.npz"): b""}, below("fit.npz")),
        ("changed", {LOG: b""}, LOG),
    ],
)
def test_files_that_are_not_those_sealed(kind, change, named):
    found = list(structure.check_files(case(after=change)))
    assert told(found) == failed("files")
    assert only(found).message == f"{kind}, compared with what was sealed: {named}"
    assert (only(found).measured, only(found).required) == ([named], [])


@pytest.mark.parametrize("kind", ["a link", "a pipe"])
@pytest.mark.parametrize("name", [below("fit.npz"), LOG])
def test_what_is_no_file_is_named_and_counts_as_nothing_else(kind, name):
    found = list(structure.check_files(case(after={name: None}, odd={name: kind})))
    assert told(found) == failed("files")
    assert only(found).message == f"{kind}, compared with what was sealed: {name}"


def test_odd_results_and_inputs_are_for_others_to_judge():
    odd = {RESULTS.as_posix(): "a link", FEATURES.as_posix(): "a pipe"}
    assert told(structure.check_files(case(odd=odd))) == passed("files")


@pytest.mark.parametrize(("count", "dots"), [(5, False), (6, True)])
def test_five_names_are_shown(count, dots):
    more = {below(f"more_{k}"): b"" for k in range(count)}
    message = only(structure.check_files(case(after=more))).message
    assert message.count("more_") == 5
    assert message.endswith(" ...") == dots


# published


def test_results_that_training_produced():
    assert told(structure.check_published(case())) == passed("published")


def test_results_that_it_did_not():
    name = RESULTS.as_posix()
    edited = structure.check_published(case(after={name: b"name,x\n"}))
    assert told(edited) == failed("published")
    gone = structure.check_published(case(after={name: None}))
    assert told(gone) == failed("published", action="RERUN")
    link = list(structure.check_published(case(odd={name: "a link"})))
    assert told(link) == failed("published")
    assert "is a link" in only(link).message
    other = only(structure.check_published(case(predicate={"results": OTHER})))
    assert (other.status, other.required) == ("fail", OTHER)


# chain


def chain(*lines):
    return list(structure.check_chain(case(progress=list(lines))))


def test_a_log_from_start_to_end():
    found = chain(at(Start, 0.0), at(Phase, 1.0), at(End, 2.0))
    assert told(found) == passed("chain")
    assert "3 lines" in only(found).message
    resumed = chain(at(Start, 0.0), at(Stop, 1.0), at(Resume, 2.0), at(End, 3.0))
    assert told(resumed) == passed("chain")
    ended = chain(at(Start, 0.0), at(End, 1.0), at(Resume, 2.0), at(End, 3.0))
    assert told(ended) == passed("chain")


@pytest.mark.parametrize(
    "lines",
    [
        [at(Start, 0.0)],
        [at(Phase, 0.0), at(End, 1.0)],
        [at(Phase, 0.0), at(Start, 1.0), at(End, 1.0)],
        [at(Start, 0.0), at(Start, 1.0), at(End, 2.0)],
        [at(Start, 0.0), at(Phase, 1.0)],
        [at(Start, 0.0), at(Stop, 1.0)],
        [at(Start, 0.0), at(End, 1.0), at(End, 2.0)],
        [at(Start, 0.0), at(End, 1.0), at(Phase, 2.0), at(End, 3.0)],
        [at(Start, 0.0), at(Stop, 1.0), at(Phase, 2.0), at(End, 3.0)],
    ],
)
def test_a_log_that_does_not_run_from_one_start_to_an_end(lines):
    assert told(chain(*lines)) == failed("chain")


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "is missing"), (b"", "is empty"), (b"{}\n", "line 1"), (b"\xff\n", "line 1")],
)
def test_a_log_that_assay_did_not_write(content, words):
    found = list(structure.check_chain(case(after={below("progress.jsonl"): content})))
    assert told(found) == failed("chain")
    assert words in only(found).message


def test_a_line_that_does_not_follow_from_the_one_before():
    honest = case(progress=[at(Start, 0.0), at(Phase, 1.0), at(End, 2.0)])
    lines = honest.content(EVIDENCE / "progress.jsonl").splitlines(keepends=True)
    less = case(after={below("progress.jsonl"): lines[0] + lines[2]})
    found = list(structure.check_chain(less))
    assert told(found) == failed("chain")
    assert "line 2 does not follow" in only(found).message


def test_a_record_is_written_in_one_way_only():
    outcome = to_bytes(case().outcome)
    spaced = case(after={below("outcome.json"): outcome.replace(b": ", b":  ", 1)})
    assert "is not written as assay writes it" in only(structure.check_structure(spaced)).message
