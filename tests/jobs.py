"""Tasks for real workers, of small iterative models."""

import pickle
import textwrap
from pathlib import Path

from assay.core.files import digest_file
from assay.worker.messages import Train


def training_task(
    folder: Path, scratch: Path, code: str, features: object = None, heartbeat: float = 60.0
) -> Train:
    """Write a model's code and features into a folder, and return the task of training it.

    Args:
        folder: for code and features.
        scratch: the worker's folder, which is made.
        code: of the model.
        features: what its features file holds.
        heartbeat: seconds between heartbeats.
    """
    scratch.mkdir(parents=True)
    path = folder / "code" / "model_1.py"
    path.parent.mkdir()
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    stored = folder / "features_1.pkl"
    stored.write_bytes(pickle.dumps(features))
    return Train(
        scratch=str(scratch),
        heartbeat_seconds=heartbeat,
        method="iterative",
        code=str(path),
        features=str(stored),
        upstream={},
        design={"model": 1},
        training={"max_steps": 1000},
        convergence={},
        digests={"features": digest_file(stored)},
        seed="ab12",
        cores=1,
    )
