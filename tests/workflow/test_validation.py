"""Validation in the workflow: what blocks, what a dry run notices, what `assay validate` says."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest
from campaigns import Campaign, snakemake

from toys import DESCENT, LEAST_SQUARES, SIMULATED, convex, iterative, simulation

pytestmark = pytest.mark.slow

READER = replace(
    simulation(7, 'return {"x": inputs.upstream[3]["x"].sum() + rng.normal()}'),
    extra={"depends_on": [3]},
)
TOYS = [convex(2, LEAST_SQUARES), iterative(3, DESCENT), simulation(4, SIMULATED), READER]
HELPER = "import helper\n"


@pytest.fixture(scope="module")
def judged(campaign):
    """Return a finished campaign; tests put back what they change in it."""
    return campaign("judged", TOYS)


@pytest.fixture
def flip():
    """Return a function that flips one bit of a file, its time kept; undone afterwards."""
    kept = {}

    def flip_bit(path):
        old = path.stat()
        content = bytearray(path.read_bytes())
        kept[path] = bytes(content), old
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))

    yield flip_bit
    for path, (content, old) in kept.items():
        path.write_bytes(content)
        os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))


def verdict(root, model):
    return json.loads((root / "docs" / "validation" / f"verdict_{model}.json").read_text())


def validate(root, *arguments, cwd="/"):
    """Run `assay validate` as a stranger would: another folder, hardly any environment."""
    return subprocess.run(
        [sys.executable, "-m", "assay.commands.cli", "validate", str(root), *arguments],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], "LC_ALL": "C"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_ctrl_c_ends_it_in_words_and_leaves_nothing(judged, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "assay.commands.cli", "validate", str(judged.root)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # As in a terminal, even if whoever started the tests ignores Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert "APPROVE" in process.stdout.readline()
    below = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (130, "assay: interrupted\n")
    psutil.wait_procs(below, timeout=10)
    assert not [p for p in below if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert not list(tmp_path.iterdir())


def state(root):
    """Return path, size, time and digest of every file below a folder."""
    return {
        str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def test_every_model_has_a_verdict_and_the_phase_is_complete(judged):
    assert judged.run.returncode == 0, judged.text
    for toy in TOYS:
        assert verdict(judged.root, toy.number)["verdict"] == "APPROVE"
        report = judged.root / "docs" / "validation" / f"time_validator_{toy.number}.md"
        assert "**APPROVE**" in report.read_text(encoding="utf-8")
    summary = (judged.root / "docs" / "director_summary.md").read_text(encoding="utf-8")
    assert "**Phase 5 is complete.**" in summary
    again = snakemake(judged.root)
    assert "Nothing to be done" in again.stdout + again.stderr


ALTERED = {  # by file, what has to be done again; one file of a model at a time, none that it reads
    "outputs": {
        "implementation/data/results_4.csv": "Validating model 4",
        "implementation/logs/training_2.log": "Validating model 2",
        "implementation/logs/convergence_3.log": "Validating model 3",
    },
    "evidence": {
        "implementation/evidence/2/fit.npz": "Validating model 2",
        "implementation/evidence/3/checkpoints/00001_state_0_000000100.npz": "Validating model 3",
        "docs/validation/verdict_4.json": "Validating model 4",
    },
    "seal and approval": {
        "implementation/evidence/2/signature.json": "Validating model 2",
        "docs/validation/approved_4.json": "Validating model 4",
    },
    "report": {"docs/validation/time_validator_4.md": "Validating model 4"},
    "inputs": {
        "implementation/data/features_4.pkl": "Training model 4",
        "implementation/code/model_7.py": "Training model 7",  # which reads model 3
    },
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
@pytest.mark.parametrize("memory", [True, False], ids=["remembered", "without .snakemake"])
def test_a_dry_run_lists_what_is_no_longer_vouched_for(judged, flip, altered, memory):
    project = judged.root.parent / f"project of {judged.root.name}"
    for name in altered:
        flip(judged.root / name)
    if not memory:
        (project / ".snakemake").rename(project / "put aside")
    try:
        dry = snakemake(judged.root, "-n")
    finally:
        if not memory:
            shutil.rmtree(project / ".snakemake", ignore_errors=True)
            (project / "put aside").rename(project / ".snakemake")
    text = dry.stdout + dry.stderr
    assert dry.returncode == 0, text
    for job in altered.values():
        assert job in text
        assert f"assay: model {job[-1]}" in text


def test_an_honest_workspace_raises_no_alarm(judged):
    dry = snakemake(judged.root, "-n")
    assert "assay: model" not in dry.stdout + dry.stderr


@pytest.fixture(scope="module")
def edited(judged, tmp_path_factory):
    """Return a copy of the campaign after someone touched up a number of model 3."""
    folder = tmp_path_factory.mktemp("edited")
    root = shutil.copytree(judged.root, folder / "judged")
    project = f"project of {judged.root.name}"
    shutil.copytree(judged.root.parent / project, folder / project, symlinks=True)
    results = root / "implementation" / "data" / "results_3.csv"
    results.write_text(results.read_text().replace("a,1.", "a,7."))
    return Campaign(root, snakemake(root))


def test_an_edited_result_is_rejected_by_name_and_blocks_what_rests_on_it(edited):
    assert edited.run.returncode != 0
    assert "model 3 is not approved: REJECT, action INVESTIGATE" in edited.text
    assert "results_3.csv is not what training produced" in edited.text
    assert verdict(edited.root, 3)["verdict"] == "REJECT"
    assert not (edited.root / "docs" / "reports" / "completion_3.md").exists()
    assert not (edited.root / "docs" / "validation" / "approved_3.json").exists()
    summary = (edited.root / "docs" / "director_summary.md").read_text(encoding="utf-8")
    assert "Phase 5 is not complete" in summary
    assert "1 rejected by validation" in summary


def test_the_rejection_stands_until_the_model_is_trained_again(edited):
    again = snakemake(edited.root)
    assert again.returncode != 0
    assert "model 3 is not approved" in again.stdout + again.stderr
    shutil.rmtree(edited.root / "implementation" / "evidence" / "3")
    cured = snakemake(edited.root)
    assert cured.returncode == 0, cured.stdout + cured.stderr
    assert verdict(edited.root, 3)["verdict"] == "APPROVE"


def test_typed_results_without_a_run_are_not_taken(campaign):
    planned = campaign("typed", [iterative(3, DESCENT)], "-n")
    planned.results(3).write_text("name,x\na,1.5\nb,2.5\n")
    before = validate(planned.root)
    assert before.returncode == 1
    assert "no evidence of any training" in before.stdout
    assert snakemake(planned.root).returncode == 0
    assert "2.5" not in planned.results(3).read_text()


def test_validating_needs_the_workspace_alone_and_changes_nothing_in_it(judged):
    before = state(judged.root)
    run = validate(judged.root)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("APPROVE") == len(TOYS)
    assert state(judged.root) == before


def test_exit_status_and_json_say_what_became_of_it(judged, flip, tmp_path):
    asked = ["--model", "4", "--json"]
    assert validate(judged.root, *asked, "--replay", "none").returncode == 3
    own = sorted((judged.root / "implementation" / "keys").glob("*.pem"))[0]
    assert validate(judged.root, *asked, "--trusted-key", str(own)).returncode == 0
    other = validate(judged.root, *asked, "--nonce", "2028")
    assert other.returncode == 1
    (record,) = json.loads(other.stdout)
    assert (record["verdict"], record["action"]) == ("REJECT", "INVESTIGATE")
    assert "seed" in {f["check"] for f in record["findings"] if f["status"] == "fail"}
    assert validate(tmp_path / "nowhere").returncode == 2
    assert validate(judged.root, "--trusted-key", str(tmp_path / "none.pem")).returncode == 2
    flip(judged.results(4))
    assert validate(judged.root, *asked).returncode == 1


def test_frozen_inputs_are_held_against_the_run(judged, tmp_path):
    command = [sys.executable, "-m", "assay.commands.cli", "freeze", str(judged.root)]
    frozen = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    path = tmp_path / "frozen.json"
    path.write_text(json.dumps(frozen))
    assert validate(judged.root, "--model", "4", "--frozen", str(path)).returncode == 0
    frozen["models"]["4"]["features"] = "sha256:0"
    path.write_text(json.dumps(frozen))
    refused = validate(judged.root, "--model", "4", "--frozen", str(path))
    assert refused.returncode == 1
    assert "features" in refused.stdout
