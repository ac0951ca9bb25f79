"""Judge one model and write verdict and report (rule validate_model)."""

import sys
from pathlib import Path

from assay.commands.validate import write_validation
from assay.core.stopping import end_with_snakemake
from assay.core.workspace import Workspace
from assay.snakemake.job import snakemake
from assay.validation.case import Options
from assay.worker.replies import CutShortError

if __name__ == "__main__":
    end_with_snakemake()
    asked = snakemake.params
    try:
        write_validation(
            workspace=Workspace(Path(snakemake.config["workspace"])),
            model=int(snakemake.wildcards.model),
            options=Options(
                replay=asked.replay,
                trusted_keys=tuple(map(Path, asked.trusted_keys)),
                nonce=asked.nonce,
                heartbeat_seconds=asked.heartbeat_seconds,
                cores=snakemake.threads,
            ),
            title=asked.title,
        )
    except CutShortError as error:
        sys.exit(f"assay: {error}.")
