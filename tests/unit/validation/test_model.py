"""The verdict on one model: no worker for what is refused, and void where files changed."""

import shutil
from typing import Any

import pytest
from cases import EVIDENCE, FEATURES, RESULTS, case, only, replayed, signer, told

from assay.core.files import digest_bytes
from assay.core.workspace import Workspace
from assay.evidence.fix_manifest import EmergencyError, Entry, edit_manifest, read_manifest
from assay.evidence.verdict import Attempts
from assay.evidence.verdict_file import judged_files
from assay.validation import model, reading
from assay.validation.case import Here, Options
from assay.validation.checks import DONE_AGAIN, REQUIRED
from assay.validation.model import validate_model
from assay.worker.replies import CutShortError


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """Return a workspace that holds the honest case, judged where it was recorded."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from assay.evidence.keys import load_public_bytes

    contents = {name: file.read() for name, file in case().files.items()}
    contents["implementation/keys/own.pem"] = load_public_bytes(signer().public_key).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    for name, content in contents.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    monkeypatch.setattr(reading, "Here", lambda now, *_: Here(now, *HERE))
    monkeypatch.setattr(model, "replay", lambda *_: replayed())
    return Workspace(tmp_path)


def entry(model=1):
    """Return an entry on an emergency fix."""
    words: dict[str, Any] = {"severity": "s", "authorised_by": "a", "at": "t", "seed": "s"}
    return Entry(model=model, attempt=1, inputs={}, parameters={}, **words)


HERE = (case().here.environment, case().here.source)


def no_worker(*_):
    pytest.fail("a worker was started")


def validate(workspace, start=no_worker, **options):
    return validate_model(workspace, 1, Options(**options), start)


def test_an_honest_run(workspace):
    verdict = validate(workspace)
    assert verdict.verdict == "APPROVE", told(verdict.reasons)
    assert (verdict.model, verdict.replay, verdict.required) == (1, "full", REQUIRED)
    assert verdict.attempts == Attempts(begun=1, seeds=1)
    manifest = (workspace.root / EVIDENCE / "manifest.json").read_bytes()
    assert verdict.evidence == digest_bytes(manifest)
    assert verdict.files == judged_files(workspace, 1)
    assert FEATURES.as_posix() not in verdict.files


def test_whose_word_was_taken(workspace, tmp_path):
    own = validate(workspace, replay="none").conditions
    assert (own.asked, own.key, own.nonce) == ("none", "the workspace's", "the workspace's")
    assert (own.inputs_frozen, own.python) == (False, "3.11.9")
    assert own.packages == case().here.environment.packages
    frozen = tmp_path / "frozen.json"
    frozen.write_text('{"models": {}}')
    key = next(workspace.keys.iterdir())
    asked = validate(workspace, trusted_keys=(key,), nonce="n", frozen=frozen).conditions
    assert (asked.key, asked.nonce) == ("the director's", "the director's")
    assert asked.inputs_frozen


@pytest.mark.parametrize(
    ("name", "check"),
    [
        (RESULTS.as_posix(), "published"),
        ((EVIDENCE / "fit.npz").as_posix(), "files"),
        ((EVIDENCE / "outcome.json").as_posix(), "structure"),
        ((EVIDENCE / "manifest.json").as_posix(), "structure"),
        (FEATURES.as_posix(), "inputs"),
    ],
)
def test_what_reading_refuses_starts_no_worker(workspace, monkeypatch, name, check):
    monkeypatch.setattr(model, "replay", lambda *_: pytest.fail("it was done again"))
    with (workspace.root / name).open("ab") as stream:
        stream.write(b"\n")
    verdict = validate(workspace)
    assert (verdict.verdict, verdict.replay) == ("REJECT", "none")
    assert check in {f.check for f in verdict.findings if f.status == "fail"}
    skipped = [f for f in verdict.findings if f.check in DONE_AGAIN]
    assert all(f.status == "skipped" and check in f.message for f in skipped)


def test_without_evidence_there_is_nothing_to_judge(workspace):
    shutil.rmtree(workspace.root / EVIDENCE)
    verdict = validate(workspace)
    assert (verdict.verdict, verdict.action) == ("REJECT", "RERUN")
    assert (verdict.attempts, verdict.evidence) == (Attempts(), "")


def test_a_failed_training_is_to_be_done_again(workspace, monkeypatch):
    """What a recorder leaves of it: a sealed record, and neither a fit nor results."""
    from assay.core.errors import Category
    from assay.evidence.outcome import Failure

    failure = Failure(category=Category.CONVERGENCE, stage="fit", summary="it diverged")
    failed = {"status": "failed", "failure": failure}
    names = [EVIDENCE / name for name in ("fit.npz", "fit.json", "results.csv")]
    gone = {path.as_posix(): None for path in (*names, RESULTS)}
    rest = case(outcome=failed, unsealed=names, after=gone)
    shutil.rmtree(workspace.root / EVIDENCE)
    workspace.results(1).unlink()
    for name, file in rest.files.items():
        (workspace.root / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.root / name).write_bytes(file.read())
    verdict = validate(workspace)
    assert (verdict.verdict, verdict.action) == ("REJECT", "RERUN"), told(verdict.reasons)
    assert "training failed: it diverged" in {f.message for f in verdict.reasons}


# what comes of doing it again


def test_the_worker_is_started_as_asked(workspace, monkeypatch):
    seen = []

    def seeing(*what):
        seen.append(what)
        return replayed(mode="none")

    monkeypatch.setattr(model, "replay", seeing)
    assert validate(workspace).verdict == "INVESTIGATE"
    ((judged, start),) = seen
    assert (judged.model, start) == (1, no_worker)


def test_what_was_cut_short_is_no_verdict(workspace, monkeypatch):
    def cut(*_):
        raise CutShortError("the worker died")

    monkeypatch.setattr(model, "replay", cut)
    verdict = validate(workspace)
    assert "the worker died" in verdict.cut_short
    assert told([f for f in verdict.findings if f.transient]) == [
        ("recomputation", "skipped", True, None, None)
    ]


def test_evidence_on_which_doing_it_again_stumbles(workspace, monkeypatch):
    def stumble(*_):
        raise KeyError("steps")

    monkeypatch.setattr(model, "replay", stumble)
    verdict = validate(workspace)
    assert (verdict.verdict, verdict.replay, verdict.cut_short) == ("INVESTIGATE", "none", "")
    (again,) = [f for f in verdict.findings if f.check == "recomputation"]
    assert "KeyError: 'steps'" in again.message


# what changed meanwhile


def meanwhile(workspace, monkeypatch, change):
    """Return the verdict on a run of which something changes while it is done again."""
    monkeypatch.setattr(model, "replay", lambda *_: change() or replayed())
    verdict = validate(workspace)
    return verdict, [f for f in verdict.findings if f.check == "meanwhile"]


@pytest.mark.parametrize("name", [RESULTS, FEATURES, EVIDENCE / "fit.npz"])
def test_a_verdict_on_what_is_no_longer_there_is_void(workspace, monkeypatch, name):
    verdict, found = meanwhile(
        workspace, monkeypatch, lambda: (workspace.root / name).unlink() or None
    )
    assert verdict.verdict == "INVESTIGATE"
    assert told(found) == [("meanwhile", "skipped", True, None, None)]
    assert name.name in only(found).message or "the inputs" in only(found).message
    assert verdict.files.get(RESULTS.as_posix()) == case().files[RESULTS.as_posix()].digest


@pytest.mark.parametrize(("count", "dots"), [(5, False), (6, True)])
def test_five_changes_are_shown(workspace, monkeypatch, count, dots):
    def change():
        for number in range(count):
            (workspace.root / EVIDENCE / f"more_{number}").write_bytes(b"")

    _, found = meanwhile(workspace, monkeypatch, change)
    assert only(found).message.count("more_") == 5
    assert only(found).message.endswith(" ...") == dots
    assert len(only(found).measured) == count


def test_what_happens_to_other_models_is_no_change(workspace, monkeypatch):
    def change():
        (workspace.root / EVIDENCE.with_name("2")).mkdir()
        (workspace.root / EVIDENCE.with_name("2") / "fit.npz").write_bytes(b"")
        (workspace.keys / "other.pem").write_bytes(b"")
        edit_manifest(workspace.version_manifest, 2, lambda _: entry(model=2))

    verdict, found = meanwhile(workspace, monkeypatch, change)
    assert (verdict.verdict, found) == ("APPROVE", [])


def test_fixes_are_judged_and_named_as_well(workspace, monkeypatch):
    change = lambda: edit_manifest(workspace.version_manifest, 1, lambda _: entry()) and None  # noqa: E731
    _, found = meanwhile(workspace, monkeypatch, change)
    assert "VERSION_MANIFEST.json" in only(found).message
    verdict = validate(workspace)
    (fix,) = read_manifest(workspace.version_manifest).entries(1)
    name = "implementation/VERSION_MANIFEST.json (model 1)"
    assert verdict.files[name] == fix.digest()
    assert verdict.files == judged_files(workspace, 1)
    workspace.version_manifest.write_bytes(b"{")
    with pytest.raises(EmergencyError):
        read_manifest(workspace.version_manifest)
    damaged = validate(workspace)
    assert damaged.files["implementation/VERSION_MANIFEST.json"] == "damaged"
    assert damaged.files == judged_files(workspace, 1)


def test_a_link_among_the_evidence_is_vouched_for_by_nobody(workspace):
    (workspace.root / EVIDENCE / "more").symlink_to(workspace.results(1))
    verdict = validate(workspace)
    assert verdict.verdict == "REJECT"
    assert verdict.files == judged_files(workspace, 1)
