"""Publish one model's results if its outcome allows it (rule publish_results)."""

import sys
from pathlib import Path

from assay.core.workspace import Workspace
from assay.evidence.publication import PublicationRefusedError, publish_results
from assay.snakemake.job import snakemake

if __name__ == "__main__":
    try:
        publish_results(
            workspace=Workspace(Path(snakemake.config["workspace"])),
            model=int(snakemake.wildcards.model),
        )
    except PublicationRefusedError as refusal:
        sys.exit(f"assay: {refusal}")
