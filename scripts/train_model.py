"""Train one model and record how it ended (rule train_model)."""

from pathlib import Path

from assay.commands.train import train_or_exit
from assay.core.config import load_config
from assay.core.stopping import StopRequest
from assay.core.workspace import Workspace
from assay.snakemake.job import snakemake
from assay.training.request import Request

if __name__ == "__main__":
    stop = StopRequest()
    stop.listen()
    config = load_config(snakemake.config)  # what only reports need is no parameter of the rule
    train_or_exit(
        Request(
            workspace=Workspace(Path(snakemake.config["workspace"])),
            model=int(snakemake.wildcards.model),
            trainer=snakemake.params.trainer,
            cores=snakemake.threads,
            heartbeat_seconds=snakemake.params.heartbeat_seconds,
            nonce=snakemake.params.nonce,
            source=snakemake.params.source,
            problems=tuple(snakemake.params.problems),
            stop=stop.reason,
            slow_after_hours=config.slow_after_hours,
            stall_heartbeats=config.stall_heartbeats,
        )
    )
