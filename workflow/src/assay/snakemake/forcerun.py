"""Making Snakemake do again what it believes to be up to date, as `--forcerun` would."""

from collections.abc import Set
from typing import Any

from assay.snakemake.internals import before_planning, force_run


def force(workflow: Any, outputs: Set[str]) -> None:
    """Have the jobs of some outputs run again in every plan of the whole campaign.

    Args:
        workflow: the `workflow` of a Snakefile.
        outputs: a file of each job concerned.
    """
    before_planning(workflow, lambda: force_run(workflow, outputs))
