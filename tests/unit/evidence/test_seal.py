"""Sealing evidence, and what no seal survives."""

import base64
import json
import stat
from multiprocessing import get_context

import pytest

import evidence_samples as samples
from assay.evidence.keys import KeyUnusableError, parse_public_key, publish_key, signing_key
from assay.evidence.seal import SealError, evidence_files, parse_seal, read_seal, write_seal


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
    write_seal(root, evidence, [log, root / "missing.log"], samples.predicate(), signer)
    return root


def evidence_of(root):
    return root / "implementation" / "evidence" / "1"


def keys_of(root):
    return [
        parse_public_key(path.read_bytes(), path.name) for path in (root / "keys").glob("*.pem")
    ]


def test_the_seal_lists_every_file_and_holds(sealed):
    seal = read_seal(evidence_of(sealed))
    assert seal.keyid == keys_of(sealed)[0].keyid
    assert set(seal.files) == {
        "implementation/evidence/1/fit.npz",
        "implementation/evidence/1/checkpoints/0.npz",
        "training_1.log",
    }
    assert seal.predicate == samples.predicate()
    assert seal.signed_by(keys_of(sealed))


def test_another_key_has_not_signed(sealed, tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_SIGNING_KEY", str(tmp_path / "other.pem"))
    publish_key(signing_key(), tmp_path / "others")
    others = [
        parse_public_key(path.read_bytes(), path.name)
        for path in (tmp_path / "others").glob("*.pem")
    ]
    assert not read_seal(evidence_of(sealed)).signed_by(others)
    assert not read_seal(evidence_of(sealed)).signed_by([])


def test_an_edited_manifest_is_no_longer_the_signed_one(sealed):
    path = evidence_of(sealed) / "manifest.json"
    path.write_text(path.read_text().replace('"attempt": 1', '"attempt": 2'))
    with pytest.raises(SealError, match="another manifest"):
        read_seal(evidence_of(sealed))


def test_an_edited_envelope_does_not_verify(sealed):
    evidence = evidence_of(sealed)
    manifest, signature = (evidence / "manifest.json"), (evidence / "signature.json")
    seal = forged(manifest.read_bytes().replace(b'"attempt": 1', b'"attempt": 2'), signature)
    assert seal.predicate.attempt == 2
    assert not seal.signed_by(keys_of(sealed))


def forged(manifest, signature):
    """Return another manifest in the envelope of this one."""
    envelope = json.loads(signature.read_text())
    envelope["payload"] = base64.b64encode(manifest).decode()
    return parse_seal(manifest, (json.dumps(envelope, indent=1) + "\n").encode())


def test_what_signs_nothing_does_not_verify(sealed):
    evidence = evidence_of(sealed)
    signature = (evidence / "signature.json").read_text()
    keyid = json.loads(signature)["signatures"][0]["keyid"]
    for old, new in [('"sig": "', '"sig": "!'), (keyid, "another"), (keyid, "")]:
        manifest = (evidence / "manifest.json").read_bytes()
        seal = parse_seal(manifest, signature.replace(old, new).encode())
        assert not seal.signed_by(keys_of(sealed))


def test_a_manifest_lists_each_file_once_and_in_order(sealed):
    evidence = evidence_of(sealed)
    manifest = json.loads((evidence / "manifest.json").read_bytes())
    subjects = manifest["subject"]
    assert [subject["name"] for subject in subjects] == sorted(s["name"] for s in subjects)
    for listed, words in (([*subjects, subjects[-1]], "twice"), (subjects[::-1], "out of order")):
        content = json.dumps({**manifest, "subject": listed}, indent=1) + "\n"
        with pytest.raises(SealError, match=words):
            forged(content.encode(), evidence / "signature.json")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Statement/v1", "Statement/v2"),
        ("urn:assay:training:v1", "urn:assay:training:v0"),
        ('"_type"', '"type"'),
        ('"version": 1', '"version": 2'),
        ('"sha256": "', '"sha256": "A'),
        ('"seed"', '"seeds"'),
    ],
)
def test_a_manifest_of_another_kind_is_refused(sealed, old, new):
    evidence = evidence_of(sealed)
    content = (evidence / "manifest.json").read_text()
    assert old in content
    with pytest.raises(SealError, match=r"manifest\.json is not"):
        forged(content.replace(old, new).encode(), evidence / "signature.json")


@pytest.mark.parametrize("name", ["manifest.json", "signature.json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"[]", b"\xff", b'{"payload": 1}'])
def test_what_is_no_seal_is_an_error_in_words(sealed, name, content):
    path = evidence_of(sealed) / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SealError):
        read_seal(evidence_of(sealed))


def test_an_envelope_of_another_kind_is_refused(sealed):
    evidence = evidence_of(sealed)
    signature = (evidence / "signature.json").read_bytes()
    other = signature.replace(b"application/vnd.in-toto+json", b"application/json")
    assert other != signature
    with pytest.raises(SealError, match=r"signature\.json is not"):
        parse_seal((evidence / "manifest.json").read_bytes(), other)


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
        parse_public_key(b"no key", "none.pem")
