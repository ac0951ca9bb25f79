"""Sealing evidence, and what no seal survives."""

import base64
import json
import stat
from multiprocessing import get_context

import pytest

from assay.evidence.keys import KeyUnusableError, publish_key, read_public_key, signing_key
from assay.evidence.seal import SealError, evidence_files, read_seal, write_seal


@pytest.fixture
def key_file(tmp_path, monkeypatch):
    path = tmp_path / "keys of mine" / "key.pem"
    monkeypatch.setenv("ASSAY_SIGNING_KEY", str(path))
    return path


@pytest.fixture
def sealed(tmp_path, key_file):
    """Return a workspace with sealed evidence of model 1."""
    root = tmp_path / "workspace"
    evidence = root / "implementation" / "evidence" / "1"
    (evidence / "checkpoints").mkdir(parents=True)
    (evidence / "fit.npz").write_bytes(b"fit")
    (evidence / "checkpoints" / "0.npz").write_bytes(b"state")
    (evidence / "lock").touch()
    log = root / "training_1.log"
    log.write_text("log")
    signer = signing_key()
    publish_key(signer, root / "keys")
    write_seal(root, evidence, [log, root / "missing.log"], {"model": 1}, signer)
    return root


def evidence_of(root):
    return root / "implementation" / "evidence" / "1"


def keys_of(root):
    return [read_public_key(path) for path in (root / "keys").glob("*.pem")]


def test_the_seal_lists_every_file_and_holds(sealed):
    seal = read_seal(evidence_of(sealed))
    assert set(seal.files) == {
        "implementation/evidence/1/fit.npz",
        "implementation/evidence/1/checkpoints/0.npz",
        "training_1.log",
    }
    assert seal.predicate == {"model": 1}
    assert seal.signed_by(keys_of(sealed))


def test_another_key_has_not_signed(sealed, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_SIGNING_KEY", str(tmp_path / "other.pem"))
    publish_key(signing_key(), tmp_path / "others")
    others = [read_public_key(path) for path in (tmp_path / "others").glob("*.pem")]
    assert not read_seal(evidence_of(sealed)).signed_by(others)
    assert not read_seal(evidence_of(sealed)).signed_by([])


def test_an_edited_manifest_is_no_longer_the_signed_one(sealed):
    path = evidence_of(sealed) / "manifest.json"
    path.write_text(path.read_text().replace('"model": 1', '"model": 2'))
    with pytest.raises(SealError, match="another manifest"):
        read_seal(evidence_of(sealed))


def test_an_edited_envelope_does_not_verify(sealed):
    evidence = evidence_of(sealed)
    forged = (evidence / "manifest.json").read_bytes().replace(b'"model": 1', b'"model": 2')
    (evidence / "manifest.json").write_bytes(forged)
    envelope = json.loads((evidence / "signature.json").read_text())
    envelope["payload"] = base64.b64encode(forged).decode()
    (evidence / "signature.json").write_text(json.dumps(envelope))
    assert not read_seal(evidence).signed_by(keys_of(sealed))


@pytest.mark.parametrize("name", ["manifest.json", "signature.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[]", b"\xff", b'{"payload": 1}'])
def test_what_is_no_seal_is_an_error_in_words(sealed, name, content):
    path = evidence_of(sealed) / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SealError):
        read_seal(evidence_of(sealed))


def rewritten(evidence, *, keyid=None, payload_type=None, **statement):
    """Change parts of a manifest and of its envelope, which still fit each other."""
    manifest = {**json.loads((evidence / "manifest.json").read_bytes()), **statement}
    payload = json.dumps(manifest).encode()
    (evidence / "manifest.json").write_bytes(payload)
    envelope = json.loads((evidence / "signature.json").read_text())
    envelope["payload"] = base64.b64encode(payload).decode()
    if keyid is not None:
        envelope["signatures"][0]["keyid"] = keyid
    if payload_type is not None:
        envelope["payloadType"] = payload_type
    (evidence / "signature.json").write_text(json.dumps(envelope))


@pytest.mark.parametrize(
    "changes",
    [
        {"keyid": ""},
        {"payload_type": "application/json"},
        {"_type": "https://in-toto.io/Statement/v0.1"},
        {"predicateType": "urn:assay:training:v0"},
    ],
)
def test_a_manifest_of_another_kind_is_none(sealed, changes):
    rewritten(evidence_of(sealed))
    read_seal(evidence_of(sealed))
    rewritten(evidence_of(sealed), **changes)
    with pytest.raises(SealError, match="another kind"):
        read_seal(evidence_of(sealed))


def test_no_file_is_listed_twice(sealed):
    listed = json.loads((evidence_of(sealed) / "manifest.json").read_bytes())["subject"]
    rewritten(evidence_of(sealed), subject=[*listed, listed[0]])
    with pytest.raises(SealError, match="twice"):
        read_seal(evidence_of(sealed))


def test_a_link_counts_as_a_file(sealed):
    (evidence_of(sealed) / "link.npz").symlink_to("/nowhere")
    assert "link.npz" in {path.name for path in evidence_files(evidence_of(sealed))}


def test_the_private_key_is_for_its_owner_alone(key_file):
    first = signing_key().public_key.keyid
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert signing_key().public_key.keyid == first
    assert [path.name for path in key_file.parent.iterdir()] == ["key.pem"]


def _keyid(queue):
    queue.put(signing_key().public_key.keyid)


def test_processes_that_start_together_share_one_key(key_file):
    context = get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=_keyid, args=(queue,)) for _ in range(6)]
    for process in processes:
        process.start()
    assert len({queue.get(timeout=60) for _ in processes}) == 1
    for process in processes:
        process.join()


def test_a_broken_key_is_an_error_that_says_what_to_do(key_file, tmp_path):
    key_file.parent.mkdir()
    key_file.write_text("no key")
    with pytest.raises(KeyUnusableError, match="ASSAY_SIGNING_KEY"):
        signing_key()
    with pytest.raises(KeyUnusableError, match="no public key"):
        read_public_key(tmp_path / "none.pem")
