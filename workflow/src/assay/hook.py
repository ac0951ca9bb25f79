"""The moment between Snakemake's reading the command line and its planning the jobs."""

from collections.abc import Callable
from typing import Any


def before_planning(workflow: Any, action: Callable[[], None]) -> None:
    """Have something done when the settings are known and no job is planned yet.

    The command line's settings reach the workflow only after its files are read, and there is
    no public place between the two: so the method that reads them is wrapped. Its absence in
    another Snakemake is an error, not a silence.

    Args:
        workflow: the `workflow` of a Snakefile.
        action: what to do.
    """
    prepare = workflow._prepare_dag

    def act_and_prepare(*args: Any, **kwargs: Any) -> Any:
        action()
        return prepare(*args, **kwargs)

    workflow._prepare_dag = act_and_prepare
