"""Segments of steps between stored states, and which of them a validator has done again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

_NAME = re.compile(r"state_(\d+)_(\d{9,})")


@dataclass(frozen=True)
class Segment:
    """The steps `first` + 1 to `last` of a start."""

    start: int
    first: int
    last: int

    @property
    def steps(self) -> int:
        """Return how many steps it has."""
        return self.last - self.first


def checkpoint_name(start: int, step: int) -> str:
    """Return the name of the checkpoint of start `start` after step `step`."""
    return f"state_{start}_{step:09d}"


def place(name: str) -> tuple[int, int] | None:
    """Return start and step of a checkpoint; None if it is no state's name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    start, step = int(found[1]), int(found[2])
    return (start, step) if checkpoint_name(start, step) == name else None


def segments(names: Iterable[str]) -> list[Segment]:
    """Return the segments between successive states, heartbeats' included; by start and step."""
    places = sorted(found for name in names if (found := place(name)) is not None)
    return [
        Segment(start, first, last)
        for (start, first), (other, last) in pairwise(places)
        if start == other
    ]


def choose(all_segments: list[Segment], most: float, rng: np.random.Generator) -> list[Segment]:
    """Return segments drawn at random that have `most` steps together, and one at least.

    The first is drawn with equal chances, whatever its length: a forger would put what is false
    where it is unlikely to be looked at. Further ones are those that still fit.
    """
    chosen: list[Segment] = []
    done = 0
    for number in rng.permutation(len(all_segments)):
        segment = all_segments[int(number)]
        if not chosen or done + segment.steps <= most:
            chosen.append(segment)
            done += segment.steps
    return sorted(chosen, key=lambda one: (one.start, one.first))
