"""Jobs for real workers, of small iterative models."""

import pickle
import textwrap
from pathlib import Path
from typing import Any

from assay.core.files import digest_file


def training_job(folder: Path, scratch: Path, code: str, features: object = None) -> dict[str, Any]:
    """Write a model's code and features into a folder, and return the job of training it.

    Args:
        folder: for code and features.
        scratch: the worker's folder, which is made.
        code: of the model.
        features: what its features file holds.
    """
    scratch.mkdir(parents=True)
    path = folder / "code" / "model_1.py"
    path.parent.mkdir()
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    stored = folder / "features_1.pkl"
    stored.write_bytes(pickle.dumps(features))
    return {
        "type": "job",
        "scratch": str(scratch),
        "heartbeat_seconds": 60.0,
        "method": "iterative",
        "code": str(path),
        "features": str(stored),
        "upstream": {},
        "design": {"model": 1},
        "training": {"max_steps": 1000},
        "convergence": {},
        "digests": {"features": digest_file(stored)},
        "seed": "ab12",
        "cores": 1,
        "before": {},
        "kept": {},
    }
