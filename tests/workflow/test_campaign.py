"""What a finished campaign leaves, also one of models that each fail a gate."""

import json
import os
import sys
from dataclasses import replace

import pandas as pd
import pytest
from campaigns import TRAINING, snakemake

from toys import BAD, DEPENDENT, DESCENT, GOOD, iterative, simulation, write_workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(campaign):
    return campaign("finished", GOOD)


def test_every_declared_file_is_there(finished):
    assert finished.run.returncode == 0, finished.text
    found = {str(p.relative_to(finished.root)) for p in finished.root.rglob("*") if p.is_file()}
    for toy in GOOD:
        number = toy.number
        assert {
            f"implementation/data/results_{number}.csv",
            f"implementation/logs/training_{number}.log",
            f"implementation/logs/convergence_{number}.log",
            f"docs/reports/completion_{number}.md",
            f"implementation/evidence/{number}/progress.jsonl",
            f"implementation/evidence/{number}/fit.npz",
        } <= found
        assert any(f.startswith(f"implementation/evidence/{number}/checkpoints/") for f in found)
    assert {
        "docs/mission_analysis.md",
        "docs/director_summary.md",
        "implementation/logs/phase_5_timing.json",
    } <= found
    assert not [name for name in found if "scratch" in name]


def test_progress_has_start_end_and_sources(finished):
    path = finished.root / "implementation" / "evidence" / "1" / "progress.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert (lines[0]["event"], lines[-1]["event"]) == ("start", "end")
    assert lines[-1]["cpu_seconds"]["value"] > 0
    assert lines[-1]["cpu_seconds"]["source"]
    stamps = [line["monotonic"] for line in lines]
    assert stamps == sorted(stamps)


def test_nothing_to_be_done_the_second_time(finished):
    again = snakemake(finished.root)
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout + again.stderr


def test_the_dry_run_names_the_consultation_in_full(campaign):
    planned = campaign("planned", GOOD[1:2], "-n")
    newest = max(
        path.stat().st_mtime
        for path in (
            planned.root / "model" / "model_design_2.md",
            planned.root / "implementation" / "code" / "model_2.py",
            planned.root / "implementation" / "data" / "features_2.pkl",
            planned.root.parent / "project of planned" / "config" / "config.yaml",
        )
    )
    stamp = pd.Timestamp(int(newest), unit="s").strftime("%Y-%m-%dT%H-%M-%S")
    assert f"docs/consultations/phase_5_model_trainer1_{stamp}.md" in planned.text
    assert "results_2.csv" in planned.text
    assert not (planned.root / "docs").exists()


@pytest.fixture(scope="module")
def mixed(campaign, tmp_path_factory):
    """Return a finished campaign of all toys, in folders with spaces and an umlaut, on one core."""
    environment = tmp_path_factory.mktemp("python") / "an environment with spaces"
    environment.symlink_to(sys.prefix)
    return campaign(
        "gates für alle",
        [*GOOD, *BAD, DEPENDENT],
        cores=1,
        python=str(environment / "bin" / "python"),
        env={"LC_ALL": "C"},
    )


def test_a_campaign_with_failures_ends_non_zero(mixed):
    assert mixed.run.returncode != 0, mixed.text


@pytest.mark.parametrize("toy", GOOD, ids=lambda toy: f"{toy.method}_{toy.number}")
def test_same_bytes_in_another_folder_with_other_cores(finished, mixed, toy):
    assert finished.results(toy.number).read_bytes() == mixed.results(toy.number).read_bytes()


@pytest.mark.parametrize("toy", GOOD, ids=lambda toy: f"{toy.method}_{toy.number}")
def test_good_models_are_published_beside_failing_ones(mixed, toy):
    assert mixed.results(toy.number).exists(), mixed.text[-3000:]
    table = pd.read_csv(mixed.results(toy.number), keep_default_na=False)
    assert list(table.columns) == list(toy.results["columns"])
    assert len(table) == 2
    reports = mixed.root / "docs" / "reports"
    assert (reports / f"completion_{toy.number}.md").exists()
    assert not mixed.incident(toy.number).exists()


@pytest.mark.parametrize("toy", BAD, ids=lambda toy: f"{toy.method}_{toy.number}")
def test_a_model_that_fails_a_gate_publishes_nothing_and_says_why(mixed, toy):
    assert not mixed.results(toy.number).exists()
    incident = mixed.incident(toy.number).read_text(encoding="utf-8")
    assert toy.fails in mixed.reasons(toy.number)
    assert toy.fails in incident
    assert f"model {toy.number} " in mixed.text
    assert all(log.exists() for log in mixed.logs(toy.number))
    assert not (mixed.root / "docs" / "reports" / f"completion_{toy.number}.md").exists()


def test_no_traceback_of_assay_itself_reaches_the_user(mixed):
    assert "Traceback" not in mixed.run.stderr


def test_a_dependent_of_a_failed_model_is_not_trained_and_the_summary_says_so(mixed):
    assert not mixed.results(DEPENDENT.number).exists()
    assert not mixed.incident(DEPENDENT.number).exists()
    summary = (mixed.root / "docs" / "director_summary.md").read_text(encoding="utf-8")
    assert "waits for model 14" in summary
    assert "not complete" in summary


def test_sanity_reports_every_violation_not_the_first(mixed):
    incident = mixed.incident(22).read_text(encoding="utf-8")
    assert "total == gold + silver" in incident
    assert "5.5" in incident
    assert "NA" in incident


def test_a_changed_input_with_its_time_kept_is_noticed(campaign):
    before = campaign("changed", [iterative(1, DESCENT)], *TRAINING)
    assert before.run.returncode == 0, before.text
    code = before.root / "implementation" / "code" / "model_1.py"
    old = code.stat()
    text = code.read_text().replace("1.0, 2.0", "1.0, 2.5")
    code.write_text(text)
    os.utime(code, ns=(old.st_atime_ns, old.st_mtime_ns))
    dry = snakemake(before.root, *TRAINING, "-n")
    assert "train_model" in dry.stdout + dry.stderr
    published = before.results(1).read_bytes()
    assert snakemake(before.root, *TRAINING).returncode == 0
    assert before.results(1).read_bytes() != published


def test_a_new_failure_withdraws_the_older_result(campaign):
    good = campaign("withdrawn", [iterative(1, DESCENT)])
    assert good.results(1).exists()
    iterative(1, DESCENT.replace("0.1 *", "3.0 *"), fails="x").write(good.root)
    again = snakemake(good.root)
    assert again.returncode != 0
    assert not good.results(1).exists()
    assert not (good.root / "docs" / "reports" / "completion_1.md").exists()
    assert "gradient_explosion" in good.incident(1).read_text(encoding="utf-8")
    iterative(1, DESCENT).write(good.root)
    assert snakemake(good.root).returncode == 0
    assert good.results(1).exists()
    assert not good.incident(1).exists()
    attempts = (good.root / "implementation" / "evidence" / "1" / "attempts.jsonl").read_text()
    assert attempts.count('"begun"') == 3


def test_models_read_published_results_of_others_and_helpers(campaign):
    reader = simulation(
        7,
        'import helper\nreturn {"x": helper.double(inputs.upstream[3]["x"].sum() + rng.normal())}',
    )
    chain = [iterative(3, DESCENT), replace(reader, extra={"depends_on": [3]})]
    planned = campaign("chained", chain, "-n")
    helper = planned.root / "implementation" / "code" / "helper.py"
    helper.write_text("def double(x):\n    return 2 * x\n")
    done = snakemake(planned.root)
    assert done.returncode == 0, done.stdout + done.stderr
    mean = pd.read_csv(planned.results(7))["x"][0]
    assert mean == pytest.approx(2 * pd.read_csv(planned.results(3))["x"].sum(), abs=0.5)
    helper.write_text("def double(x):\n    return 3 * x\n")
    dry = snakemake(planned.root, "-n")
    assert "train_model" in dry.stdout + dry.stderr


def test_a_missing_workspace_is_an_error_in_words(tmp_path):
    run = snakemake(tmp_path / "nowhere")
    assert run.returncode != 0
    assert "has no folder model/" in run.stdout + run.stderr
    assert "Traceback" not in run.stderr


def test_an_unknown_config_key_is_an_error_in_words(campaign):
    planned = campaign("unknown key", GOOD[1:2], "-n", settings={"workrs": 3})
    assert planned.run.returncode != 0
    assert "workrs" in planned.text


def test_a_snakemake_that_is_not_supported_is_an_error_in_words(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "from importlib import metadata\n"
        "version = metadata.version\n"
        'metadata.version = lambda name: "9.28.0" if name == "snakemake" else version(name)\n'
    )
    root = write_workspace(tmp_path / "newer", GOOD[1:2])
    run = snakemake(root, "-n", env={"PYTHONPATH": str(site)})
    assert run.returncode != 0
    told = run.stdout + run.stderr
    assert "assay: snakemake 9.28.0 is installed; supported is" in told
    assert "pip install -r requirements.txt" in told
    assert "Traceback" not in told
