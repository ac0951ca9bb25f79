"""What a Snakemake that is asked to end does about the work that it has running.

By itself it waits for it, after SIGTERM and after a SIGINT that only it was sent: that may take
days. Trainings lose nothing by being stopped, so they are. Ctrl-C in a terminal reaches them
anyway.
"""

import contextlib
import os
import signal
import sys
from types import FrameType
from typing import Any

import psutil
from snakemake.scheduling.job_scheduler import JobScheduler

from assay.snakemake.hook import before_locking

LONG = ("train_model.py", "validate_model.py")


def install(workflow: Any) -> None:
    """Have a run, but no dry run, stop its long work when it is asked to end."""

    def act() -> None:
        if not workflow.dryrun:
            _on_sigint()
            _on_sigterm()

    before_locking(workflow, act)


def stop_work() -> None:
    """Ask the trainings and validations of this process to end."""
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(os.getpid()).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any(part.endswith(LONG) for part in process.cmdline()):
                    process.terminate()


def _on_sigint() -> None:
    def note(number: int, frame: FrameType | None) -> None:
        stop_work()
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, note)


def _on_sigterm() -> None:
    """Add to what Snakemake does, which takes over the signal when it begins to schedule."""
    wait = JobScheduler.exit_gracefully

    def wait_for_the_short(scheduler: Any, *args: Any) -> None:
        wait(scheduler, *args)
        stop_work()
        print("assay: asked to end; run again to go on from here", file=sys.stderr)

    JobScheduler.exit_gracefully = wait_for_the_short
