"""One way to write a record, and everything else refused."""

import json

import pytest
from pydantic import ValidationError

import evidence_samples as samples
from assay.core.criteria import judge
from assay.core.errors import Category
from assay.evidence.admission import Admission, environment_now, read_admission
from assay.evidence.ledger import LINE as LEDGER_LINE
from assay.evidence.ledger import Begun
from assay.evidence.outcome import Failure, Outcome
from assay.evidence.record import EvidenceError, read, read_line, to_bytes, to_line

FAILED = Failure(
    category=Category.CONVERGENCE, stage="convergence", summary="no", violations=("row 1",)
)


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (Admission, samples.admission()),
        (Admission, samples.admission(emergency_fix=samples.FIX, environment=environment_now())),
        (Outcome, samples.outcome(title="Über | pipes", emergency=samples.FIX)),
        (Outcome, samples.outcome(status="failed", failure=FAILED)),
        (Outcome, samples.outcome(criteria=(judge("ess", 1e22, ">", 400, where="τ"),))),
        (Outcome, samples.outcome(parameters={"tolerance": 1e-08, "none": None, "on": True})),
    ],
)
def test_what_is_written_is_read_back_as_it_was(kind, record):
    content = to_bytes(record)
    assert read(kind, content, "a.json") == record
    assert content.startswith(b'{\n "version": 1,\n')
    assert content.endswith(b"}\n")
    assert read_line(kind, to_line(record), "a.jsonl") == record


def edited(content, change):
    record = json.loads(content)
    change(record)
    return (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode()


WRITTEN = to_bytes(samples.outcome())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]\n",
        b"\xff",
        WRITTEN[:-1],
        WRITTEN + b"\n",
        WRITTEN + b"{}",
        b" " + WRITTEN,
        b"\xef\xbb\xbf" + WRITTEN,
        WRITTEN.replace(b"\n", b"\r\n"),
        WRITTEN.replace(b'"model": 1', b'"model":  1'),
        WRITTEN.replace(b'"model": 1', b'"model": 2,\n "model": 1'),
        WRITTEN.replace(b'"model": 1', b'"model": 1.0'),
        WRITTEN.replace(b'"model": 1', b'"model": true'),
        WRITTEN.replace(b'"model": 1', b'"model": 0'),
        WRITTEN.replace(b'"model": 1', b'"model": 1' + b"0" * 30),
        WRITTEN.replace(b'"model": 1', b'"model": 1' + b"0" * 5000),
        WRITTEN.replace(b'"version": 1', b'"version": 2'),
        WRITTEN.replace(b' "version": 1,\n', b""),
        WRITTEN.replace(b'"wall_seconds": 1.5', b'"wall_seconds": 15e-1'),
        WRITTEN.replace(b'"wall_seconds": 1.5', b'"wall_seconds": 1.50'),
        WRITTEN.replace(b'"wall_seconds": 1.5', b'"wall_seconds": 2'),
        WRITTEN.replace(b'"wall_seconds": 1.5', b'"wall_seconds": NaN'),
        WRITTEN.replace(b'"wall_seconds": 1.5', b'"wall_seconds": 1e999'),
        WRITTEN.replace(b'"wall_seconds": 1.5', b'"wall_seconds": -1.5'),
        WRITTEN.replace(b'"parameters": {}', b'"parameters": {"a": NaN}'),
        WRITTEN.replace(b'"parameters": {}', b'"parameters": {"a": 1e999}'),
        WRITTEN.replace(b'"parameters": {}', b'"parameters": {"a": 1, "a": 1}'),
        WRITTEN.replace(
            b'"parameters": {}', b'"parameters": ' + b'{"a":' * 900 + b"1" + b"}" * 900
        ),
        WRITTEN.replace(b"Eight", b"\\u0045ight"),
        WRITTEN.replace(b"Eight", b"\\ud800"),
        WRITTEN.replace(b'"trained"', b'"approved"'),
        edited(WRITTEN, lambda record: record.update(note="more")),
        edited(WRITTEN, lambda record: record["timing"].update(note="more")),
        edited(WRITTEN, lambda record: record.pop("rows")),
        edited(WRITTEN, lambda record: record.update(seed=record.pop("seed"))),
    ],
)
def test_written_otherwise_it_is_refused_by_its_name(content):
    assert content != WRITTEN
    with pytest.raises(EvidenceError, match=r"outcome\.json"):
        read(Outcome, content, "outcome.json")


def test_a_refusal_says_what_and_where():
    with pytest.raises(EvidenceError, match=r"timing\.wall_seconds: Input should be"):
        read(Outcome, WRITTEN.replace(b"1.5", b'"x"'), "outcome.json")
    with pytest.raises(EvidenceError, match=r"byte \d+ and what follows \('e0,"):
        read(Outcome, WRITTEN.replace(b"1.5", b"1e0"), "outcome.json")


def test_a_line_is_of_the_kind_that_its_event_names():
    line = to_line(Begun(attempt=1, at="now"))
    assert line == b'{"version": 1, "event": "begun", "attempt": 1, "at": "now"}\n'
    assert read_line(LEDGER_LINE, line, "l") == Begun(attempt=1, at="now")
    for other in (line.replace(b"begun", b"ended"), line.replace(b"begun", b"x"), line[:-1]):
        with pytest.raises(EvidenceError):
            read_line(LEDGER_LINE, other, "l")


def test_half_a_surrogate_pair_costs_no_training_its_evidence():
    odd = "file \udc80\ud83d"
    record = samples.outcome(title=odd, parameters={"file": odd, odd: 1}, issues=(odd,))
    back = read(Outcome, to_bytes(record), "outcome.json")
    assert (back.title, back.parameters["file"], back.issues) == (
        "file ??",
        "file ??",
        ("file ??",),
    )


def test_a_number_that_json_cannot_say_is_never_written():
    with pytest.raises(ValidationError):
        samples.timing(wall_seconds=float("inf"))
    with pytest.raises(ValueError, match="JSON compliant"):
        to_bytes(samples.outcome(parameters={"a": float("nan")}))


def test_records_do_not_change():
    with pytest.raises(ValidationError):
        samples.outcome().status = "failed"


def test_an_admission_is_read_from_its_file(tmp_path):
    path = tmp_path / "admission.json"
    path.write_bytes(to_bytes(samples.admission()))
    assert read_admission(path) == samples.admission()
    path.write_bytes(b"{}\n")
    with pytest.raises(EvidenceError, match=r"admission\.json is not what assay writes"):
        read_admission(path)


@pytest.mark.parametrize(
    "wrong", [{"heartbeat_seconds": 0.0}, {"cores": 0}, {"cores": 1.0}, {"nonce": 1}]
)
def test_conditions_of_an_admission_are_what_they_must_be(wrong):
    with pytest.raises(ValidationError):
        samples.admission(**wrong)
