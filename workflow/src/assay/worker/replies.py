"""Waiting for the one message of a worker that matters, as a validator does."""

import math
import time
from pathlib import Path
from typing import TypeVar

from assay.core.errors import AssayError, Category, TrainingError
from assay.worker.messages import Checked, Failed, Phase, Replayed, check_message, failure
from assay.worker.process import WorkerProcess, was_killed

WAIT_SECONDS = 1.0
M = TypeVar("M", Replayed, Checked)


class CutShortError(AssayError):
    """The machine ended what was being done again; that says nothing about the run."""


class TooLongError(AssayError):
    """What is done again takes longer than it may."""


def await_message(
    worker: WorkerProcess, wanted: type[M], scratch: Path, seconds: float = math.inf
) -> M | Failed:
    """Return the message wanted, or a failure that says why it did not come.

    Before it only phases may come. Anything else is a failure of the model's code.

    Args:
        worker: who sends it.
        wanted: its kind.
        scratch: the worker's folder.
        seconds: how long to wait for it.

    Raises:
        CutShortError: the worker was killed, or lacked memory or another resource.
        TooLongError: it did not come in time.
    """
    latest = time.monotonic() + seconds
    while (messages := worker.receive(WAIT_SECONDS)) is not None:
        for message in messages:
            try:
                check_message(message, (wanted, Phase, Failed), scratch)
            except TrainingError as error:
                return failure(error, "replay")
            if isinstance(message, wanted):
                return message
            if isinstance(message, Failed):
                if message.category is Category.RESOURCE:
                    raise CutShortError(message.summary)
                return message
        if time.monotonic() > latest:
            raise TooLongError(f"it takes more than {seconds:,.0f} s")
    how = worker.finish()
    if was_killed(how):
        raise CutShortError(f"the worker died: {how}")
    died = TrainingError(f"the worker died: {how}", category=Category.IMPLEMENTATION)
    return failure(died, "replay")
