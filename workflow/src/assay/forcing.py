"""Making Snakemake do again what it believes to be up to date, as `--forcerun` would."""

from collections.abc import Set
from typing import Any


def force(workflow: Any, outputs: Set[str]) -> None:
    """Have the jobs of some outputs run again in every plan of the whole campaign.

    The command line's settings reach the workflow only after its files are read, and there is
    no public place between the two: so the method that reads them is wrapped. Its absence in
    another Snakemake is an error, not a silence.

    Args:
        workflow: the `workflow` of a Snakefile.
        outputs: a file of each job concerned.
    """
    prepare = workflow._prepare_dag

    def prepare_forced(*args: Any, **kwargs: Any) -> Any:
        settings = workflow.dag_settings
        if not settings.targets:  # who asks for single files gets just these
            settings.forcerun = frozenset(settings.forcerun) | frozenset(outputs)
        return prepare(*args, **kwargs)

    workflow._prepare_dag = prepare_forced
