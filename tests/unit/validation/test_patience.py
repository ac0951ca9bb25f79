"""Waiting for a worker that does again what may take too long."""

import pytest

from assay.validation.replay import TooLongError, await_message
from assay.worker.process import WorkerProcess


class Worker(WorkerProcess):
    """Says nothing for a while, then that it is done."""

    def __init__(self, silent: int) -> None:
        self._silent = silent

    def receive(self, timeout):
        del timeout
        self._silent -= 1
        return [] if self._silent >= 0 else [{"type": "replayed"}]


def test_what_takes_too_long_is_given_up_and_the_limit_named():
    with pytest.raises(TooLongError, match="it takes more than 0 s"):
        await_message(Worker(silent=3), "replayed", seconds=0)


def test_what_was_asked_for_is_waited_for():
    assert await_message(Worker(silent=3), "replayed")["type"] == "replayed"
    assert await_message(Worker(silent=0), "replayed", seconds=0)["type"] == "replayed"
