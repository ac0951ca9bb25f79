"""Emergency fixes in real campaigns: what is repaired, what is not, and the director's word."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from campaigns import Campaign, snakemake

from toys import NORMAL, bayesian, simulation

pytestmark = pytest.mark.slow

FIX = {"draws": 1000, "tune": 1000}
# A single tuning step leaves steps far too long: chains that hardly move, 80 of 80 draws diverged.
CRITICAL = bayesian(
    1,
    NORMAL,
    training={"sampler": "pymc", "draws": 20, "tune": 1},
    extra={"emergency_fix": FIX},
    fails="rhat",
)
# A hundred are enough for the step size, 20 draws too few for anything else: R-hat 1.2.
ORDINARY = replace(CRITICAL, number=2, training={**CRITICAL.training, "tune": 100})
READER = replace(
    simulation(3, 'return {"x": float(inputs.upstream[1]["x"].sum()) + rng.normal()}'),
    extra={"depends_on": [1]},
)


def assay(*arguments):
    """Run the command `assay`, away from any configuration."""
    return subprocess.run(
        [sys.executable, "-m", "assay.commands.cli", *map(str, arguments)],
        cwd="/",
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def entries(root):
    path = root / "implementation" / "VERSION_MANIFEST.json"
    return json.loads(path.read_text(encoding="utf-8"))["emergency_fixes"]


def report(root, name):
    return (root / "docs" / name).read_text(encoding="utf-8")


def verdict(root, model):
    return json.loads(report(root, f"validation/verdict_{model}.json"))


def rhat(root, model):
    path = root / "implementation" / "evidence" / str(model) / "outcome.json"
    criteria = json.loads(path.read_text(encoding="utf-8"))["criteria"]
    return next(c["value"] for c in criteria if c["name"] == "rhat")


@pytest.fixture(scope="module")
def repaired(campaign):
    """Return a finished campaign in which one model was repaired and another reads its results."""
    return campaign("repaired", [CRITICAL, READER])


@pytest.fixture
def another(repaired, tmp_path):
    """Return a copy of that campaign, to decide on."""
    root = shutil.copytree(repaired.root, tmp_path / repaired.root.name)
    project = f"project of {repaired.root.name}"
    shutil.copytree(repaired.root.parent / project, tmp_path / project, symlinks=True)
    return Campaign(root, repaired.run)


def test_a_critical_failure_is_repaired_and_named_provisional_everywhere(repaired):
    assert repaired.run.returncode == 0, repaired.text
    assert repaired.results(1).exists()
    (entry,) = entries(repaired.root)
    assert (entry["status"], entry["attempt"]) == ("provisional", 1)
    assert entry["parameters"] == {
        "draws": {"before": 20, "after": 1000},
        "tune": {"before": 1, "after": 1000},
    }
    assert "100 % of 80 draws diverged" in entry["severity"]
    assert "emergency_fix in model_design_1.md" in entry["authorised_by"]
    found = verdict(repaired.root, 1)
    assert (found["verdict"], found["provisional"]) == ("APPROVE", True)
    assert verdict(repaired.root, 3)["provisional"] is False
    assert "PROVISIONAL" in report(repaired.root, "validation/time_validator_1.md")
    assert "PROVISIONAL (Phase 5.5" in report(repaired.root, "reports/completion_1.md")
    assert "rests on model 1" in report(repaired.root, "reports/completion_3.md")
    summary = report(repaired.root, "director_summary.md")
    assert "**Phase 5 is not complete.** Of 2 models: 2 provisional." in summary
    assert "assay approve 1" in summary
    assert "assay: decide: `assay approve 1`" in repaired.text


def test_the_diary_tells_both_attempts_with_what_was_measured(repaired):
    diary = report(repaired.root, "reports/dev_diary.md")
    assert diary.count("## Model 1, attempt 1: failed") == 1
    assert diary.count("## Model 1, attempt 2: trained") == 1
    assert "the emergency fix, draws 20 -> 1,000, tune 1 -> 1,000" in diary
    assert re.search(r"; rhat \S+ -> 1\.00\d;", diary)
    assert "100 % of the draws diverged" in diary


def test_attempts_add_up_in_the_timing(repaired):
    path = repaired.root / "implementation" / "logs" / "phase_5_timing.json"
    records = json.loads(path.read_text(encoding="utf-8"))["records"]
    (record,) = (record for record in records if record["model"] == 1)
    assert [attempt["status"] for attempt in record["attempts"]] == ["failed", "completed"]


def test_nothing_is_done_a_second_time(repaired):
    again = snakemake(repaired.root)
    assert "Nothing to be done" in again.stdout + again.stderr


def test_an_approved_fix_is_final(another):
    results = another.results(1).read_bytes()
    decided = assay("approve", 1, "--workspace", another.root, "--by", "Ada", "--reason", "sound")
    assert decided.returncode == 0, decided.stderr
    (entry,) = entries(another.root)
    assert (entry["status"], entry["decided_by"], entry["reason"]) == ("approved", "Ada", "sound")
    for model in (1, 3):
        assert "PROVISIONAL" not in report(another.root, f"reports/completion_{model}.md")
    assert "approved by Ada (sound)" in report(another.root, "reports/dev_diary.md")
    assert verdict(another.root, 1)["provisional"] is False
    assert "approved it on" in report(another.root, "validation/time_validator_1.md")
    assert "**Phase 5 is complete.**" in report(another.root, "director_summary.md")
    renewed = snakemake(another.root)
    assert renewed.returncode == 0, renewed.stdout + renewed.stderr
    for job in ("train_model", "validate_model", "report_completion", "no longer vouched for"):
        assert job not in renewed.stdout + renewed.stderr
    assert "**Phase 5 is complete.**" in report(another.root, "director_summary.md")
    again = snakemake(another.root)
    assert "Nothing to be done" in again.stdout + again.stderr
    assert another.results(1).read_bytes() == results
    again = assay("approve", 1, "--workspace", another.root)
    assert again.returncode == 2
    assert "is approved by Ada: there is nothing to decide" in again.stderr


def test_a_rejected_fix_is_withdrawn_with_what_rests_on_it_and_not_applied_again(another):
    decided = assay("reject", 1, "--workspace", another.root, "--by", "Ada")
    assert decided.returncode == 0, decided.stderr
    for model in (1, 3):
        assert not another.results(model).exists()
        for name in ("validation/verdict_{}.json", "validation/approved_{}.json"):
            assert not (another.root / "docs" / name.format(model)).exists()
        assert not (another.root / "docs" / "reports" / f"completion_{model}.md").exists()
    for _ in range(2):
        after = snakemake(another.root)
        assert after.returncode != 0
        assert "model 1 is not published: not converged" in after.stderr
        assert not another.results(1).exists()
        assert not another.results(3).exists()
    assert [entry["status"] for entry in entries(another.root)] == ["rejected"]
    incident = another.incident(1).read_text(encoding="utf-8")
    assert "Ada rejected the emergency fix" in incident
    assert rhat(another.root, 1) > 1.3
    assert assay("approve", 1, "--workspace", another.root).returncode == 2


def test_a_tampered_manifest_is_noticed_and_refused(another):
    path = another.root / "implementation" / "VERSION_MANIFEST.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace("of 80 draws diverged", "of 90 draws diverged")
    )
    dry = snakemake(another.root, "-n")
    assert "VERSION_MANIFEST.json (model 1) changed" in dry.stdout + dry.stderr
    refused = snakemake(another.root)
    assert refused.returncode != 0
    assert verdict(another.root, 1)["verdict"] == "REJECT"


def test_an_ordinary_failure_is_reported_and_not_repaired(campaign):
    ordinary = campaign("ordinary", [ORDINARY])
    assert ordinary.run.returncode != 0
    assert 1.05 < rhat(ordinary.root, 2) < 1.3
    assert not ordinary.results(2).exists()
    assert not (ordinary.root / "implementation" / "VERSION_MANIFEST.json").exists()
    incident = ordinary.incident(2).read_text(encoding="utf-8")
    assert "no critical failure, so the design's emergency_fix is not applied" in incident
    assert assay("approve", 2, "--workspace", ordinary.root).returncode == 2
