"""Reading a case: each file once, nothing but regular files, and a second look at the end."""

import json
import os
import pickle

import pytest
from cases import EVIDENCE, FEATURES, RESULTS, case
from odd_files import odd_files
from runs_by_hand import batches

from assay.core.errors import ConfigError, DesignError
from assay.core.files import digest_bytes
from assay.core.workspace import Workspace
from assay.evidence.keys import KeyUnusableError
from assay.validation.case import Calls, Options
from assay.validation.reading import changed_since, read_case


@pytest.fixture
def workspace(tmp_path):
    """Return a workspace that holds the honest case."""
    for name, file in case().files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read())
    return Workspace(tmp_path)


def read(workspace, **options):
    return read_case(workspace, 1, Options(**options))


# the case


def test_what_lies_in_the_workspace_is_read(workspace):
    found = read(workspace)
    assert {name: file.digest for name, file in found.files.items()} == {
        name: file.digest for name, file in case().files.items()
    }
    assert found.inputs == case().inputs
    assert found.digests == case().digests
    assert (found.odd, found.inputs_problem, found.frozen) == ({}, "", None)
    assert found.design == case().design
    assert list(found.checkpoints) == [name[6:-4] for name in batches()]
    assert found.sealed_as == found.files[(EVIDENCE / "manifest.json").as_posix()].digest
    assert not changed_since(found, workspace)


def test_every_file_is_read_once(workspace, monkeypatch):
    opened = []
    real = os.open

    def opening(path, *how):
        opened.append(path)
        return real(path, *how)

    monkeypatch.setattr(os, "open", opening)
    read(workspace)
    assert sorted(map(str, opened)) == sorted(str(workspace.root / n) for n in case().files)


def test_nothing_is_read_again_afterwards(workspace):
    found = read(workspace)
    for path in workspace.root.rglob("*"):
        if path.is_file():
            path.write_bytes(b"replaced")
    assert found.outcome == case().outcome
    assert found.fit.meta == case().fit.meta
    assert found.published == case().published
    assert found.progress == case().progress
    assert len(found.checkpoints["batch_000000000"]["replicates/x"]) == 50


def test_odd_files_in_the_evidence(workspace):
    folder = workspace.root / EVIDENCE / "more" / "deep"
    folder.mkdir(parents=True)
    kinds = odd_files(folder)
    (workspace.root / EVIDENCE / "beyond").symlink_to(workspace.root)
    os.mkfifo(workspace.root / EVIDENCE / "lock")
    found = read(workspace)
    names = {(EVIDENCE / "more" / "deep" / name).as_posix(): kind for name, kind in kinds.items()}
    assert found.odd == {**names, (EVIDENCE / "beyond").as_posix(): "a link"}
    assert (EVIDENCE / "more" / "deep" / "real").as_posix() in found.files


def test_results_and_logs_may_be_no_links_and_inputs_may(workspace):
    for path in (workspace.results(1), workspace.training_log(1), workspace.features(1)):
        path.rename(path.with_suffix(".moved"))
        path.symlink_to(path.with_suffix(".moved"))
    found = read(workspace)
    assert found.odd == {
        RESULTS.as_posix(): "a link",
        "implementation/logs/training_1.log": "a link",
    }
    assert found.digests == case().digests


def test_inputs_that_are_not_there(workspace):
    workspace.features(1).unlink()
    found = read(workspace)
    assert (found.inputs, "features of model 1 are missing" in found.inputs_problem) == ({}, True)
    assert "Put the features" in found.inputs_problem
    assert found.problem("digests") == found.inputs_problem
    assert not changed_since(found, workspace)


@pytest.mark.parametrize("how", ["gone", "pipe"])
def test_code_that_is_not_there(workspace, how):
    workspace.code(1).unlink()
    if how == "pipe":
        os.mkfifo(workspace.code(1))
    assert "model_1.py is missing" in read(workspace).inputs_problem


def test_features_that_are_a_pipe(workspace):
    workspace.features(1).unlink()
    os.mkfifo(workspace.root / FEATURES)
    found = read(workspace)
    assert found.digests["features"] == "missing"
    assert found.odd == {FEATURES.as_posix(): "a pipe"}


@pytest.mark.parametrize("how", ["gone", "pipe", "broken"])
def test_without_a_design_there_is_nothing_to_judge_by(workspace, how):
    workspace.design(1).unlink()
    if how == "pipe":
        os.mkfifo(workspace.design(1))
    elif how == "broken":
        workspace.design(1).write_bytes(b"---\n")
    with pytest.raises(DesignError, match=r"model_design_1\.md"):
        read(workspace)


def test_without_evidence_there_are_the_inputs(workspace):
    import shutil

    shutil.rmtree(workspace.root / EVIDENCE)
    found = read(workspace)
    assert found.below(EVIDENCE) == {}
    assert found.sealed_as == ""
    assert found.problem("seal") == "manifest.json is missing"
    (workspace.root / EVIDENCE).write_bytes(b"no folder")
    assert read(workspace).below(EVIDENCE) == {}


def test_upstream_results_come_with_the_designs_that_type_them(workspace):
    design = workspace.design(1)
    text = design.read_bytes().replace(b"title: Toy", b"title: Toy\ndepends_on: [2]")
    design.write_bytes(text)
    workspace.design(2).write_bytes(b"of model 2")
    found = read(workspace)
    assert found.digests["upstream/2"] == "missing"
    assert found.content(EVIDENCE.parents[2] / "model" / "model_design_2.md") == b"of model 2"
    workspace.results(2).write_bytes(b"x")
    assert read(workspace).digests["upstream/2"] == digest_bytes(b"x")


# keys, fixes, features and the director's list


def test_keys_of_the_workspace_and_of_the_director(workspace, tmp_path):
    from cases import signer
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from assay.evidence.keys import load_public_bytes

    pem = load_public_bytes(signer().public_key).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    workspace.keys.mkdir(parents=True)
    (workspace.keys / "a.pem").write_bytes(pem)
    (tmp_path / "own.pem").write_bytes(pem)
    for found in (read(workspace), read(workspace, trusted_keys=(tmp_path / "own.pem",))):
        assert (len(found.keys.keys), found.keys.problem) == (1, "")
        assert found.seal.signed_by(found.keys.keys)
    os.mkfifo(workspace.keys / "b.pem")
    assert "a pipe" in read(workspace).keys.problem
    (workspace.keys / "b.pem").unlink()
    (workspace.keys / "b.pem").write_bytes(b"no key")
    assert "holds no public key" in read(workspace).keys.problem
    for path in (workspace.keys / "b.pem", tmp_path / "none.pem"):
        with pytest.raises(KeyUnusableError):
            read(workspace, trusted_keys=(path,))


def test_fixes_of_the_model(workspace):
    assert read(workspace).fixes.entries == ()
    path = workspace.version_manifest
    path.write_bytes(b"{")
    assert "is damaged" in read(workspace).fixes.problem
    path.unlink()
    os.mkfifo(path)
    assert "a pipe" in read(workspace).fixes.problem


class Call:
    def __reduce__(self):
        return os.system, ("true",)


@pytest.mark.parametrize(
    ("content", "odd", "broken"),
    [
        (pickle.dumps([1.0]), (), False),
        (pickle.dumps(Call()), ("posix.system",), False),
        (b"\x80", (), True),
    ],
)
def test_what_the_features_call(workspace, content, odd, broken):
    workspace.features(1).write_bytes(content)
    calls = read(workspace).calls
    assert (calls.odd, bool(calls.problem)) == (odd, broken)


def test_a_table_of_features_calls_nothing(workspace):
    workspace.features(1).rename(workspace.features(1).with_suffix(".parquet"))
    assert read(workspace).calls == Calls()


def test_the_list_of_the_director(workspace, tmp_path):
    path = tmp_path / "frozen.json"
    for listed, expected in (({"1": {"design": "sha256:1"}}, {"design": "sha256:1"}), ({}, {})):
        path.write_text(json.dumps({"models": listed}))
        assert read(workspace, frozen=path).frozen == expected
    for broken in ("", "[]", '{"models": 1}'):
        path.write_text(broken)
        with pytest.raises(ConfigError, match=r"frozen\.json is no list"):
            read(workspace, frozen=path)


# the second look


def test_the_clock_is_read_once(workspace, monkeypatch):
    monkeypatch.setattr("assay.validation.reading.time.time", lambda: 1234.5)
    assert read(workspace).here.now == 1234.5


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda w: w.results(1).write_bytes(b"x"), RESULTS.as_posix()),
        (lambda w: w.results(1).unlink(), RESULTS.as_posix()),
        (lambda w: w.training_log(1).write_bytes(b"x"), "implementation/logs/training_1.log"),
        (lambda w: w.features(1).write_bytes(b"I1\n."), FEATURES.as_posix()),
        (lambda w: w.design(1).unlink(), "model/model_design_1.md"),
        (
            lambda w: (w.evidence(1) / "more").write_bytes(b""),
            (EVIDENCE / "more").as_posix(),
        ),
        (lambda w: os.mkfifo(w.evidence(1) / "more"), (EVIDENCE / "more").as_posix()),
        (lambda w: w.version_manifest.write_bytes(b"{"), "implementation/VERSION_MANIFEST.json"),
        (lambda w: w.code(1).unlink(), "the inputs"),
        (lambda w: w.code(1).with_name("pandas.py").write_bytes(b""), ""),
    ],
)
def test_what_changed_meanwhile_is_named(workspace, change, named):
    found = read(workspace)
    change(workspace)
    assert changed_since(found, workspace) == ([named] if named else [])


def test_a_helper_that_comes_meanwhile(workspace):
    workspace.code(1).write_bytes(b"import helper\n")
    found = read(workspace)
    workspace.code(1).with_name("helper.py").write_bytes(b"")
    assert changed_since(found, workspace) == ["the inputs"]
