"""Whether settled steps stand at a minimum, or have only grown too small to go on.

A step size that shrinks too soon, a damping that grew for ever, a line search that gave up: the
loss stands still to the last bit, wherever that is. So the last state is pushed a little, in
several directions and both ways, and steps go on from there. At a minimum every push raises the
loss or lets it come back; elsewhere some push lowers it, since to first order the change of the
loss is the gradient times the push (Dennis & Schnabel, Numerical Methods for Unconstrained
Optimization, 5.4), and the loss stays lower.

A push may leave what constraints allow, where the loss can be lower than at any answer. Steps
that keep constraints lead back: so the loss counts after two steps, and the lowest is followed
for as many steps as training took, until it has come back. And a push may jump into the valley
beside this one, as of k-means, which says nothing against the bottom of this: a fall counts only
where a tenth of the push gives a share of it (a tenth at least, if the loss is convex on the way).
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from assay.errors import TrainingError
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
        the settled loss by more than is allowed; shape (0,) otherwise.
    """
    seen = look(loss, start.job.training.tolerance, random=False)
    if seen is None:
        return {}
    lower = seen.level - ROOM * allowance(seen.allowed, seen.level, start.state)
    pushed = [[_standing(start, state) for state in row] for row in _pushed(start)]
    losses = np.array([[_go_on(moved, _STEPS) for moved in row] for row in pushed])
    place = lowest(losses, seen.level, lower)
    followed = [] if place is None else [_follow(pushed[place[0]][place[1]], lower, len(loss))]
    return {"loss": losses, "followed": np.array(followed, dtype=float)}


def lowest(losses: Array, level: float, lower: float) -> tuple[int, int] | None:
    """Return the push, as row and column, that lowered the loss most; None if none counts.

    Args:
        losses: after the pushes, of shape PUSHES.
        level: the settled loss.
        lower: what counts as lower.
    """
    falls = level - losses
    counts = (losses[:, :-1] < lower) & (falls[:, 1:] >= _SHARE * falls[:, :-1])
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
    except TrainingError:
        return float("inf")
    return loss if np.isfinite(loss) else float("inf")


def _standing(start: Start, state: State) -> Start:
    stream = streams.step_stream(start.job.seed, start.index)
    return replace(start, state=copied(state), stream=stream, history=History())


def _pushed(start: Start) -> Iterator[list[State]]:
    """Yield the last state, pushed in every direction and both ways by every size."""
    for direction in _directions(start):
        for way in (1, -1):
            yield [
                {
                    name: (value + way * size * direction[name]).astype(value.dtype)
                    if name in direction
                    else value
                    for name, value in start.state.items()
                }
                for size in SIZES
            ]


def _directions(start: Start) -> list[State]:
    """Return where to push: outwards, away from the beginning, onwards, and twice at random.

    Each is as large as the largest value of the array that it moves most, relatively.
    """
    state = {name: start.state[name] for name in _names(start)}
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
