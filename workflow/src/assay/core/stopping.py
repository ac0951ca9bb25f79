"""When a recorder should stop: a signal came, or the Snakemake that wants the result is gone."""

import contextlib
import os
import signal
import threading
import time
from types import FrameType

import psutil

from assay.core.processes import Identity, is_alive

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopRequest:
    """Says why to stop, once there is a reason.

    A training that is stopped is not lost: the next run goes on from its last checkpoint. So it
    does not fight a signal, and it does not go on computing for a Snakemake that was killed.
    """

    def __init__(self) -> None:
        self._signal = ""
        self._users = snakemakes_above()

    def listen(self) -> None:
        """Note the signals that ask a process to end, from now on, instead of ending at once."""
        for number in SIGNALS:
            signal.signal(number, self._note)

    def reason(self) -> str:
        """Return why to stop; empty while there is no reason."""
        if self._signal:
            return self._signal
        if any(is_alive(process) is False for process in self._users):
            return "the Snakemake that had asked for it was killed"
        return ""

    def _note(self, number: int, _: FrameType | None) -> None:
        self._signal = f"it was sent {signal.Signals(number).name}"


def end_with_snakemake() -> None:
    """End this process soon after a Snakemake that wants its result was killed.

    For work that leaves nothing to go on from, and writes files whole or not at all.
    """
    stop = StopRequest()

    def watch() -> None:
        while not stop.reason():
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def snakemakes_above() -> list[Identity]:
    """Return this process's ancestors that are Snakemakes."""
    found = []
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(os.getpid()).parents():
            with contextlib.suppress(psutil.Error):
                if any("snakemake" in part for part in process.cmdline()[:4]):
                    found.append(Identity.of(process))
    return found
