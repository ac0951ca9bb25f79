"""The times of one training."""

import time

from assay.core.timestamps import iso, iso_now
from assay.evidence.attempt import Interrupted
from assay.evidence.outcome import Timing
from assay.evidence.sessions import active_seconds
from assay.worker.usage import Usage


class Stopwatch:
    """Notes when training was requested, started and finished, by wall and monotonic clock."""

    def __init__(self, interrupted: Interrupted | None = None) -> None:
        self.requested = self._started = iso_now()
        self._monotonic = time.monotonic()
        self._resumed = interrupted is not None
        if interrupted is not None:
            self.requested = interrupted.requested
            self._started = iso(interrupted.records[0].timestamp)
            self._monotonic -= active_seconds(interrupted.records)
        self._phases: dict[str, float] = {}
        self._usage: Usage | None = None

    def start(self) -> None:
        """Note that the worker starts now; time before that counts only of a resumed training."""
        if not self._resumed:
            self._started = iso_now()
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
            finished=iso_now(),
            wall_seconds=round(time.monotonic() - self._monotonic, 3),
            phases=dict(self._phases),
            cpu_seconds=None if usage is None else round(usage.total_cpu_seconds, 3),
            cpu_source="" if usage is None else usage.cpu_source,
            peak_rss_bytes=None if usage is None else usage.peak_rss_bytes,
            rss_source="" if usage is None else usage.rss_source,
        )
