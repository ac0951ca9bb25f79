"""Does a training that has not ended still live?"""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.processes import is_alive
from assay.training.live_status import Live

LEAST_NOTED = 30.0  # seconds of silence of which something is said, however close the heartbeats
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
        alive = None if self.live is None else is_alive(self.live.recorder)
        if alive is not None:
            return not alive
        return now - max(self.signs, default=now) > self._patience

    def silence(self, now: float) -> float | None:
        """Return for how many seconds there was no sign, once it is longer than it should be."""
        silence = now - max(self.signs, default=now)
        return silence if silence > max(2 * self.heartbeat, LEAST_NOTED) else None

    @property
    def _patience(self) -> float:
        return max(HEARTBEATS * self.heartbeat, LEAST_SILENCE)
