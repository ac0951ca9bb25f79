"""What a training says while it goes on, besides its evidence: for who looks at it now.

`scratch/live.json` holds the present state, renewed every few seconds, and the process that records
it; it is gone when the training ends and proves nothing. In a terminal, lines at growing intervals
tell how far it is. Neither ever costs a training anything: what cannot be written is left out.
"""

import contextlib
import math
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from assay.evidence.progress import Metric, State
from assay.evidence.record import Timestamp, to_line

SCRATCH = "scratch"  # folder in the evidence, there while a training runs
LIVE = "live.json"
LIVE_SECONDS = 2.0
# After so many seconds a line is printed, and then again after each time the last interval.
TERMINAL = (10.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0)
ELSEWHERE = (60.0, 300.0, 900.0, 1800.0, 3600.0)
_DOING = {
    "start": "starting",
    "import": "importing",
    "build": "building",
    "compile": "compiling",
    "sample": "sampling",
    "canonicalise": "canonicalising",
    "solve": "solving",
    "steps": "stepping",
    "simulate": "simulating",
    "results": "making results",
    "end": "ending",
}
_NAMES = {"rhat": "R-hat", "ess": "ESS", "grad_norm": "gradient", "precision": "precision"}


class Live(State):
    """The content of live.json.

    Attributes:
        timestamp: seconds since 1970.
        host: where the recorder runs, as `here` names it.
        pid: its process.
    """

    timestamp: Timestamp
    host: str
    pid: int


class LiveStatus:
    """Keeps those who look on informed: `look` is called about once a second."""

    def __init__(self, model: int, scratch: Path, stream: TextIO | None = None) -> None:
        self._model = model
        self._file = scratch / LIVE
        self._stream = sys.stderr if stream is None else stream
        self._start = time.monotonic()
        self._next_write = self._start
        self._times = _times(TERMINAL if self._stream.isatty() else ELSEWHERE)
        self._next_line = next(self._times)
        self._host, self._pid = here(), os.getpid()

    def look(self, state: State) -> None:
        """Renew the file and print a line, each when its time has come."""
        now = time.monotonic()
        if now >= self._next_write:
            self._next_write = now + LIVE_SECONDS
            with contextlib.suppress(Exception):  # a full disk, or a state that is none
                self._write(state)
        if now - self._start >= self._next_line:
            with contextlib.suppress(Exception):  # the same, or a stream that is closed
                self._announce(state, now - self._start)

    def _write(self, state: State) -> None:
        beside = self._file.with_suffix(".new")
        now = round(time.time(), 3)
        live = Live(timestamp=now, host=self._host, pid=self._pid, **dict(state))
        beside.write_bytes(to_line(live))
        beside.replace(self._file)

    def _announce(self, state: State, elapsed: float) -> None:
        while elapsed >= self._next_line:
            self._next_line = next(self._times)
        told = phrases(state.phase, state.step, state.of, state.metrics, state.eta_seconds)
        done = ", ".join(told)
        line = f"assay: model {self._model}: {done} ({rough(elapsed)} so far)\n"
        self._stream.write(line)  # in one piece: other models write to the same terminal
        self._stream.flush()


def here() -> str:
    """Return where process numbers mean the same: the machine, and the container on it."""
    try:
        return f"{socket.gethostname()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no such file system
        return socket.gethostname()


def phrases(
    phase: str,
    step: int | None,
    of: int | None,
    metrics: Mapping[str, Metric],
    eta_seconds: float | None,
) -> Iterator[str]:
    """Yield how far a training is: "sampling 1,200/8,000 (15 %)", "R-hat 1.02", "ETA 3 min"."""
    doing = activity(phase)
    if step is not None and of:
        yield f"{doing} {step:,}/{of:,} ({math.floor(100 * step / of)} %)"
    else:
        yield doing if step is None else f"{doing}, step {step:,}"
    yield from measures(metrics)
    if eta_seconds:
        yield f"ETA {rough(eta_seconds)}"


def activity(phase: str) -> str:
    """Return what a phase does, as a participle where it has one."""
    return _DOING.get(phase, phase if phase.isprintable() else "?")


def measures(metrics: Mapping[str, Metric]) -> Iterator[str]:
    """Yield what was measured so far: "R-hat 1.02", "3 divergences", "loss 0.0135"."""
    for name, stored in metrics.items():
        if not name.isidentifier():
            continue  # the worker's word: nothing that could play with the terminal
        value = float(stored)
        if name == "divergences":
            yield f"{value:,.0f} divergence{'' if value == 1 else 's'}"
        elif name == "rhat":
            yield f"R-hat {value:.3f}"
        elif name == "ess":
            yield f"ESS {value:,.0f}"
        elif name == "precision":
            yield f"precision {value:.3g} x wanted"
        else:
            yield f"{_NAMES.get(name, name)} {value:.4g}"


def rough(seconds: float) -> str:
    """Return a duration as people say it: "45 s", "3 min", "2 h 5 min", "3 days 4 h"."""
    seconds = max(0.0, seconds)
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    unit = "day" if days == 1 else "days"
    return f"{days} {unit} {hours} h" if hours else f"{days} {unit}"


def _times(intervals: tuple[float, ...]) -> Iterator[float]:
    yield from intervals
    last = intervals[-1]
    while True:
        last += intervals[-1]
        yield last
