"""What an earlier Snakemake left on SLURM is recognised; here `squeue` is a script that says it."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.exceptions import WorkflowError

from assay.core.errors import ClusterError
from assay.snakemake import cluster


@pytest.fixture
def squeue(tmp_path, monkeypatch):
    """Return a function that lets `squeue` run a shell script; its last arguments are kept."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def write(script: str) -> Path:
        path = tmp_path / "squeue"
        path.write_text(f'#!/bin/sh\necho "$@" > "{tmp_path}/arguments"\n{script}\n')
        path.chmod(0o755)
        return tmp_path / "arguments"

    return write


def workflow(executor: str):
    """Return as much of a workflow as is looked at."""
    plugin = SimpleNamespace(name=executor, executor=object)
    settings = SimpleNamespace(jobname_prefix="mine")
    return SimpleNamespace(
        executor_plugin=plugin, executor_settings=settings, _prepare_dag=lambda: "prepared"
    )


def test_only_single_jobs_that_wait_or_run_are_found(squeue):
    arguments = squeue(
        """cat <<END
11|RUNNING|rule_train_model_wildcards_1
12|PENDING|rule_train_model_wildcards_2
13|COMPLETED|rule_train_model_wildcards_3
14_[1-5]|PENDING|rule_train_model_wildcards_4
15|RUNNING|rule_group_of_several
16|FAILED|rule_validate_model_wildcards_5
END"""
    )
    found = cluster.earlier_jobs("assay_x_1")
    assert found == {"rule_train_model_wildcards_1": "11", "rule_train_model_wildcards_2": "12"}
    assert "--name=assay_x_1" in arguments.read_text()


def test_a_job_that_is_ending_is_waited_for(squeue, tmp_path):
    squeue(
        f"""if [ -e "{tmp_path}/asked" ]; then exit 0; fi
touch "{tmp_path}/asked"
echo "11|COMPLETING|rule_train_model_wildcards_1" """
    )
    assert cluster.earlier_jobs("assay_x_1") == {}
    assert (tmp_path / "asked").exists()


def test_a_job_that_does_not_come_to_an_end_is_not_waited_for_for_ever(squeue, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.0)
    squeue('echo "11|COMPLETING|rule_train_model_wildcards_1"')
    assert cluster.earlier_jobs("assay_x_1") == {}


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo 'Unable to contact slurm controller' >&2; exit 1", "controller"), (None, "squeue")],
)
def test_a_slurm_that_does_not_answer_is_an_error_in_words(squeue, monkeypatch, script, said):
    if script is None:
        monkeypatch.setenv("PATH", "/nowhere")
    else:
        squeue(script)
    with pytest.raises(ClusterError, match=f"{said}.*nothing was submitted"):
        cluster.earlier_jobs("assay_x_1")


def test_the_name_tells_campaigns_apart_and_can_stand_in_a_command(tmp_path):
    places = [(tmp_path / "a", tmp_path / "b"), (tmp_path / "a", tmp_path / "b c;")]
    names = [cluster.campaign_name(*place) for place in (*places, (tmp_path / "x", places[0][1]))]
    assert len(set(names)) == 3
    assert names[1].startswith("assay_b-c-_")
    assert cluster.campaign_name(*places[0]) == names[0]


def test_slurm_is_asked_only_where_slurm_is_used(squeue, tmp_path):
    arguments = squeue("exit 0")
    local = workflow("local")
    cluster.follow_earlier_jobs(local, tmp_path)
    assert local._prepare_dag() == "prepared"
    assert not arguments.exists()
    assert local.executor_plugin.executor is object
    submitted = workflow("slurm")
    cluster.follow_earlier_jobs(submitted, tmp_path)
    assert not arguments.exists()  # not before the jobs are planned
    assert submitted._prepare_dag() == "prepared"
    assert "--name=mine_assay_" in arguments.read_text()
    assert issubclass(submitted.executor_plugin.executor, object)


def test_without_an_answer_nothing_is_planned(squeue, tmp_path):
    squeue("exit 1")
    submitted = workflow("slurm")
    cluster.follow_earlier_jobs(submitted, tmp_path)
    with pytest.raises(WorkflowError, match="assay: SLURM does not say"):
        submitted._prepare_dag()
