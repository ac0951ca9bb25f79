"""One training of a model at a time: two recorders would write the same evidence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from assay.errors import Category, TrainingError

NAME = "lock"
WAIT_SECONDS = 10.0  # a training whose Snakemake was killed stops by itself within seconds


@contextmanager
def model_lock(evidence: Path, model: int) -> Iterator[None]:
    """Hold a model for the time of the block; the system frees it when the process dies.

    Raises:
        TrainingError: another process is training this model in this workspace.
    """
    evidence.mkdir(parents=True, exist_ok=True)
    lock = FileLock(evidence / NAME)
    try:
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout as error:
        raise TrainingError(
            f"model {model} is being trained by another process at this moment",
            category=Category.RESOURCE,
            where=str(evidence / NAME),
            remedy="Wait for it to end, or end it; then run again.",
        ) from error
    try:
        yield
    finally:
        lock.release()
