"""The worker's line to the recorder, as methods see it."""

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from assay.evidence.arrays import save_arrays
from assay.evidence.progress import as_metric
from assay.evidence.record import Part
from assay.worker.messages import Checkpoint, Keep, Phase, Progress
from assay.worker.pipe import write_message

PROGRESS_INTERVAL = 0.25
# Checkpoints by time come so densely that doing one stretch between two of them again is a small
# part of any training, but take no noticeable part of it themselves.
LEAST_SECONDS = 3.0
SHARE_OF_ELAPSED = 0.05
SHARE_FOR_STORING = 0.02


class Stage:
    """Where the work stands, for the incident report."""

    name: str = "import"


class PipeChannel:
    """Sends progress over the pipe and hands files over in the scratch folder."""

    def __init__(self, stream: BinaryIO, scratch: Path, heartbeat_seconds: float) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self._stream = stream
        self._scratch = scratch
        self._last_progress = 0.0
        self._began = self._last_heartbeat = self._last_checkpoint = time.monotonic()
        self._storing = 0.0  # seconds that the largest checkpoint took
        self._files = itertools.count()

    def send(self, message: Part) -> None:
        """Send any message."""
        write_message(self._stream, message)

    def phase(self, name: str) -> None:
        """Say what begins now."""
        self.send(Phase(name=name))

    def progress(self, step: int, of: int | None, **metrics: float) -> None:
        """Report progress; all but one call in PROGRESS_INTERVAL cost one look at the clock."""
        now = time.monotonic()
        if now - self._last_progress >= PROGRESS_INTERVAL or step == of:
            self._last_progress = now
            known = {name: as_metric(value) for name, value in metrics.items()}
            self.send(Progress(step=step, of=of, metrics=known))

    def checkpoint(
        self, name: str, arrays: Mapping[str, np.ndarray[Any, Any]], **meta: Any
    ) -> None:
        """Hand a checkpoint to the recorder."""
        began = time.monotonic()
        file = self._save(arrays)
        self._last_checkpoint = time.monotonic()
        self._storing = max(self._storing, self._last_checkpoint - began)
        self.send(Checkpoint(name=name, file=file, meta=meta))

    def keep(self, name: str, contents: Callable[[], Mapping[str, np.ndarray[Any, Any]]]) -> None:
        """Hand what a resumed run needs to the recorder."""
        self.send(Keep(name=name, file=self._save(contents())))

    def _save(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
        file = f"arrays_{next(self._files)}.npz"
        save_arrays(self._scratch / file, arrays)
        return file

    def heartbeat_due(self) -> bool:
        """Return True once per heartbeat interval."""
        now = time.monotonic()
        if now - self._last_heartbeat < self.heartbeat_seconds:
            return False
        self._last_heartbeat = now
        return True

    def checkpoint_due(self, name: str) -> bool:
        """Return True where a twentieth of the time so far, or a heartbeat, went without one.

        Rarer where storing them is slow; whatever the name.
        """
        del name
        now = time.monotonic()
        wait = max(LEAST_SECONDS, SHARE_OF_ELAPSED * (now - self._began))
        wait = max(min(wait, self.heartbeat_seconds), self._storing / SHARE_FOR_STORING)
        if now - self._last_checkpoint < wait:
            return False
        self._last_checkpoint = now
        return True
