"""One function per gate; each takes what was stored and returns what it measured."""

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.methods.iterative.confirmation import allowed_movement
from assay.methods.iterative.nudging import PUSHES, ROOM, allowance, lowest
from assay.methods.iterative.record import Record
from assay.methods.iterative.settings import Convergence, Training
from assay.methods.iterative.stability import displacement
from assay.methods.iterative.stopping import fewest_steps

EXPLOSION = 1e3
_FIRST = 10  # steps that count as the beginning
_GRADIENT_ROOM = 5.0  # over 400 honest runs of 20 models the ratio it bounds stayed below 1
_GRADIENT_RATIO = 0.5  # a larger limit would say nothing
_RELATIVE_GRADIENT = 30.0
_ZERO = 1e-8
_RESTART_ROOM = 10.0
_STAYS_DOUBLED = 1.5

_CREEPING = (
    "The loss is still moving. Raise max_steps, take larger or better steps (a decaying step size, "
    "scaled inputs, momentum, Newton), or state the tolerance the question needs."
)
_NOISY = (
    "The loss fluctuates from step to step by more than the tolerance allows. Report the loss over "
    "all data, let the step size decay, or state a larger tolerance (up to 1e-2)."
)
_RESTLESS = (
    "The loss has settled, but loss or state moved on when steps continued: the solution is not "
    "unique, lies at infinity (a separable classification), or is approached in circles."
)


def finite(start: Record) -> Criterion:
    """Judge that every metric and the last state are finite."""
    groups = (("history", "metric"), ("state", "state"))
    for group, word in groups:
        for name, value in sorted(start.groups[group].items()):
            bad = ~np.isfinite(value)
            if bad.any():
                first = int(np.argmax(bad)) + 1
                where = f"{name} at step {first}" if group == "history" else f"{word} {name}"
                advice = "Look for overflow, a division by zero or too large a step size."
                return judge("finite", int(bad.sum()), "==", 0, where=where, advice=advice)
    return judge("finite", 0, "==", 0)


def steps(start: Record, training: Training) -> Criterion:
    """Judge that the loss settled before the limit of steps."""
    done, limit = len(start.loss), training.max_steps
    if start.settled:
        return judge("steps", start.settled_at, "<", limit)
    advice = _trouble(start)
    if limit <= fewest_steps(start.random):
        advice = f"max_steps must be over {fewest_steps(start.random)} to see that a loss settles."
    value = done if done >= limit else None
    return judge("steps", value, "<", limit, where=f"ended after {done}", advice=advice)


def loss(start: Record, training: Training) -> list[Criterion]:
    """Judge that the loss has not changed over a window, and has next to nothing left to fall."""
    seen = start.seen
    if seen is None:
        return [
            judge(name, None, "<=", training.tolerance, advice=_CREEPING)
            for name in ("loss_change", "remaining_decrease")
        ]
    where = f"loss {seen.level:.10g} over the last {seen.window} steps"
    return [
        judge(
            name,
            _relative(value, seen.allowed, training.tolerance),
            "<=",
            training.tolerance,
            where=where,
            advice=_trouble(start),
        )
        for name, value in (("loss_change", seen.change), ("remaining_decrease", seen.remaining))
    ]


def gradient_explosion(start: Record) -> Criterion:
    """Judge that the gradient norm never exploded (Pascanu, Mikolov & Bengio, ICML 2013).

    Exploding means not finite, or over a thousand times the largest of the first ten steps while
    the loss is higher than it was in all of them. Without a gradient norm the same is asked of
    the loss: how far it is above its lowest value. A gradient that grows while the loss falls is
    a matter of curvature, and an overshoot of the first steps is not counted.
    """
    loss, gradient = start.loss, start.gradient
    value = float("inf")
    if np.isfinite(loss).all() and (gradient is None or np.isfinite(gradient).all()):
        measure = gradient if gradient is not None else loss - loss.min()
        begin = float(measure[:_FIRST].max())
        if gradient is None:
            begin = max(begin, float(np.abs(np.median(loss))))
        above = measure[loss > loss[:_FIRST].max()]
        value = float(above.max() / begin) if above.size and begin > 0 else 0.0
    return judge(
        "gradient_explosion",
        value,
        "<=",
        EXPLOSION,
        where="relative to the first ten steps",
        advice="Take smaller steps, clip the gradient, or scale the inputs.",
    )


def grad_norm(start: Record, convergence: Convergence) -> list[Criterion]:
    """Judge that the gradient has vanished at the end; nothing if it is neither given nor asked.

    Against the design's threshold if there is one. Otherwise a loss that is locally a square has
    a gradient that falls as the root of what the loss lies above its minimum: it must be below
    5 times its peak times the root of (allowance / fall of the loss). Where the loss hardly
    fell, for it began near the minimum, the relative gradient |g|·max(1, |x|)/|loss| is judged
    instead (Dennis & Schnabel, Numerical Methods for Unconstrained Optimization, 7.2). With
    random steps the gradient keeps its noise, and without a threshold this is a remark only.
    """
    gradient, wanted = start.gradient, convergence.grad_norm
    if gradient is None:
        advice = 'The design limits grad_norm, but the metrics of step have no "grad_norm".'
        return [judge("grad_norm", None, "<=", wanted, advice=advice)] if wanted else []
    last = gradient[-_window(start) :].mean() if start.random else gradient[-1]
    limit, where = (wanted, "the design's threshold") if wanted else _gradient_limit(start)
    advice = (
        "The loss stands still but its gradient does not vanish: the step size has shrunk too "
        "soon, or the steps go elsewhere. With constraints report the projected gradient; if this "
        "is the minimum, state grad_norm in the design's convergence block."
    )
    gates = wanted is not None or not start.random
    if not gates:
        advice = "The steps are random, so the gradient keeps its noise; shown as a remark only."
    return [judge("grad_norm", float(last), "<=", limit, where=where, advice=advice, gates=gates)]


def stability(start: Record, training: Training) -> list[Criterion]:
    """Judge that loss and state stayed where they were while settled steps went on."""
    found = start.confirmation
    if found is None:
        advice = "The loss never settled, so there is nothing that could have been stable."
        return [
            judge("stability/loss", None, "<=", training.tolerance, advice=advice),
            judge(
                "stability/state", None, "<=", allowed_movement(training.tolerance), advice=advice
            ),
        ]
    shift = _relative(found.shift, found.last.allowed, training.tolerance)
    moved = found.moved
    return [
        judge("stability/loss", shift, "<=", training.tolerance, advice=_CREEPING),
        judge(
            "stability/state",
            moved.size,
            "<=",
            found.allowed_movement,
            where=moved.key,
            advice=_RESTLESS,
        ),
    ]


def minimum(start: Record, training: Training) -> list[Criterion]:
    """Judge that no push from the settled state leads to a lower loss; see `nudging`.

    Not asked where steps draw random numbers: their loss is known from averages only.
    """
    pushed, seen = start.groups.get("nudge", {}), start.seen
    if start.random or not start.settled or seen is None:
        return []
    losses = pushed.get("loss", np.zeros(0))
    followed = pushed.get("followed", np.zeros(0))
    allowed = allowance(seen.allowed, seen.level, dict(start.groups["state"]))
    low, fall = seen.level, None
    if losses.shape == PUSHES and not np.isnan(losses).any():
        place = lowest(losses, seen.level, seen.level - ROOM * allowed)
        if place is not None:
            low = float(followed[0] if followed.size else losses[place])
        fall = _relative(max(seen.level - low, 0.0), allowed, training.tolerance)
    return [
        judge(
            "lower_nearby",
            fall,
            "<=",
            ROOM * training.tolerance,
            where=f"{low:.10g} from a state pushed by 1 % or less, {seen.level:.10g} settled",
            advice="The steps stand still, but not at a minimum: the step size has shrunk too "
            "soon, the damping has grown too large, or the search gave up. Correct the step. "
            "Where the loss may be lower outside of the constraints, let every step return to "
            "them.",
        ),
        _at_infinity(start, seen.level, allowed),
    ]


def _at_infinity(start: Record, level: float, allowed: float) -> Criterion:
    """Judge that no number has gone so far out that its doubling changes nothing."""
    table = start.groups.get("nudge", {}).get("far", np.zeros((0, 3)))
    flat = (np.abs(table[:, 0] - level) <= ROOM * allowed) & (table[:, 1] > _STAYS_DOUBLED)
    lost = flat & ~(np.abs(table[:, 2] - level) <= ROOM * allowed)
    return judge(
        "at_infinity",
        int(lost.sum()),
        "==",
        0,
        where="numbers far beyond the start, of which twice as much is as good",
        advice="The steps overshot to where the loss is flat, and no answer is there. Start "
        "nearer, damp the first steps, or keep the parameters within bounds.",
    )


def progress(start: Record, training: Training) -> list[Criterion]:
    """Judge that steps did something: the loss fell, or at least the state left its start.

    Not asked where a gradient is judged: then a start at the solution proves itself.
    """
    seen, loss = start.seen, start.loss
    if start.gradient is not None and not start.random:
        return []
    if seen is not None and (fall := float(loss[0]) - seen.level) > seen.allowed:
        relative = _relative(fall, seen.allowed, training.tolerance)
        return [judge("progress", relative, ">", training.tolerance, where="fall of the loss")]
    value, limit = _left(start), float(np.sqrt(training.tolerance))
    advice = (
        "Neither loss nor state has changed since init. If the step size is far too small, take a "
        "larger one; if init already is the solution, report grad_norm to show it."
    )
    return [
        judge(
            "progress",
            value,
            ">",
            limit,
            where="change of the state since init",
            advice=advice,
        )
    ]


def restarts(starts: list[Record], training: Training) -> list[Criterion]:
    """Judge that starts differ and that all reach the same loss, within ten allowances."""
    first = starts[0]
    alike = [start.index for start in starts[1:] if _same_start(first, start)]
    advice = (
        "init ignores its rng, so a restart tests nothing: draw the start from it, or leave out "
        "restarts."
    )
    differ = judge("restarts_differ", len(alike), "==", 0, advice=advice, where=_named(alike))
    gaps = {start.index: _gap(first, start) for start in starts[1:]}
    worst = max(gaps, key=lambda index: gaps[index] if np.isfinite(gaps[index]) else np.inf)
    limit = _RESTART_ROOM * training.tolerance
    return [
        differ,
        judge(
            "restarts_agree",
            gaps[worst] * training.tolerance,
            "<=",
            limit,
            where=f"restart {worst}",
            advice="Another start ends at another loss: there are several minima, or one is still "
            "moving. Search from many starts inside init and step, or improve the steps.",
        ),
    ]


def _gap(first: Record, other: Record) -> float:
    """Return how far two final losses are apart, in allowances, beyond their sampling error."""
    if first.seen is None or other.seen is None:
        return float("inf")
    apart = abs(first.seen.level - other.seen.level)
    apart -= 3 * float(np.hypot(first.seen.error, other.seen.error))
    # In this order NaN stays NaN, and fails.
    return _relative(max(apart, 0.0), max(first.seen.allowed, other.seen.allowed), 1.0)


def _same_start(first: Record, other: Record) -> bool:
    if first.random or other.random:
        return False
    before, after = first.groups["initial"], other.groups["initial"]
    return all(np.array_equal(value, after[name]) for name, value in before.items())


def _named(indices: list[int]) -> str:
    return ", ".join(f"restart {index}" for index in indices)


def _gradient_limit(start: Record) -> tuple[float | None, str]:
    seen, gradient = start.seen, start.gradient
    if seen is None or gradient is None:
        return None, ""
    size = max([1.0, *start.scales.values()])
    if 0 <= seen.level <= _ZERO * float(gradient[-1]) * size:
        # One step along the gradient to a loss of zero would change the state by rounding only.
        return float(gradient.max()), "its peak, as the loss is zero to rounding"
    fall = float(start.loss.max()) - seen.level
    ratio = _GRADIENT_ROOM * float(np.sqrt(seen.allowed / fall)) if fall > 0 else float("inf")
    if ratio <= _GRADIENT_RATIO:
        return ratio * float(gradient.max()), "relative to its peak"
    share = min(_GRADIENT_RATIO, _RELATIVE_GRADIENT * float(np.sqrt(start.tolerance)))
    return share * abs(seen.level) / size, "relative to the loss"


def _left(start: Record) -> float:
    """Return how far the state is from its start, relative to its size."""
    moves = displacement(start.groups["initial"], start.groups["state"])
    scales = start.scales
    return max((moves[name] / scales[name] for name in moves if scales.get(name)), default=0.0)


def _relative(value: float, allowed: float, tolerance: float) -> float:
    """Return a difference of losses in the unit of the tolerance."""
    if value == 0:
        return 0.0
    return float(value / allowed * tolerance) if allowed > 0 else float("inf")


def _window(start: Record) -> int:
    return start.seen.window if start.seen is not None else 1


def _trouble(start: Record) -> str:
    seen, found = start.seen, start.confirmation
    if seen is not None and seen.settled and found is not None and not found.holds:
        return _RESTLESS
    noisy = seen is not None and 2 * seen.error > seen.allowed
    return _NOISY if noisy else _CREEPING
