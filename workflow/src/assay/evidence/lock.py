"""One training of a model at a time: two recorders would write the same evidence."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from assay.core.errors import Category, TrainingError
from assay.core.processes import Identity, is_alive
from assay.core.stopping import snakemakes_above

NAME = "lock"
WAIT_SECONDS = 10.0  # a training whose Snakemake was killed stops by itself within seconds
ENDING_SECONDS = 300.0  # and on a crowded machine, or amid its last reckonings, within minutes


@contextmanager
def model_lock(evidence: Path, model: int) -> Iterator[None]:
    """Hold a model for the time of the block; the system frees it when the process dies.

    The file says who holds it, for those who find it held.

    Raises:
        TrainingError: another process is training this model in this workspace.
    """
    evidence.mkdir(parents=True, exist_ok=True)
    path = evidence / NAME
    lock = FileLock(path)
    try:
        _acquire(lock, path)
    except Timeout as error:
        owner, end = _describe(path)
        raise TrainingError(
            f"model {model} is being trained by another process at this moment: {owner}",
            category=Category.RESOURCE,
            where=str(path),
            remedy=f"Wait for it to end (or end it: {end}), then run again.",
        ) from error
    try:
        path.write_text(json.dumps(_myself()) + "\n", encoding="utf-8")
        yield
    finally:
        path.write_text("", encoding="utf-8")
        lock.release()


def _acquire(lock: FileLock, path: Path) -> None:
    try:
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout:
        if not _is_ending(path):
            raise
        lock.acquire(timeout=ENDING_SECONDS)


def _is_ending(path: Path) -> bool:
    """Return whether the holder's Snakemake was killed, so that it is about to stop by itself."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))["snakemakes"]
        users = [user for one in stored if (user := Identity.from_json(one))]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return any(is_alive(user) is False for user in users)


def _myself() -> dict[str, Any]:
    """Return what tells this process from all others, on this machine or a cluster."""
    owner: dict[str, Any] = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "snakemakes": [each.as_json() for each in snakemakes_above()],
    }
    if job := os.environ.get("SLURM_JOB_ID"):
        owner["slurm_job_id"] = job
    return owner


def _describe(path: Path) -> tuple[str, str]:
    """Return who holds a lock, and the command that ends it."""
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        since = f"on {owner['host']} since {owner['since']}"
        if job := owner.get("slurm_job_id"):
            return f"SLURM job {job} {since}", f"scancel {job}"
        return f"process {owner['pid']} {since}", f"kill {owner['pid']}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "it has not said which", "look for train_model.py"
