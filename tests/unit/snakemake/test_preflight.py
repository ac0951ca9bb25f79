"""A workspace that cannot be written is refused before anything is locked, in words."""

from types import SimpleNamespace

import pytest
from snakemake.exceptions import WorkflowError

from assay.core.workspace import Workspace
from assay.snakemake.preflight import install


def workflow(dryrun):
    return SimpleNamespace(dryrun=dryrun, _prepare_dag=lambda: None)


def test_one_that_can_be_written_is_left_as_it_was(tmp_path):
    run = workflow(dryrun=False)
    install(run, Workspace(tmp_path), [1])
    run._prepare_dag()
    assert not list(tmp_path.iterdir())


def test_one_that_cannot_is_refused_but_can_be_looked_at(tmp_path):
    gone = Workspace(tmp_path / "gone")
    run, dry = workflow(dryrun=False), workflow(dryrun=True)
    for each in (run, dry):
        install(each, gone, [1, 2])
    dry._prepare_dag()
    with pytest.raises(WorkflowError, match=r"assay: .*gone cannot be written .*: 1, 2\."):
        run._prepare_dag()
