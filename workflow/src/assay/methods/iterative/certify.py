"""What shows on the model itself that a start of a fit is its answer, on any machine.

`init` with the seed gives the stored beginning; a step from states that were kept while the loss
settled gives the loss on record; a step further leaves it there; and no push leads to a lower one.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.errors import TrainingError
from assay.methods.base import Job
from assay.methods.exact import same
from assay.methods.iterative import streams
from assay.methods.iterative.gates import minimum
from assay.methods.iterative.loop import advance, begin, resume
from assay.methods.iterative.nudging import nudge
from assay.methods.iterative.record import Record
from assay.methods.iterative.stability import snapshot_steps
from assay.methods.iterative.state import Array
from assay.methods.iterative.stopping import confirmation_steps

AGREEMENT = 1e-9  # relative; another processor rounds otherwise
_ROOM = 10.0  # a settled loss may move by that many allowances in one more step
_EPS = float(np.finfo(float).eps)


def certify_start(job: Job, start: Record) -> list[Criterion]:
    """Return what the model says about one start of a fit.

    Raises:
        TrainingError: the model failed, or returned something that is no state or no metrics.
    """
    where = f"restart {start.index}" if start.index else ""
    criteria = [*_beginning(job, start, where), *_record(job, start, where)]
    return [*criteria, _further(job, start, where), *_pushed(job, start)]


def _beginning(job: Job, start: Record, where: str) -> list[Criterion]:
    """Judge that seed and `init` give the beginning of the random stream and of the state."""
    again = begin(job, start.index)
    stream = {"begin": streams.position(again.stream)}
    stored = {"begin": start.groups["stream"]["begin"]}
    advice = "The random stream of the steps does not begin where the seed puts it."
    apart, name = _apart(again.initial, start.groups["initial"])
    other = "With this seed init gives another state: the run began elsewhere."
    rounding = "init gives a state that differs by rounding: another processor or library."
    return [
        same("seed", stream, stored, advice),
        judge("init", apart, "<=", AGREEMENT, where=where or name, advice=other),
        judge("init_exact", apart, "==", 0.0, where=where or name, advice=rounding, gates=False),
    ]


def _record(job: Job, start: Record, where: str) -> list[Criterion]:
    """Judge that a step from a confirming state gives the loss on record.

    Not where steps are random, for the stream is not kept at those states, nor where an array
    changes its shape, which is then not kept.
    """
    kept = start.groups.get("confirm", {})
    if start.random or start.settled_at is None or kept.keys() != start.groups["state"].keys():
        return []
    last = start.settled_at + confirmation_steps(start.settled_at)
    worst, place = 0.0, ""
    steps = snapshot_steps(start.settled_at, last)
    for row in (0, len(steps) - 2):
        state = {name: stack[row] for name, stack in kept.items()}
        loss, recorded = _loss_after(job, start, state), float(start.loss[steps[row]])
        apart = abs(loss - recorded) / _unit(start, recorded)
        if not apart <= worst:
            worst, place = apart, f"step {steps[row] + 1}"
    advice = (
        "A step from a state kept while the loss settled gives another loss than the one on "
        "record: state and history do not belong together."
    )
    label = ", ".join(part for part in (where, place) if part)
    rounding = "The loss differs by rounding: another processor or library."
    return [
        judge("loss_on_record", worst, "<=", AGREEMENT, where=label, advice=advice),
        judge("loss_exact", worst, "==", 0.0, where=label, advice=rounding, gates=False),
    ]


def _further(job: Job, start: Record, where: str) -> Criterion:
    """Judge that one more step from the last state leaves the loss where it was.

    With random steps a single loss says little, so it is then a doubt only: outside of five
    times the range of the last losses.
    """
    advice = "One more step from the last state gives another loss: it is not where steps ended."
    state = start.groups["state"]
    try:
        loss = _loss_after(job, start, state)
    except TrainingError as error:
        words = f"Training never did this step, and it fails: {error}"
        return judge("one_more_step", None, "<=", _ROOM, where=where, advice=words, gates=False)
    seen = start.seen
    last = start.loss[-(seen.window if seen is not None else 1) :]
    room = float(np.ptp(last)) if start.random else 0.0
    allowed = seen.allowed if seen is not None else 0.0
    unit = max(allowed, room, _EPS * abs(float(last[-1])), np.finfo(float).tiny)
    middle = float(last.mean()) if start.random else float(last[-1])
    return judge(
        "one_more_step",
        abs(loss - middle) / unit,
        "<=",
        _ROOM,
        where=where or "in allowances",
        advice=advice,
        gates=not start.random,
    )


def _pushed(job: Job, start: Record) -> list[Criterion]:
    """Push the last state again, and judge what the loss does as training did."""
    if start.random or not start.settled:
        return []
    arrays = {f"state/{name}": value for name, value in start.groups["state"].items()}
    standing = resume(job, start.index, {**arrays, "stream": start.groups["stream"]["end"]})
    standing.initial, standing.candidate = dict(start.groups["initial"]), start.settled_at
    standing.snapshots = dict(start.groups.get("confirm", {}))
    again = nudge(standing, start.loss)
    stored = start.groups.get("nudge", {})
    return [
        *minimum(replace(start, groups={**start.groups, "nudge": again}), job.training),
        replace(
            same("nudges_exact", again, stored, "Pushed states went elsewhere: another processor."),
            gates=False,
        ),
    ]


def _loss_after(job: Job, start: Record, state: Mapping[str, Array]) -> float:
    """Return the loss that one step from a state reports."""
    arrays = {f"state/{name}": value for name, value in state.items()}
    standing = resume(job, start.index, {**arrays, "stream": start.groups["stream"]["end"]})
    return advance(standing)[0]


def _unit(start: Record, loss: float) -> float:
    """Return what an error of a loss is relative to: itself, or how far it fell if it is zero.

    A loss is commonly a square, so of a fall the square of the tolerance is rounding.
    """
    fall = abs(float(start.loss[0]) - loss)
    return max(abs(loss), fall * start.tolerance**2 / AGREEMENT, np.finfo(float).tiny)


def _apart(expected: Mapping[str, Array], found: Mapping[str, Array]) -> tuple[float, str]:
    """Return the largest relative difference of two states, infinite where they do not match."""
    if expected.keys() != found.keys():
        return float("inf"), "the names of the state"
    worst, place = 0.0, ""
    for name, one in expected.items():
        apart = _distance(one, found[name])
        if not apart <= worst:
            worst, place = apart, name
    return worst, place


def _distance(one: Array, other: Array) -> float:
    if one.dtype != other.dtype or one.shape != other.shape:
        return float("inf")
    if one.tobytes() == other.tobytes():
        return 0.0
    if one.dtype.kind not in "fc":
        return float("inf")
    size = float(np.abs(one).max())
    with np.errstate(invalid="ignore"):
        apart = float(np.abs(one - other).max())
    return apart / size if size > 0 else float("inf")
