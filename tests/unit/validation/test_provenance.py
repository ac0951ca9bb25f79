"""Inputs, seed, attempt, environment: what each refuses, and what it lets pass."""

from pathlib import Path
from typing import Any

import pytest
from cases import CODE, DESIGN, FEATURES, SOURCE, case, design_text, only, told
from expected import below, failed, passed
from runs_by_hand import BEGAN

import evidence_samples as samples
from assay.core.errors import Category
from assay.core.seeds import derive_seed
from assay.evidence.ledger import Begun, Stopped
from assay.evidence.outcome import Failure
from assay.validation import provenance
from assay.validation.case import PLACES, Here, Options

OTHER = "sha256:" + "2" * 64


# inputs


def test_inputs_that_were_trained_from():
    found = list(provenance.check_inputs(case()))
    assert told(found) == passed("inputs")
    assert "all 3 inputs" in only(found).message


@pytest.mark.parametrize(
    ("name", "path", "content"),
    [
        ("design", DESIGN, design_text() + b"\n"),
        ("code/model_1.py", CODE, SOURCE + b"#"),
        ("features", FEATURES, b"I1\n."),
        ("features", FEATURES, None),
    ],
)
def test_inputs_that_changed_since(name, path, content):
    found = list(provenance.check_inputs(case(after={path.as_posix(): content})))
    assert told(found) == failed("inputs", action="RERUN")
    assert (only(found).measured, only(found).required) == ([name], [])
    assert told(provenance.check_seed(case(after={path.as_posix(): content}))) == [
        ("seed", "skipped", True, None, None)
    ]


@pytest.mark.parametrize("content", [None, b"#"])
@pytest.mark.parametrize("copy", [f"inputs/{DESIGN.name}", "inputs/code/model_1.py"])
def test_copies_that_are_not_those_of_the_inputs(copy, content):
    found = list(provenance.check_inputs(case(after={below(copy): content})))
    assert told(found) == failed("inputs", action="RERUN")
    assert only(found).measured == []


@pytest.mark.parametrize("how", ["after", "odd"])
def test_what_lies_beside_the_copies_is_no_input(how):
    name = below("inputs/code/numpy.py")
    given = {"after": {name: b""}} if how == "after" else {"odd": {name: "a link"}}
    found = list(provenance.check_inputs(case(**given)))
    assert told(found) == failed("inputs")
    assert only(found).measured == ["inputs/code/numpy.py"]


@pytest.mark.parametrize(
    "other",
    [
        {"admission": {"digests": {"design": OTHER}}},
        {"outcome": {"inputs": {"design": OTHER}}},
    ],
)
def test_records_that_name_other_inputs(other):
    found = list(provenance.check_inputs(case(**other)))
    assert told(found) == failed("inputs")
    assert "name different inputs" in only(found).message


def test_inputs_that_are_not_there():
    found = list(
        provenance.check_inputs(case(inputs={}, inputs_problem="the features are missing"))
    )
    assert told(found) == failed("inputs", action="RERUN")


def test_the_list_of_the_director():
    listed = dict(case().digests)
    options = Options(frozen=Path("frozen.json"))
    assert not list(provenance.check_frozen(case()))
    same = provenance.check_frozen(case(options=options, frozen=listed))
    assert told(same) == passed("frozen")
    for other in (listed | {"design": OTHER}, {}, listed | {"code/helper.py": OTHER}):
        found = list(provenance.check_frozen(case(options=options, frozen=other)))
        assert told(found) == failed("frozen")
        assert "frozen.json" in only(found).message
    upstream = {**case().inputs, "upstream/2": PLACES.results(2)}
    more = case(options=options, frozen=listed, inputs=upstream)
    assert told(provenance.check_frozen(more)) == passed("frozen")


# seed


def test_a_seed_that_follows_from_inputs_and_nonce():
    found = list(provenance.check_seed(case()))
    assert told(found) == passed("seed")
    assert "the evidence's nonce" in only(found).message


def case_with(record, values):
    """Return a case of which one record says something else."""
    others: dict[str, Any] = {record: values}
    return case(**others)


@pytest.mark.parametrize("record", ["predicate", "outcome", "admission"])
def test_a_seed_that_was_picked(record):
    found = list(provenance.check_seed(case_with(record, {"seed": "cd" * 32})))
    assert told(found) == failed("seed")
    assert "cd" * 32 in only(found).measured


def test_the_nonce_of_the_director():
    seed = {"seed": derive_seed(case().digests, "n")}
    nonced: dict[str, Any] = {
        "admission": seed | {"nonce": "n"},
        "outcome": seed,
        "predicate": seed | {"nonce": "n"},
    }
    assert told(provenance.check_seed(case(**nonced))) == passed("seed")
    asked = list(provenance.check_seed(case(options=Options(nonce="n"), **nonced)))
    assert told(asked) == passed("seed")
    assert "the director's nonce" in only(asked).message
    other = provenance.check_seed(case(options=Options(nonce="m"), **nonced))
    assert told(other) == failed("seed")
    empty = provenance.check_seed(case(options=Options(nonce=""), **nonced))
    assert told(empty) == failed("seed")


# attempt


def attempts(*lines, number=1, **how):
    told_of = {"outcome": {"attempt": number}, "predicate": {"attempt": number}}
    own = {"seed": case().admission.seed}
    ledger = tuple(
        line.model_copy(update=own) if getattr(line, "seed", None) == "" else line for line in lines
    )
    return case(ledger=ledger, **told_of | how)


def begun(number):
    return Begun(attempt=number, at="a")


def ended(number, seed="", **others):
    return samples.ended(attempt=number, seed=seed, **others)


CONVERGENCE = Category.CONVERGENCE
FAILED = {
    "status": "failed",
    "failure": Failure(category=CONVERGENCE, stage="fit", summary="it diverged"),
}


def test_the_newest_attempt():
    found = list(provenance.check_attempt(attempts(begun(1), ended(1))))
    assert told(found) == passed("attempt")
    again = attempts(begun(1), ended(1, **FAILED), begun(2), ended(2), number=2)
    assert told(provenance.check_attempt(again)) == passed("attempt")


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ([], 1),
        ([begun(1), ended(1), begun(2)], 1),
        ([begun(1), ended(1), begun(2), ended(2)], 1),
        ([begun(1), ended(1)], 2),
        ([begun(2), ended(2)], 2),
        ([begun(1), begun(1), ended(1)], 1),
        ([begun(2), begun(1), ended(2)], 2),
        ([begun(1), ended(1), ended(2)], 1),
    ],
)
def test_evidence_of_another_attempt_than_the_newest(lines, number):
    found = list(provenance.check_attempt(attempts(*lines, number=number)))
    assert told(found) == failed("attempt")
    assert "not of the newest attempt" in only(found).message


@pytest.mark.parametrize("record", ["outcome", "predicate"])
def test_one_record_of_another_attempt(record):
    found = list(provenance.check_attempt(case_with(record, {"attempt": 2})))
    assert "not of the newest attempt" in only(found).message


@pytest.mark.parametrize(
    ("lines", "how", "said"),
    [
        ([begun(1), ended(1, **FAILED)], {"outcome": {"attempt": 1} | FAILED}, "it diverged"),
        ([begun(1), ended(1)], {"outcome": {"attempt": 1} | FAILED}, "it diverged"),
        ([begun(1), ended(1, **FAILED)], {}, "no reason recorded"),
        ([begun(1), Stopped(attempt=1, at="b", reason="r")], {}, "no reason recorded"),
    ],
)
def test_an_attempt_that_failed(lines, how, said):
    found = list(provenance.check_attempt(attempts(*lines, **how)))
    assert told(found) == failed("attempt", action="RERUN")
    assert said in only(found).message


def test_outcome_or_ledger_of_another_run():
    other = attempts(begun(1), ended(1, "cd" * 32))
    assert told(provenance.check_attempt(other)) == failed("attempt")
    assert told(provenance.check_attempt(case(outcome={"model": 2}))) == failed("attempt")


def test_shopping_for_a_seed_is_told():
    twice = (begun(1), ended(1, "ab" * 32), begun(2), ended(2, "ab" * 32))
    assert not list(provenance.check_shopping(case(ledger=twice)))
    other = (*twice, begun(3), ended(3, "cd" * 32))
    found = list(provenance.check_shopping(case(ledger=other)))
    assert told(found) == [("shopping", "warn", False, None, None)]
    assert (only(found).measured, only(found).required) == (2, 1)
    assert "3 attempts with 2 different seeds" in only(found).message


# environment and source


@pytest.mark.parametrize(
    ("part", "value", "matters"),
    [
        ("python", "3.12.0", True),
        ("implementation", "pypy", True),
        ("machine", "aarch64", True),
        ("pinned", {}, True),
        ("packages", {"numpy": "2.0.1", "pymc": None}, True),
        ("platform", "Other", False),
        ("processor", "other", False),
        ("cores", 99, False),
    ],
)
def test_where_bits_must_agree(part, value, matters):
    here = Here(BEGAN, samples.ENVIRONMENT.model_copy(update={part: value}), samples.DIGEST)
    found = list(provenance.check_environment(case(here=here)))
    doubt = [("environment", "warn", True, None, None)]
    assert told(found) == (doubt if matters else passed("environment"))
    assert not matters or only(found).measured == [part]


def test_which_assay_trained():
    assert told(provenance.check_source(case())) == passed("source")
    found = list(provenance.check_source(case(admission={"source": OTHER})))
    assert told(found) == [("source", "warn", True, None, None)]
    assert (only(found).measured, only(found).required) == (OTHER, samples.DIGEST)
