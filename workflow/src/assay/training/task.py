"""What a worker is started with, to train an admitted model."""

from collections.abc import Mapping
from pathlib import Path

from assay.campaign.admission import Admitted
from assay.evidence.attempt import Interrupted
from assay.training.request import Request
from assay.worker.messages import Train


def training_task(
    request: Request, admitted: Admitted, interrupted: Interrupted | None, scratch: Path
) -> Train:
    """Return the task of training a model.

    Args:
        request: what is asked for.
        admitted: the model, its settings those that it is to be trained with.
        interrupted: the training that is carried on.
        scratch: the worker's folder.
    """
    design, workspace = admitted.design, request.workspace
    heartbeat = request.heartbeat_seconds
    if interrupted is not None:  # the one that its record is judged by
        heartbeat = interrupted.admission.heartbeat_seconds
    return Train(
        scratch=str(scratch.resolve()),
        heartbeat_seconds=heartbeat,
        method=design.method,
        code=str(admitted.code.resolve()),
        features=str(admitted.features.resolve()),
        upstream={
            str(number): (str(path.resolve()), str(workspace.design(number).resolve()))
            for number, path in admitted.upstream.items()
        },
        design=admitted.front_matter,
        training=design.training.model_dump(mode="json"),
        convergence=design.convergence.model_dump(mode="json"),
        digests=admitted.digests,
        seed=admitted.seed,
        cores=request.cores,
        before=_resolved(interrupted.checkpoints) if interrupted else {},
        kept=_resolved(interrupted.kept) if interrupted else {},
    )


def _resolved(files: Mapping[str, Path]) -> dict[str, str]:
    return {name: str(path.resolve()) for name, path in files.items()}
