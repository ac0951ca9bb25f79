"""Train one model and record how it ended (rule train_model)."""

from pathlib import Path

from assay.recorder.train import Request, train_model
from assay.workspace import Workspace

if __name__ == "__main__":
    train_model(
        Request(
            workspace=Workspace(Path(snakemake.config["workspace"])),
            model=int(snakemake.wildcards.model),
            worker=snakemake.params.worker,
            cores=snakemake.threads,
            heartbeat_seconds=snakemake.params.heartbeat_seconds,
            nonce=snakemake.params.nonce,
            package=snakemake.params.source,
            problems=tuple(snakemake.params.problems),
        )
    )
