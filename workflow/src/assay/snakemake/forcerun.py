"""Making Snakemake do again what it believes to be up to date, as `--forcerun` would."""

from collections.abc import Set
from typing import Any

from assay.snakemake.hook import before_planning


def force(workflow: Any, outputs: Set[str]) -> None:
    """Have the jobs of some outputs run again in every plan of the whole campaign.

    Args:
        workflow: the `workflow` of a Snakefile.
        outputs: a file of each job concerned.
    """

    def add() -> None:
        settings = workflow.dag_settings
        if not settings.targets:  # who asks for single files gets just these
            settings.forcerun = frozenset(settings.forcerun) | frozenset(outputs)

    before_planning(workflow, add)
