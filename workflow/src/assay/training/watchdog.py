"""Watching over a training's pace: slow and stalled runs are reported, and never stopped."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.core.files import write_text
from assay.core.text import duration
from assay.documents.slow import slow_report
from assay.training.session import Progress

IDLE_SHARE = 0.05  # of one core: below this a run without progress is not computing either


@dataclass(frozen=True)
class Patience:
    """When a run is called slow or stalled.

    Attributes:
        expected_minutes: the most that the design expects; None if it says `auto`.
        slow_after_hours: slow by the protocol, whatever the design expects.
        stall_heartbeats: heartbeats without progress.
    """

    expected_minutes: float | None
    slow_after_hours: float
    stall_heartbeats: int

    @property
    def limits(self) -> dict[str, float]:
        """Return seconds by what they are the limit of."""
        slow = {"slow by the protocol after": self.slow_after_hours * 3600}
        if self.expected_minutes is None:
            return slow
        return {"expected at most": self.expected_minutes * 60, **slow}


class Watchdog:
    """Looks at every heartbeat; says once what is slow or stalled, and keeps a report up to date.

    Attributes:
        issues: what was said, a sentence each.
    """

    def __init__(
        self,
        model: int,
        patience: Patience,
        report: Path,
        say: Callable[[str], None],
        *,
        already: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin; an interrupted training that is carried on has been running for `already` s."""
        self.issues: list[str] = []
        self._model = model
        self._limits = patience.limits
        self._patience = patience.stall_heartbeats
        self._report = report
        self._say = say
        self._clock = clock
        self._started = clock() - already
        self._crossed: set[str] = set()
        self._mark: tuple[Any, ...] = ()
        self._since, self._cpu = 0, (0.0, self._started)
        report.unlink(missing_ok=True)

    def heartbeat(self, progress: Progress, cpu_seconds: float) -> None:
        """Look at one heartbeat: how far the worker is, and the processor time it has used."""
        elapsed = self._clock() - self._started
        self._pace(elapsed, progress)
        self._progress(progress, cpu_seconds)
        if self.issues:
            self._write(slow_report(self._model, elapsed, progress, self.issues, self._limits))

    def end(self) -> None:
        """Remove the report: the outcome names the issues from now on."""
        self._report.unlink(missing_ok=True)

    def _write(self, text: str) -> None:
        try:
            write_text(self._report, text)
        except OSError as error:  # a report that cannot be written never costs a good training
            issue = f"{self._report.name} cannot be written: {error.strerror}"
            if issue not in self.issues:
                self._tell(issue)

    def _pace(self, elapsed: float, progress: Progress) -> None:
        for name, seconds in self._limits.items():
            if elapsed > seconds and name not in self._crossed:
                self._crossed.add(name)
                self._tell(
                    f"slow: running for {duration(elapsed)}, {name} {duration(seconds)}; in phase "
                    f"{progress.phase}, {_remaining(progress)}. It goes on; nothing is cut short"
                )

    def _progress(self, progress: Progress, used: float) -> None:
        mark = (progress.phase, progress.step, progress.checkpoints)
        now = self._clock()
        if mark != self._mark:
            if self._since >= self._patience:
                self._tell(f"moving again after {duration(now - self._cpu[1])} without progress")
            self._mark, self._since, self._cpu = mark, 0, (used, now)
            return
        self._since += 1
        if self._since == self._patience:
            self._tell(self._stalled(progress, used - self._cpu[0], now - self._cpu[1]))

    def _stalled(self, progress: Progress, cpu: float, wall: float) -> str:
        where = f"phase {progress.phase}"
        where += f", step {progress.step:,}" if progress.step is not None else ""
        working = cpu > IDLE_SHARE * wall
        what = "it may be busy with one long step" if working else "it hangs or waits"
        return (
            f"no progress for {self._patience} heartbeats ({duration(wall)}) in {where}, with "
            f"{cpu:,.1f} s of processor time: {what}. It is not stopped"
        )

    def _tell(self, issue: str) -> None:
        self.issues.append(issue)
        self._say(issue)


def _remaining(progress: Progress) -> str:
    left = progress.eta_seconds()
    if left is None:
        return "with no estimate of what is left"
    return f"about {duration(left)} left of this phase"
