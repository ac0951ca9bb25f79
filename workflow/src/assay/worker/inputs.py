"""Reading a model's inputs once: what was hashed is what the model sees."""

import io
import pickle
from pathlib import Path
from typing import Any

from assay.core.errors import Category, TrainingError
from assay.core.files import digest_bytes
from assay.design import load_design
from assay.methods.base import Inputs
from assay.results.table import parse_results


def read_inputs(
    features: Path,
    upstream: dict[int, tuple[Path, Path]],
    design: dict[str, Any],
    digests: dict[str, str],
) -> Inputs:
    """Read features and upstream results and compare them with what was admitted.

    Args:
        features: the features file.
        upstream: published results and design (which gives the types of columns) by model.
        design: the front matter of the model's own design.
        digests: what was admitted.

    Raises:
        TrainingError: a file is gone, unreadable, or no longer what was admitted.
    """
    return Inputs(
        features=_load(features, _read(features, digests["features"])),
        design=design,
        upstream={
            model: parse_results(_read(path, digests[f"upstream/{model}"]), load_design(types))
            for model, (path, types) in upstream.items()
        },
    )


def _read(path: Path, admitted: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TrainingError(
            f"{path.name} cannot be read: {error.strerror}",
            category=Category.DATA,
            where=str(path),
            remedy="Put the file back and run again.",
        ) from error
    if digest_bytes(content) != admitted:
        raise TrainingError(
            f"{path.name} changed while the training was starting",
            category=Category.DATA,
            where=str(path),
            remedy="Let whatever writes the file finish, then run again.",
        )
    return content


def _load(path: Path, content: bytes) -> Any:
    try:
        if path.suffix == ".parquet":
            import pandas

            return pandas.read_parquet(io.BytesIO(content))
        return pickle.loads(content)
    except Exception as error:  # whatever a damaged or foreign file provokes
        raise TrainingError(
            f"{path.name} cannot be loaded: {type(error).__name__}: {error}",
            category=Category.DATA,
            where=str(path),
            remedy="Write the features again with the package versions of requirements.txt, "
            "and let them hold nothing but data (frames, arrays, numbers, text).",
        ) from error
