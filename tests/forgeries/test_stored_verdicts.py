"""Verdicts and approvals are files too: edited ones raise an alarm, and none is ever believed."""

import json

import pytest
from tools import edit_text, reseal_as_it_is, train_again

from assay.campaign.admission import input_files
from assay.campaign.audit import audit
from assay.commands.approve import approve
from assay.commands.validate import renew_decision, write_validation
from assay.core.files import digest_file
from assay.evidence.publication import PublicationRefusedError
from assay.evidence.record import to_bytes
from assay.evidence.verdict import Attempts
from assay.evidence.verdict_file import read_verdict
from assay.validation.case import Options
from assay.validation.model import validate_model

OPTIONS = Options(replay="full", cores=2)


@pytest.fixture
def judged(workshop, tmp_path):
    """Return a forger whose honest run was approved, with verdict and approval on record."""
    forger = workshop.forger("iterative", tmp_path / "workspace")
    write_validation(forger.workspace, forger.model, OPTIONS, "Toy")
    approve(forger.workspace, forger.model)
    assert not alarm(forger)
    return forger


def alarm(forger):
    """Return what the audit says of the forger's model."""
    inputs = input_files(forger.workspace, forger.model, ())
    return audit(forger.workspace, {forger.model: inputs}).get(forger.model)


def test_an_edited_verdict_is_not_read(judged):
    path = judged.workspace.verdict(judged.model)
    edit_text(path, lambda text: text.replace("APPROVE", "REJECT"))
    assert read_verdict(path) is None
    assert path.name in str(alarm(judged))


def test_an_edited_approval_raises_an_alarm(judged):
    path = judged.workspace.approval(judged.model)
    edit_text(path, lambda text: text.replace("sha256:", "sha256:0"))
    assert path.name in str(alarm(judged))


def test_results_edited_after_the_verdict_raise_an_alarm(judged):
    edit_text(judged.results, lambda text: text.replace("b,", "c,"))
    assert judged.results.name in str(alarm(judged))


def test_a_verdict_written_by_the_forger_is_not_believed(workshop, tmp_path):
    """Its digest can be made by anyone, so nothing may rest on what the file says."""
    forger = workshop.forger("iterative", tmp_path / "workspace")
    edit_text(forger.results, lambda text: text.replace("b,", "c,"))
    reseal_as_it_is(forger)
    write_validation(forger.workspace, forger.model, OPTIONS, "Toy")
    path = forger.workspace.verdict(forger.model)
    record = read_verdict(path)
    assert record.verdict == "REJECT"
    approving = {"verdict": "APPROVE", "action": "PROCEED", "findings": ()}
    path.write_bytes(to_bytes(record.model_copy(update=approving).sealed))
    approve(forger.workspace, forger.model)
    assert json.loads(forger.workspace.approval(forger.model).read_text())["verdict"] == "APPROVE"
    assert validate_model(forger.workspace, forger.model, OPTIONS).verdict == "REJECT"
    write_validation(forger.workspace, forger.model, OPTIONS, "Toy")
    assert not forger.workspace.approval(forger.model).exists()


def test_a_verdict_belongs_to_one_sealed_run(workshop, tmp_path):
    """The same results of another training, with the verdict on the first put beside them."""
    forger = workshop.forger("iterative", tmp_path / "workspace")
    write_validation(forger.workspace, forger.model, OPTIONS, "Toy")
    path = forger.workspace.verdict(forger.model)
    kept, results = path.read_bytes(), forger.results.read_bytes()
    assert read_verdict(path).evidence == digest_file(forger.workspace.manifest(forger.model))
    train_again(forger)
    assert forger.results.read_bytes() == results
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept)
    with pytest.raises(PublicationRefusedError, match="its verdict is of another run"):
        approve(forger.workspace, forger.model)
    with pytest.raises(PublicationRefusedError, match="its verdict is of another run"):
        renew_decision(forger.workspace, forger.model)


def test_shopping_for_a_seed_shows(workshop, tmp_path):
    """Another comment, another seed: a genuine run, but the attempts stay on record."""
    forger = workshop.forger("simulation", tmp_path / "workspace")
    edit_text(forger.workspace.code(forger.model), lambda text: text + "# luckier\n")
    train_again(forger)
    verdict = validate_model(forger.workspace, forger.model, OPTIONS)
    assert verdict.verdict == "APPROVE"
    assert verdict.attempts == Attempts(begun=2, seeds=2)
    assert "shopping" in {f.check for f in verdict.findings if f.status == "warn"}
