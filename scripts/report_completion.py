"""Write one model's completion report (rule report_completion)."""

from pathlib import Path

from assay.commands.report import write_completion
from assay.core.workspace import Workspace
from assay.snakemake.job import snakemake

if __name__ == "__main__":
    write_completion(
        workspace=Workspace(Path(snakemake.config["workspace"])),
        model=int(snakemake.wildcards.model),
        trainer=snakemake.params.trainer,
        target=Path(snakemake.output.report),
    )
