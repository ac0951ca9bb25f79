"""Reading the clocks, and measuring how much time lies between two readings."""

import functools
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from assay.core.processes import boot

Clock = Literal["monotonic", "wall", "unknown"]


class Instant(BaseModel):
    """One moment on both clocks.

    Attributes:
        wall: date and time in UTC; may be set back or forward by anybody who owns the machine.
        monotonic: seconds since an arbitrary point of this boot; never runs backwards.
        boot: names the boot (and the time namespace) that `monotonic` belongs to; empty where
            the system does not tell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    wall: AwareDatetime
    monotonic: float
    boot: str

    @property
    def stamp(self) -> str:
        """Return the wall time as ISO 8601 in UTC, to the second."""
        return self.wall.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> Instant:
    """Read both clocks."""
    return Instant(wall=datetime.now(UTC), monotonic=time.monotonic(), boot=_boot())


def elapsed(start: Instant, stop: Instant) -> tuple[float, Clock]:
    """Return the seconds from `start` to `stop` and the clock that measured them.

    The monotonic clock serves within one boot, else the wall clock. Where only the wall clock
    could tell and it went backwards, the answer is 0 by "unknown": never a negative time.
    """
    if start.boot and start.boot == stop.boot and stop.monotonic >= start.monotonic:
        return stop.monotonic - start.monotonic, "monotonic"
    seconds = (stop.wall - start.wall).total_seconds()
    return (seconds, "wall") if seconds >= 0 else (0.0, "unknown")


@functools.cache
def _boot() -> str:
    try:
        # A container may have a monotonic clock of its own, shifted against the host's.
        return f"{boot()} {Path('/proc/self/ns/time').readlink()}" if boot() else ""
    except OSError:
        return ""
