"""Pieces of chains that PyMC draws: on their way from their processes, and as they arrive."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.errors import Category, TrainingError
from assay.methods.base import Channel
from assay.methods.bayesian.chains import Array
from assay.methods.bayesian.segments import Segment
from assay.methods.bayesian.so_far import SoFar

RENAMED_STATS = {
    "model_logp": "logp",
    "energy": "energy",
    "diverging": "diverging",
    "depth": "depth",
    "reached_max_treedepth": "maxdepth_reached",
    "tree_size": "n_steps",
    "step_size": "step_size",
    "mean_tree_accept": "mean_tree_accept",
}


@dataclass(frozen=True)
class State:
    """The state of a chain before an iteration, on its way from the chain's process."""

    iteration: int
    arrays: dict[str, Array]


class Parts:
    """Draws of one chain as they arrive.

    Attributes:
        draws: how many there are.
        stored: how many of them have been in snapshots, those before an interruption included.
        states: the last state that was stored.
    """

    def __init__(self) -> None:
        self._blocks: list[Array] = []
        self._stats: list[dict[str, Array]] = []
        self.stored = 0
        self.draws = 0
        self.states: dict[str, Array] = {}

    def add(self, draws: Array, stats: dict[str, Array]) -> None:
        """Add draws (draw, coordinate) and their statistics, in the order drawn."""
        self._blocks.append(draws)
        self._stats.append(stats)
        self.draws += len(draws)

    def fresh(self) -> Array:
        """Return the draws that have not been in a snapshot, and count them as stored."""
        if self.draws <= self.stored:
            return np.empty((0, 0))
        fresh = self.unconstrained()[self.stored :]
        self.stored = self.draws
        return fresh

    def unconstrained(self) -> Array:
        """Return all draws, (draw, coordinate)."""
        return np.concatenate(self._blocks)

    def stats(self) -> dict[str, Array]:
        """Return the statistics of all draws, (draw,) each."""
        return {
            name: np.concatenate([block[name] for block in self._stats]) for name in self._stats[0]
        }

    def left_before(self, iteration: int) -> dict[str, Array]:
        """Return what `Left` needs of a chain that stands before an iteration."""
        kept = {f"state/{name}": values for name, values in self.states.items()}
        if self.draws:
            kept |= {f"stats/{name}": values for name, values in self.stats().items()}
            kept["unconstrained"] = self.unconstrained()
        return {**kept, "iteration": np.array(iteration)}


class Left:
    """What an interruption left of a chain: its last state and the draws before it, or nothing.

    Attributes:
        iteration: the one to go on with; 0 to begin at the seed.
        state: the state before it.
        parts: the draws so far.
    """

    def __init__(self, kept: Mapping[str, Array]) -> None:
        groups: dict[str, dict[str, Array]] = {"state": {}, "stats": {}}
        for key in kept:
            group, _, name = key.partition("/")
            if name:
                groups[group][name] = kept[key]
        self.iteration = int(kept["iteration"]) if kept else 0
        self.state = groups["state"]
        self.parts = Parts()
        if groups["stats"]:
            self.parts.add(kept["unconstrained"], groups["stats"])


class Progress:
    """Tells the channel how far the pieces are, and stores snapshots of the draws so far.

    Attributes:
        channel: where it tells.
        count: how many snapshots there are, those before an interruption included.
    """

    def __init__(self, channel: Channel, wanted: list[Segment], tune: int) -> None:
        self.channel = channel
        self.count = 0
        self._of = sum(max(part.stop - max(part.start, tune), 0) for part in wanted)
        self._done: dict[Segment, int] = {}
        self._so_far = SoFar()

    def finished(self, parts: Parts) -> None:
        """Take a piece that has ended, for the measures so far."""
        if parts.draws:
            self._so_far.finished(parts.unconstrained(), parts.stats().get("diverging"))

    def report(self, segment: Segment, draws: int) -> None:
        """Note how many draws of a piece there are."""
        self._done[segment] = draws
        self.channel.progress(sum(self._done.values()), self._of, **self._so_far.metrics)

    def snapshot(self, parts: Mapping[Segment, Parts]) -> None:
        """Store what every piece drew since the last snapshot."""
        fresh = {f"chain_{segment.chain}": part.fresh() for segment, part in parts.items()}
        drawn = {segment.chain: draws for segment, draws in self._done.items()}
        self.channel.checkpoint(f"draws_{self.count:05d}", fresh, draws=drawn)
        self.count += 1
        running = [part for part in parts.values() if part.draws]
        self._so_far.measure([(p.unconstrained(), p.stats().get("diverging")) for p in running])


def receive(connection: Any, number: int) -> tuple[Array, dict[str, Array]] | State | None:
    """Return what the process of a chain sent: draws and statistics, a state, None at its end.

    Raises:
        TrainingError: it failed or died.
    """
    try:
        message = connection.recv()
    except EOFError:
        message = "its process died"
    if isinstance(message, str):
        lost = message == "its process died" or message.startswith("MemoryError")
        raise TrainingError(
            f"chain {number} could not be sampled: {message}",
            category=Category.RESOURCE if lost else Category.CONVERGENCE,
            where="build",
            remedy="Look at the training log; if the process was killed, give the job more memory.",
        )
    return message  # type: ignore[no-any-return]


def stacked(block: list[tuple[Array, dict[str, Any]]]) -> tuple[Array, dict[str, Array]]:
    """Return draws and their statistics, one after the other, as arrays."""
    draws = np.stack([draw for draw, _ in block])
    names = block[0][1]
    return draws, {name: np.array([stats[name] for _, stats in block]) for name in names}


def statistics(stats: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the statistics of the NUTS part of a step, under nutpie's names."""
    for part in stats:
        if "diverging" in part:
            return {
                new: part[old] for old, new in RENAMED_STATS.items() if part.get(old) is not None
            }
    return {}
