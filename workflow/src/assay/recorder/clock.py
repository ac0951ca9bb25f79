"""The times of one training."""

import time
from datetime import UTC, datetime

from assay.evidence.outcome import Timing
from assay.recorder.usage import Usage


class Stopwatch:
    """Notes when training was requested, started and finished, by wall and monotonic clock."""

    def __init__(self) -> None:
        self.requested = _now()
        self._started = self.requested
        self._monotonic = time.monotonic()
        self._phases: dict[str, float] = {}
        self._usage: Usage | None = None

    def start(self) -> None:
        """Note that the worker starts now."""
        self._started = _now()
        self._monotonic = time.monotonic()

    def finish(self, phases: dict[str, float], usage: Usage) -> None:
        """Take over what the session measured."""
        self._phases, self._usage = phases, usage

    def timing(self) -> Timing:
        """Return the times up to now."""
        usage = self._usage
        return Timing(
            requested=self.requested,
            started=self._started,
            finished=_now(),
            wall_seconds=round(time.monotonic() - self._monotonic, 3),
            phases=dict(self._phases),
            cpu_seconds=None if usage is None else round(usage.cpu_seconds, 3),
            cpu_source="" if usage is None else usage.cpu_source,
            peak_rss_bytes=None if usage is None else usage.peak_rss_bytes,
            rss_source="" if usage is None else usage.rss_source,
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
