"""Where the states of a chain are stored, so that a piece of it can be drawn again alone.

The places depend on the design and the number of coordinates only, never on time: the evidence
of a run is the same whatever the machine's speed.
"""

import itertools
from dataclasses import dataclass

from assay.methods.bayesian.settings import Training

SEGMENTS = 20
STATE_BYTES = 112  # per coordinate: the point, the mass matrix and what adapts it (14 doubles)
BUDGET_BYTES = 200_000_000  # of all states of a run together


@dataclass(frozen=True)
class Segment:
    """Iterations start <= i < stop of one chain; tuning comes first, iteration 0 has the seed."""

    chain: int
    start: int
    stop: int

    @property
    def name(self) -> str:
        """Return the name under which what it draws is handed over."""
        return f"segment_{self.chain}_{self.start:07d}"


def state_name(chain: int, iteration: int) -> str:
    """Return the checkpoint's name of a chain's state before an iteration."""
    return f"state_{chain}_{iteration:07d}"


def parse_state_name(name: str) -> tuple[int, int] | None:
    """Return (chain, iteration) of a state's name, or None where it is another checkpoint's."""
    parts = name.split("_")
    if len(parts) != 3 or parts[0] != "state" or not (parts[1] + parts[2]).isdigit():
        return None
    return int(parts[1]), int(parts[2])


def boundaries(training: Training, dimension: int) -> list[int]:
    """Return the iterations at which segments begin and end: 0, ..., tune + draws.

    Args:
        training: the design's settings.
        dimension: number of unconstrained coordinates; very large models get fewer segments.
    """
    total = training.tune + training.draws
    affordable = BUDGET_BYTES // (STATE_BYTES * max(dimension, 1) * training.chains)
    count = max(2, min(SEGMENTS, affordable))
    every = -(-total // count)
    return [*range(0, total, every), total]


def segments_of(training: Training, dimension: int) -> list[Segment]:
    """Return every segment of every chain."""
    ends = boundaries(training, dimension)
    return [
        Segment(chain, start, stop)
        for chain in range(training.chains)
        for start, stop in itertools.pairwise(ends)
    ]
