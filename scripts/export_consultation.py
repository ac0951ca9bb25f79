"""Write the consultation of one worker (rule export_consultation)."""

import sys
from pathlib import Path

from assay.commands.report import write_consultation
from assay.core.workspace import Workspace
from assay.evidence.publication import PublicationRefusedError
from assay.snakemake.job import snakemake

if __name__ == "__main__":
    try:
        write_consultation(
            workspace=Workspace(Path(snakemake.config["workspace"])),
            models=snakemake.params.models,
            trainer=int(snakemake.wildcards.trainer),
            target=Path(snakemake.output.consultation),
        )
    except PublicationRefusedError as refusal:
        sys.exit(f"assay: {refusal}")
