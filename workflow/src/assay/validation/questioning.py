"""Waiting for what a worker answers, or for its end."""

import math
import time
from typing import Any

from assay.core.errors import AssayError, Category
from assay.worker.process import WorkerProcess, was_killed

WAIT_SECONDS = 1.0


class CutShortError(AssayError):
    """The machine ended what was being done again; that says nothing about the run."""


class TooLongError(AssayError):
    """What is done again takes longer than it may."""


def await_message(worker: WorkerProcess, wanted: str, seconds: float = math.inf) -> dict[str, Any]:
    """Return the message wanted, or one of type "failure" that says why it did not come.

    Args:
        worker: who sends it.
        wanted: its type.
        seconds: how long to wait for it.

    Raises:
        CutShortError: the worker was killed, or lacked memory or another resource.
        TooLongError: it did not come in time.
    """
    latest = time.monotonic() + seconds
    while (messages := worker.receive(WAIT_SECONDS)) is not None:
        for message in messages:
            if message["type"] == "failure" and message["category"] == Category.RESOURCE:
                raise CutShortError(str(message["summary"]))
            if message["type"] in (wanted, "failure"):
                return message
        if time.monotonic() > latest:
            raise TooLongError(f"it takes more than {seconds:,.0f} s")
    how = worker.finish()
    if was_killed(how):
        raise CutShortError(f"the worker died: {how}")
    return {"type": "failure", "summary": f"the worker died: {how}"}
