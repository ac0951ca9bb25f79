"""What is used of Snakemake's insides is there, and its absence is an error in words."""

import re
import sys
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import snakemake.api  # noqa: F401  (as a run does: its modules need each other in this order)
from snakemake.exceptions import WorkflowError

from assay.core.internals import check
from assay.snakemake import internals
from assay.snakemake.internals import (
    before_locking,
    before_planning,
    check_snakemake,
    force_run,
    locks_of,
    quote_interpreter,
    slurm_jobs_of,
)
from assay.snakemake.tables import SLURM_PLUGIN, SNAKEMAKE
from broken_internals import twins

PROJECT = Path(__file__).parents[3]


def test_the_versions_installed_here_pass():
    check(SNAKEMAKE)
    check(SLURM_PLUGIN)


def test_it_takes_next_to_nothing():
    begin = time.process_time()
    for _ in range(10):
        check_snakemake()
    assert time.process_time() - begin < 10 * 0.02  # 1 ms each on an idle machine


@pytest.mark.parametrize(
    ("library", "internal", "breaking", "said"), twins(SNAKEMAKE, SLURM_PLUGIN)
)
def test_what_is_gone_or_different_is_named(library, internal, breaking, said, monkeypatch):
    breaking(monkeypatch)
    with pytest.raises(WorkflowError, match=f"assay: {library.name} .* has other insides") as no:
        if library is SNAKEMAKE:
            check_snakemake()
        else:
            slurm_jobs_of(workflow(plugin=SimpleNamespace(name="slurm")))
    assert f"{internal.name} {said}" in str(no.value)
    assert f"from {library.oldest} and before {library.below}" in str(no.value)
    assert "pip install -r requirements.txt" in str(no.value)


def test_the_range_is_the_same_wherever_it_is_said():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [f"{each.name}>={each.oldest},<{each.below}" for each in (SNAKEMAKE, SLURM_PLUGIN)]
    assert set(wanted) <= set(project["dependencies"])
    least = re.search(r'min_version\("(.*)"\)', (PROJECT / "Snakefile").read_text())
    assert least
    assert least.group(1) == SNAKEMAKE.oldest


def test_nothing_else_touches_names_with_an_underscore():
    others = [*(PROJECT / "workflow/rules").glob("*.smk"), PROJECT / "Snakefile"]
    others += Path(internals.__file__).parent.glob("*.py")
    for path in others:
        if path.name not in ("internals.py", "tables.py"):
            assert not re.search(r"\b(?!self\b)\w+\._[a-z]", path.read_text()), path


def workflow(plugin=None, *, dryrun=False, lock=True, targets=()):
    """Return as much of a workflow as is looked at; `done` says what happened, in order."""
    done: list[object] = []

    def prepare(*args, **kwargs):
        done.append(("prepared", args, kwargs))
        return "graph"

    return SimpleNamespace(
        done=done,
        _prepare_dag=prepare,
        dryrun=dryrun,
        executor_plugin=plugin,
        executor_settings=SimpleNamespace(jobname_prefix=None),
        execution_settings=SimpleNamespace(lock=lock),
        dag_settings=SimpleNamespace(targets=targets, forcerun=frozenset({"mine"})),
        persistence=SimpleNamespace(path="folder"),
    )


def test_planning_is_preceded_and_left_as_it_is():
    it = workflow()
    before_planning(it, lambda: it.done.append("first"))
    assert it._prepare_dag(1, nolock=True) == "graph"
    assert it.done == ["first", ("prepared", (1,), {"nolock": True})]


def test_locking_is_preceded_but_in_no_dry_run():
    it = workflow()
    before_locking(it, lambda: it.done.append("then"))
    it._prepare_dag(forceall=False)
    assert it.done == [("prepared", (), {"forceall": False}), "then"]
    dry = workflow(dryrun=True)
    before_locking(dry, lambda: dry.done.append("then"))
    dry._prepare_dag()
    assert dry.done == [("prepared", (), {})]


def test_jobs_are_forced_beside_those_the_user_forces_but_not_into_single_targets():
    it = workflow()
    force_run(it, {"ours"})
    assert it.dag_settings.forcerun == {"mine", "ours"}
    single = workflow(targets=["one"])
    force_run(single, {"ours"})
    assert single.dag_settings.forcerun == {"mine"}


def test_there_are_locks_only_where_a_run_locks():
    assert locks_of(workflow()).folder == Path("folder")
    assert locks_of(workflow(lock=False)) is None
    nothing = workflow()
    nothing.execution_settings = None  # as with --unlock
    assert locks_of(nothing) is None


@pytest.mark.parametrize("plugin", [None, SimpleNamespace(name="local")])
def test_without_slurm_its_plugin_is_not_looked_at(plugin, monkeypatch):
    monkeypatch.setattr(internals, "check", None)
    assert slurm_jobs_of(workflow(plugin)) is None


class _Submitting:
    """As much of the plugin's executor as is used."""

    def __init__(self):
        self.submitted: list[Any] = []
        self.reported: list[Any] = []
        self.said: list[str] = []
        self.logger = SimpleNamespace(info=self.said.append)
        self.__post_init__()

    def __post_init__(self):
        self.run_uuid, self.slurm_logdir = "random", Path("logs")

    def run_job_pre(self, job):
        self.said.append(f"job {job.jobid}")

    def run_jobs(self, jobs):
        self.submitted += [job.jobid for job in jobs]

    def report_job_submission(self, info):
        self.reported.append(info)


def test_a_job_that_is_there_is_followed_once_and_others_are_submitted():
    def job(number, wildcards, rule="train_model"):
        return SimpleNamespace(jobid=number, name=rule, wildcards=wildcards)

    plugin = SimpleNamespace(name="slurm", executor=_Submitting)
    earlier = {"rule_train_model_wildcards_7": "11"}
    slurm_jobs_of(workflow(plugin)).follow("assay_x_1", earlier)
    executor = plugin.executor()
    assert executor.run_uuid == "assay_x_1"
    executor.run_jobs([job(1, ["7"]), job(2, ["8"]), job(3, ["7"], "validate_model"), job(4, [])])
    executor.run_jobs([job(5, ["7"])])  # tried again: it has to be submitted
    assert executor.submitted == [2, 3, 4, 5]
    (followed,) = executor.reported
    assert (followed.job.jobid, followed.external_jobid) == (1, "11")
    assert followed.aux == {"slurm_logfile": Path("logs/rule_train_model/7/11.log")}
    assert executor.said[1] == "job 1"
    assert "Job 1 is SLURM job 11 already" in executor.said[2]


def test_a_path_with_a_space_is_quoted(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/my folder/python")
    quote_interpreter()
    assert sys.executable == "'/my folder/python'"
