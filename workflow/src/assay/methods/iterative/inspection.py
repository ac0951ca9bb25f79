"""What contradicts itself in the evidence of an iterative fit, without doing a step again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.exact import identical, same
from assay.methods.iterative import stability, streams
from assay.methods.iterative.nudging import PUSHES
from assay.methods.iterative.segments import checkpoint_name, place
from assay.methods.iterative.settings import Training
from assay.methods.iterative.state import Array
from assay.methods.iterative.stopping import confirmation_steps

Checkpoints = Mapping[str, Mapping[str, Array]]
_MOST_NUMBERS = 1 << 64  # no run draws more


def inspect(fit: Fit, training: Training, checkpoints: Checkpoints) -> list[Criterion]:
    """Return what holds and what contradicts itself; checkpoints are read one after the other.

    Args:
        fit: arrays and meta as `fit` left them.
        training: the design's training block.
        checkpoints: stored states by name, oldest first.
    """
    starts = [_Start(fit, meta) for meta in fit.meta["starts"]]
    wanted = list(range(1 + training.restarts))
    count = judge(
        "starts",
        sum(start.index == index for start, index in zip(starts, wanted, strict=False)),
        "==",
        max(len(wanted), len(starts)),
        advice="The design asks for another number of restarts.",
    )
    criteria = [count, _arrays(fit, starts), _checkpoints(starts, training, checkpoints)]
    if not all(criterion.passed for criterion in criteria):
        return criteria  # what follows would stumble over it
    for start in starts:
        criteria += [_steps(start, training), *_states(start, checkpoints)]
    return criteria


@dataclass(frozen=True)
class _Start:
    """One start as stored."""

    fit: Fit
    meta: Mapping[str, Any]

    @property
    def index(self) -> int:
        return int(self.meta["start"])

    @property
    def steps(self) -> int:
        return int(self.meta["steps"])

    @property
    def where(self) -> str:
        return f"restart {self.index}" if self.index else ""

    @property
    def prefix(self) -> str:
        return f"restart/{self.index}/" if self.index else ""

    def group(self, name: str) -> dict[str, Array]:
        """Return the arrays of a group, such as `state`, by name."""
        prefix = f"{self.prefix}{name}/"
        return {
            key.removeprefix(prefix): array
            for key, array in self.fit.arrays.items()
            if key.startswith(prefix)
        }

    @property
    def nudged(self) -> bool:
        """Return whether its last state was pushed: it settled, and steps are not random."""
        stream = self.group("stream")
        still = {"begin", "end"} <= stream.keys() and np.array_equal(stream["begin"], stream["end"])
        return self.meta["end"] == "settled" and still

    @cached_property
    def confirming(self) -> list[int]:
        """Return the steps whose states are kept in `confirm`; none if the loss never settled."""
        candidate = self.meta["settled_at"]
        if candidate is None or self.meta["end"] == "not finite":
            return []
        return stability.snapshot_steps(candidate, candidate + confirmation_steps(candidate))


def _arrays(fit: Fit, starts: list[_Start]) -> Criterion:
    """Judge that every start has all its arrays, of the right lengths, and nothing else."""
    odd: list[str] = []
    known: set[str] = set()
    for start in starts:
        members = {name: start.group(name) for name in _GROUPS}
        known |= {f"{start.prefix}{group}/{name}" for group, m in members.items() for name in m}
        names = set(start.meta["state"])
        wanted = {
            "history": set(start.meta["metrics"]),
            "state": names,
            "initial": names,
            "stream": {"begin", "end"},
            "nudge": {"loss", "followed", "far"} if start.nudged else set(),
        }
        odd += [
            f"{start.prefix}{group}/{name}"
            for group, expected in wanted.items()
            for name in sorted(expected ^ members[group].keys())
        ]
        odd += [
            f"{start.prefix}{group}/{name}"
            for group in ("scale", "confirm")
            for name in sorted(members[group].keys() - names)
        ]
        lengths = {"history": start.steps}
        if start.confirming:
            lengths["confirm"] = stability.SNAPSHOTS
        if start.nudged and members["nudge"].get("loss", np.empty(0)).shape != PUSHES:
            odd.append(f"{start.prefix}nudge/loss")
        odd += [
            f"{start.prefix}{group}/{name} of shape {array.shape}"
            for group, length in lengths.items()
            for name, array in members[group].items()
            if array.shape[:1] != (length,)
        ]
    odd += sorted(fit.arrays.keys() - known)
    advice = "Arrays are missing, cut short or too many: the fit was not left by a training."
    return judge("arrays", len(odd), "==", 0, where=odd[0] if odd else "", advice=advice)


_GROUPS = ("state", "history", "initial", "confirm", "scale", "stream", "nudge")


def _checkpoints(starts: list[_Start], training: Training, stored: Checkpoints) -> Criterion:
    """Judge that the states are there that the design asks for, in their order.

    Those are the state before step 1, one every `checkpoint_steps`, and the last. Heartbeats may
    add others in between.
    """
    every = training.checkpoint_steps
    odd: list[str] = []
    for start in starts:
        due = sorted({*range(0, start.steps + 1, every), start.steps})
        odd += [checkpoint_name(start.index, step) for step in due]
        if due != start.meta["checkpoints"]:
            odd.append(f"{start.where or 'meta'}: {start.meta['checkpoints']}")
    odd = [name for name in odd if name not in stored]
    places = [place(name) for name in stored]
    steps = {start.index: start.steps for start in starts}
    for name, found in zip(stored, places, strict=True):
        if found is None or found[1] > steps.get(found[0], -1):
            odd.append(f"{name} does not belong there")
    known = [found for found in places if found is not None]
    odd += [f"{later} after {earlier}" for earlier, later in pairwise(known) if later <= earlier]
    return judge(
        "checkpoints",
        len(odd),
        "==",
        0,
        where=odd[0] if odd else "",
        advice="States are missing, too many or out of order.",
    )


def _steps(start: _Start, training: Training) -> Criterion:
    """Judge that steps ended where the loop ends: settled and confirmed, or at the limit."""
    candidate, end, limit = start.meta["settled_at"], start.meta["end"], training.max_steps
    confirmed = None if candidate is None else candidate + confirmation_steps(candidate)
    expected: int | None = None
    if end == "settled" and candidate is not None and candidate < limit:
        expected = confirmed
    elif end == "max_steps":
        expected = confirmed if confirmed is not None and confirmed > limit else limit
    elif end == "not finite" and not all(
        np.isfinite(column[-1]) for column in start.group("history").values()
    ):
        expected = start.steps
    advice = "The loop does not end at that step: steps were left out or added."
    return judge("steps_done", start.steps, "==", expected, where=start.where, advice=advice)


@dataclass
class _Survey:
    """What one reading of a start's checkpoints showed."""

    backwards: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)


def _states(start: _Start, checkpoints: Checkpoints) -> list[Criterion]:
    begin = checkpoints[checkpoint_name(start.index, 0)]
    end = checkpoints[checkpoint_name(start.index, start.steps)]
    found = _survey(start, checkpoints)
    where = f"{start.prefix}"
    first, last = start.group("initial"), start.group("state")
    stream = start.group("stream")
    return [
        same("first_state", _as_checkpoint(where, first, stream["begin"]), _named(where, begin),
             "The first checkpoint is not the state before step 1."),
        same("last_state", _as_checkpoint(where, last, stream["end"]), _named(where, end),
             "The last checkpoint is not the state of the fit."),
        _none("confirming_states", found.unlike, start,
              "States kept while the loss settled are not those of the checkpoints."),
        _none("random_stream", found.backwards, start,
              "The random stream runs backwards, or is another one."),
        _none("states_differ", found.repeated, start,
              "Two checkpoints are the same, yet the steps after them went differently."),
        _none("scales", found.small, start,
              "The largest value of an array is said to be smaller than one that is stored."),
    ]  # fmt: skip


def _survey(start: _Start, checkpoints: Checkpoints) -> _Survey:
    """Read a start's checkpoints one after the other."""
    found, seen = _Survey(), dict[bytes, int]()
    before: Array = start.group("stream")["begin"]
    history, kept = start.group("history"), start.group("confirm")
    rows = {step: row for row, step in enumerate(start.confirming)}
    names = {f"state/{name}" for name in start.meta["state"]} | {"stream"}
    for name in checkpoints:
        if (at := place(name)) is None or at[0] != start.index:
            continue
        step, arrays = at[1], checkpoints[name]
        if set(arrays) != names:
            found.unlike.append(f"the names in {name}")
            continue
        if not _follows(before, arrays["stream"]):
            found.backwards.append(name)
        before = arrays["stream"]
        earlier = seen.setdefault(_digest(arrays), step)
        if earlier < step and not _periodic(history, earlier, step):
            found.repeated.append(f"{checkpoint_name(start.index, earlier)} and {name}")
        if step in rows:
            found.unlike += [
                f"{key} in {name}"
                for key, stack in kept.items()
                if not identical(np.asarray(stack[rows[step]]), arrays[f"state/{key}"])
            ]
        found.small += [f"{key} in {name}" for key in _larger(start, step, arrays)]
    return found


def _larger(start: _Start, step: int, arrays: Mapping[str, Array]) -> list[str]:
    """Return the keys whose stored scale is below what a state that counts for it holds.

    Those are the states after 0, 1, 2, 4, 8 ... steps, and the last one of a settled loss.
    """
    settled = start.meta["end"] == "settled" and step == start.steps
    if step & (step - 1) and not settled:
        return []
    scales = start.group("scale")
    state = {name.removeprefix("state/"): x for name, x in arrays.items() if name != "stream"}
    sizes = stability.magnitudes(state)
    return [name for name, size in sizes.items() if not size <= scales.get(name, -1.0)]


def _follows(earlier: Array, later: Array) -> bool:
    if later.shape != earlier.shape or later.dtype != earlier.dtype:
        return False
    between = streams.numbers_between(earlier, later)
    return between is not None and between < _MOST_NUMBERS and bool(later[6] >= earlier[6])


def _periodic(history: Mapping[str, Array], earlier: int, later: int) -> bool:
    """Return whether metrics repeat themselves, as they must where a state has come back."""
    return all(
        column[later:].tobytes() == column[earlier : earlier + len(column) - later].tobytes()
        for column in history.values()
    )


def _digest(arrays: Mapping[str, Array]) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape} ".encode())
        digest.update(arrays[name].tobytes())
    return digest.digest()


def _as_checkpoint(prefix: str, state: Mapping[str, Array], stream: Array) -> dict[str, Array]:
    arrays = {f"state/{name}": array for name, array in state.items()}
    return _named(prefix, {**arrays, "stream": stream})


def _named(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {f"{prefix}{name}": array for name, array in arrays.items()}


def _none(name: str, odd: list[str], start: _Start, advice: str) -> Criterion:
    where = odd[0] if odd else start.where
    return judge(name, len(odd), "==", 0, where=where, advice=advice)
