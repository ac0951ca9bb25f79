"""Let a model pass if its verdict is APPROVE (rule approve_model)."""

import sys
from pathlib import Path

from assay.commands.approve import approve
from assay.core.workspace import Workspace
from assay.evidence.publication import PublicationRefusedError
from assay.snakemake.job import snakemake

if __name__ == "__main__":
    try:
        approve(
            workspace=Workspace(Path(snakemake.config["workspace"])),
            model=int(snakemake.wildcards.model),
        )
    except PublicationRefusedError as refusal:
        sys.exit(f"assay: {refusal}")
