"""Judge one model and write verdict and report (rule validate_model)."""

from pathlib import Path

from assay.validation.publish import write_validation
from assay.validation.subject import Options
from assay.workspace import Workspace

if __name__ == "__main__":
    asked = snakemake.params
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
