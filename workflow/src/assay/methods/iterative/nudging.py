"""Whether settled steps stand at a minimum, or have only grown too small to go on.

A step size that shrinks too soon, a damping that grew for ever, a line search that gave up: the
loss stands still to the last bit, wherever that is. So the last state is pushed a little, in
several directions and both ways, and steps go on from there. At a minimum every push raises the
loss or lets it come back; elsewhere some push lowers it, since to first order the change of the
loss is the gradient times the push (Dennis & Schnabel, Numerical Methods for Unconstrained
Optimization, 5.4), and the loss stays lower.

A push may leave what constraints allow, where the loss can be lower than at any answer. So pushes
keep what every state keeps that was stored: signs, and sums along the last axis. Steps that
enforce other constraints lead back: so the loss counts after two steps, and the lowest is
followed for as many steps as training took, until it has come back. And a push may jump into the
valley beside this one, as of k-means, which says nothing against the bottom of this: a fall
counts only where a tenth of the push gives a share of it (a tenth at least, if the loss is convex
on the way), and a tenth of that again.

Steps that overshoot may also end so far out that nothing matters any more: exp(-b·x) is 0 for
every large b. So numbers over ten times as large as the start was are doubled, and in turn put
back to where they began. Where the first changes nothing, and they stay doubled, but the second
does, the loss is flat out there, and it is no answer. (What steps only remember changes nothing
either way.)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from assay.core.errors import TrainingError
from assay.methods.iterative import stability, streams
from assay.methods.iterative.history import History
from assay.methods.iterative.loop import Start, advance
from assay.methods.iterative.state import Array, State, copied
from assay.methods.iterative.stopping import confirmation_steps, look

SIZES = (1e-2, 1e-3, 1e-4, 1e-5)  # of the largest value of an array; each a tenth of the last
DIRECTIONS = 5
PUSHES = (2 * DIRECTIONS, len(SIZES))  # both ways
ROOM = 10.0  # allowances by which the loss may be lower, as between restarts
_STEPS = 2
_SHARE = 0.05
_FEWEST_TO_FOLLOW = 100
_SEED = 20160331  # directions are the same for every model; nothing is gained by knowing them
_ROUNDING = 64.0
_FAR = 10.0  # times the largest value that the array began with
_MOST_FAR = 10
_SAME_SUM = 1e-9  # relative to the sum of sizes


def allowance(allowed: float, level: float, state: State) -> float:
    """Return what counts as no difference: the stopping rule's, or rounding of the state's type."""
    kinds = [value.dtype for value in state.values() if value.dtype.kind in "fc" and value.size > 1]
    eps = max((float(np.finfo(kind).eps) for kind in kinds), default=0.0)
    return max(allowed, _ROUNDING * eps * abs(level))


def nudge(start: Start, loss: Array) -> dict[str, Array]:
    """Push the last state of a settled start and return what the loss did.

    Args:
        start: its steps not random, with its state, beginning, candidate and confirming states.
        loss: of every step that training did.

    Returns:
        `loss`, of shape PUSHES: the loss after two steps from each push, infinite where a step
        failed. `followed`, shape (1,): where the lowest of them went on to, if it was lower than
        the settled loss by more than is allowed; shape (0,) otherwise. `far`, shape (numbers, 3):
        of numbers far out, doubled, the loss after two steps and by how much they are then larger;
        and the loss after they are put back.
    """
    seen = look(loss, start.job.training.tolerance, random=False)
    if seen is None:
        return {}
    lower = seen.level - ROOM * allowance(seen.allowed, seen.level, start.state)
    pushed = [[_standing(start, state) for state in row] for row in _pushed(start)]
    losses = np.array([[_go_on(moved, _STEPS) for moved in row] for row in pushed])
    place = lowest(losses, seen.level, lower)
    followed = [] if place is None else [_follow(pushed[place[0]][place[1]], lower, len(loss))]
    return {"loss": losses, "followed": np.array(followed, dtype=float), "far": _far(start)}


def _far_out(start: Start) -> list[tuple[str, int]]:
    """Return the names and places of the numbers furthest beyond those that steps began with."""
    found = []
    for name in _names(start):
        value, before = start.state[name], start.initial[name]
        size = float(np.abs(before).max(initial=0.0)) if before.shape == value.shape else 0.0
        if np.isfinite(size) and size > 0:
            ratios = np.abs(value.reshape(-1)) / size
            found += [(float(ratios[at]), name, int(at)) for at in np.flatnonzero(ratios > _FAR)]
    return [(name, at) for _, name, at in sorted(found, reverse=True)[:_MOST_FAR]]


def _far(start: Start) -> Array:
    rows = []
    for name, at in _far_out(start):
        here = start.state[name].reshape(-1)[at]
        doubled, back = copied(start.state), copied(start.state)
        doubled[name].reshape(-1)[at] = 2 * here
        back[name].reshape(-1)[at] = start.initial[name].reshape(-1)[at]
        moved = _standing(start, doubled)
        loss = _go_on(moved, _STEPS)
        there = moved.state[name].reshape(-1)[at]
        rows.append([loss, float(np.abs(there / here)), _go_on(_standing(start, back), _STEPS)])
    return np.array(rows).reshape(-1, 3)


def lowest(losses: Array, level: float, lower: float) -> tuple[int, int] | None:
    """Return the push, as row and column, that lowered the loss most; None if none counts.

    Args:
        losses: after the pushes, of shape PUSHES.
        level: the settled loss.
        lower: what counts as lower.
    """
    falls = level - losses
    smooth = falls[:, 1:] >= _SHARE * falls[:, :-1]
    smooth = np.logical_and.accumulate(smooth[:, ::-1], axis=1)[:, ::-1]  # and all smaller ones
    counts = (losses[:, :-1] < lower) & smooth
    if not counts.any():
        return None
    row, column = np.unravel_index(
        int(np.argmin(np.where(counts, losses[:, :-1], np.inf))), counts.shape
    )
    return int(row), int(column)


def _follow(moved: Start, lower: float, steps: int) -> float:
    """Go on until the loss has come back above `lower`, and return where it is."""
    loss = float("-inf")
    for _ in range(max(_FEWEST_TO_FOLLOW, steps)):
        loss = _go_on(moved, 1)
        if not loss < lower:
            break
    return loss


def _go_on(moved: Start, steps: int) -> float:
    """Return the loss after some steps, infinite where they fail."""
    loss = float("inf")
    try:
        with np.errstate(all="ignore"):
            for _ in range(steps):
                loss = advance(moved)[0]
                moved.job.channel.progress(next(moved.pushes), None)  # or it would look stalled
    except TrainingError:
        return float("inf")
    return loss if np.isfinite(loss) else float("inf")


def _standing(start: Start, state: State) -> Start:
    stream = streams.step_stream(start.job.seed, start.index)
    return replace(start, state=copied(state), stream=stream, history=History())


def _pushed(start: Start) -> Iterator[list[State]]:
    """Yield the last state, pushed in every direction and both ways by every size."""
    names = _names(start)
    kept = {name: _Kept.by(start, name) for name in names}
    for direction in _directions(start, names):
        for way in (1, -1):
            yield [
                {
                    name: kept[name].keep(value + way * size * direction[name], value)
                    if name in direction
                    else value
                    for name, value in start.state.items()
                }
                for size in SIZES
            ]


@dataclass(frozen=True)
class _Kept:
    """What all stored values of an array have in common."""

    not_negative: bool
    not_positive: bool
    sums: bool

    @classmethod
    def by(cls, start: Start, name: str) -> "_Kept":
        last, first = start.state[name], start.initial.get(name)
        values = [last, *start.snapshots.get(name, np.empty((0, *last.shape)))]
        if first is not None and first.shape == last.shape:
            values.append(first)
        if last.dtype.kind == "c":
            return cls(not_negative=False, not_positive=False, sums=False)
        totals = np.stack([value.sum(axis=-1) for value in values if value.ndim])
        size = np.abs(last).sum(axis=-1)
        same = bool(totals.size and (np.abs(totals - totals[0]) <= _SAME_SUM * size).all())
        return cls(
            not_negative=all((value >= 0).all() for value in values),
            not_positive=all((value <= 0).all() for value in values),
            sums=same and bool((size > 0).all()),
        )

    def keep(self, pushed: Array, value: Array) -> Array:
        """Return a pushed value with the same signs and sums."""
        if self.not_negative or self.not_positive:
            pushed = np.maximum(pushed, 0) if self.not_negative else np.minimum(pushed, 0)
        if self.sums:
            wanted, total = (x.sum(axis=-1, keepdims=True) for x in (value, pushed))
            with np.errstate(divide="ignore", invalid="ignore"):
                pushed = np.where(total != 0, pushed * (wanted / total), value)
        return pushed.astype(value.dtype)


def _directions(start: Start, names: list[str]) -> list[State]:
    """Return where to push: outwards, away from the beginning, onwards, and twice at random.

    Each is as large as the largest value of the array that it moves most, relatively.
    """
    state = {name: start.state[name] for name in names}
    rng = np.random.default_rng(_SEED)
    before = {name: stack[0] for name, stack in start.snapshots.items()}
    return [
        state,
        _sized(_difference(state, start.initial), state),
        _sized(_difference(state, before), state),
        *({name: x * rng.standard_normal(x.shape) for name, x in state.items()} for _ in range(2)),
    ]


def _names(start: Start) -> list[str]:
    """Return the arrays that may hold the solution."""
    if start.candidate is None or not start.snapshots:
        return [n for n, x in start.state.items() if x.dtype.kind in "fc" and x.size > 1]
    end = start.candidate + confirmation_steps(start.candidate)
    return stability.watched(start.snapshots, stability.snapshot_steps(start.candidate, end))


def _difference(state: State, before: State) -> State:
    return {
        name: value - before[name]
        if name in before and before[name].shape == value.shape
        else np.zeros_like(value)
        for name, value in state.items()
    }


def _sized(move: State, state: State) -> State:
    """Return a move made as large as the state, but for no array larger than the array."""
    sizes, moves = stability.magnitudes(state), stability.magnitudes(move)
    factors = [sizes[name] / moves[name] for name in moves if moves[name] > 0 and sizes[name] > 0]
    factor = min(factors, default=0.0)
    return {name: value * factor for name, value in move.items()}
