"""Write the director's summary over all models (rule summarise_campaign)."""

from pathlib import Path

from assay.commands.report import write_summary
from assay.core.workspace import Workspace
from assay.snakemake.job import snakemake

if __name__ == "__main__":
    write_summary(
        workspace=Workspace(Path(snakemake.config["workspace"])),
        models=snakemake.params.models,
        target=Path(snakemake.output.summary),
    )
