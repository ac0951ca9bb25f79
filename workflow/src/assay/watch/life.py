"""Does a training that has not ended still live?"""

from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from assay.training.live_status import Live, here

FRESH = 15.0  # seconds: a live file this young is renewed by somebody
HEARTBEATS = 4  # that may be missed before silence means death, where the process cannot be seen
LEAST_SILENCE = 240.0  # seconds, however close the heartbeats: judging draws may take minutes


@dataclass(frozen=True)
class Life:
    """Signs of life of one training.

    Attributes:
        live: what the recorder wrote last into its live file; None if there is none.
        signs: when each of its files changed last, in seconds since 1970.
        heartbeat: seconds between heartbeats.
    """

    live: Live | None
    signs: Sequence[float]
    heartbeat: float

    def is_over(self, now: float) -> bool:
        """Return whether the recording process is gone, or silent for several heartbeats.

        On the machine that trains, its process is looked for; of another one only the files
        tell. Where a recorder has just begun or is about to end there is no live file.
        """
        silence = now - max(self.signs, default=now)
        if silence < FRESH and not self._is_gone():
            return False
        if self._is_seen_here():
            return self._is_gone()
        return silence > self._patience

    def silence(self, now: float) -> float | None:
        """Return for how many seconds there was no sign, once it is longer than it should be."""
        silence = now - max(self.signs, default=now)
        return silence if silence > 2 * max(self.heartbeat, FRESH) else None

    @property
    def _patience(self) -> float:
        return max(HEARTBEATS * self.heartbeat, LEAST_SILENCE)

    def _is_seen_here(self) -> bool:
        return self.live is not None and self.live.host == here()

    def _is_gone(self) -> bool:
        """Return whether the process that wrote the live file is known to have ended."""
        live = self.live
        if live is None or not self._is_seen_here():
            return False
        try:
            process = psutil.Process(live.pid)
            # Another process may have got its number: one that began after the file was written.
            gone = process.status() == psutil.STATUS_ZOMBIE
            return gone or process.create_time() > live.timestamp + 1
        except psutil.NoSuchProcess:
            return True
        except (psutil.Error, ValueError, OverflowError):
            return False
