"""What a Snakemake that is asked to end does about the work that it has running.

By itself it waits for it, after SIGTERM and after a SIGINT that only it was sent: that may take
days. Trainings lose nothing by being stopped, so they are. Ctrl-C in a terminal reaches them
anyway.
"""

import contextlib
import os
import signal
from types import FrameType

import psutil

LONG = ("train_model.py", "validate_model.py")
SAID = b"assay: asked to end; run again to go on from here\n"


def install() -> None:
    """Have this process, when it is asked to end, stop its long work besides.

    For a Snakefile's `onstart`: by then Snakemake has said what it does on a signal itself. Who
    says `--no-hooks` does without.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        _add(number)


def stop_work() -> None:
    """Ask the trainings and validations of this process to end."""
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(os.getpid()).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any(part.endswith(LONG) for part in process.cmdline()):
                    process.terminate()


def _add(number: signal.Signals) -> None:
    """Add to what is done on a signal: first that, for Snakemake is to begin nothing new."""
    handler = signal.getsignal(number)
    before = handler if callable(handler) else signal.default_int_handler

    def stop(received: int, frame: FrameType | None) -> None:
        try:
            before(received, frame)  # that of SIGINT raises KeyboardInterrupt
        finally:
            stop_work()
            os.write(2, SAID)  # no print: one may be under way

    signal.signal(number, stop)
