"""Write the consultation of one worker (rule export_consultation)."""

import sys
from pathlib import Path

from assay.publication import PublicationRefusedError
from assay.summary import write_consultation
from assay.workspace import Workspace

if __name__ == "__main__":
    try:
        write_consultation(
            workspace=Workspace(Path(snakemake.config["workspace"])),
            models=snakemake.params.models,
            worker=int(snakemake.wildcards.worker),
            target=Path(snakemake.output.consultation),
        )
    except PublicationRefusedError as refusal:
        sys.exit(f"assay: {refusal}")
