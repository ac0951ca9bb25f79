"""Train one model and record how it ended (rule train_model)."""

import sys
from pathlib import Path

from assay.config import load_config
from assay.errors import TrainingError
from assay.recorder.session import StoppedError
from assay.recorder.stopping import StopRequest
from assay.recorder.train import Request, train_model
from assay.workspace import Workspace

if __name__ == "__main__":
    stop = StopRequest()
    stop.listen()
    config = load_config(snakemake.config)  # what only reports need is no parameter of the rule
    request = Request(
        workspace=Workspace(Path(snakemake.config["workspace"])),
        model=int(snakemake.wildcards.model),
        worker=snakemake.params.worker,
        cores=snakemake.threads,
        heartbeat_seconds=snakemake.params.heartbeat_seconds,
        nonce=snakemake.params.nonce,
        package=snakemake.params.source,
        problems=tuple(snakemake.params.problems),
        stop=stop.reason,
        slow_after_hours=config.slow_after_hours,
        stall_heartbeats=config.stall_heartbeats,
    )
    try:
        train_model(request)
    except StoppedError as stopped:
        sys.exit(f"assay: model {request.model} was stopped ({stopped}). Run again: it goes on.")
    except TrainingError as error:
        sys.exit(f"assay: {error}. {error.remedy}")
