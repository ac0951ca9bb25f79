"""The loop over `step`: the workflow's own, so that a model cannot report its own success."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from math import isfinite
from typing import Literal

import numpy as np

from assay.methods.base import Job
from assay.methods.iterative import stability, streams
from assay.methods.iterative.confirmation import confirm
from assay.methods.iterative.history import History
from assay.methods.iterative.segments import checkpoint_name, place
from assay.methods.iterative.state import Array, State, canonical, copied, fault
from assay.methods.iterative.stopping import confirmation_steps, look, next_look

End = Literal["settled", "max_steps", "not finite"]


@dataclass
class Start:
    """One run of the loop from a start of its own.

    Attributes:
        job: the training.
        index: 0 for the start whose state is published, then the restarts.
        state: what the last step returned.
        stream: the generator that the steps share.
        names: the keys of the state, sorted.
        history: the metrics so far.
        initial: the state that `init` returned.
        scales: the largest absolute value that each array had after 0, 1, 2, 4, 8 ... steps.
        anchor: an earlier state and its step, to see whether the state still changes at all.
        target: the step before the next look at the loss.
        candidate: the last step after which the loss had settled; None while it has not.
        confirming: states of the confirming steps so far; None while there is nothing to confirm.
        snapshots: states of the last confirming steps, stacked by key.
        checkpoints: after which steps the state was stored, those at heartbeats aside: what is
            kept of a fit must not depend on the clock.
        on_record: the last step of this start that an interrupted run has stored a state of.
        end: why the loop ended.
        pushes: counts the steps done after pushes (`nudging`), for people to see that it goes on.
    """

    job: Job
    index: int
    state: State
    stream: np.random.Generator
    names: tuple[str, ...]
    history: History = field(default_factory=History)
    initial: State = field(default_factory=dict)
    scales: dict[str, float] = field(default_factory=dict)
    anchor: tuple[int, State] = (0, {})
    target: int = 0
    candidate: int | None = None
    confirming: list[State] | None = None
    snapshots: dict[str, Array] = field(default_factory=dict)
    checkpoints: list[int] = field(default_factory=list)
    on_record: int = 0
    end: End = "max_steps"
    pushes: Iterator[int] = field(default_factory=count)

    @property
    def random(self) -> bool:
        """Return whether any step has drawn random numbers."""
        fresh = streams.step_stream(self.job.seed, self.index)
        return not np.array_equal(streams.position(self.stream), streams.position(fresh))


def run(job: Job, index: int) -> Start:
    """Run start `index` until its loss has settled and stays so, or it may go no further.

    What an interrupted run left of it is not done again.

    Raises:
        TrainingError: the model failed, or returned something that is no state or no metrics.
    """
    kept = job.before.kept.get(kept_name(index))
    if kept is None:
        start = begin(job, index)
        _store(start)
    else:
        start = carry_on(job, index, kept)
    limit = job.training.max_steps
    while start.end == "max_steps" and (start.confirming is not None or _may_go_on(start)):
        if start.confirming is None:
            _go_on(start, start.target)
            if _may_go_on(start) and _has_settled(start):
                start.candidate, start.confirming = start.history.steps, []
        if start.confirming is not None and _stays(start):
            start.end = "settled"
        start.target = min(next_look(start.history.steps), limit)
    if start.checkpoints[-1] != start.history.steps:
        _store(start)
    if index < job.training.restarts:
        job.channel.keep(kept_name(index), partial(rest, start))
    return start


def begin(job: Job, index: int) -> Start:
    """Return start `index` after `init`.

    Raises:
        TrainingError: the model failed, or returned something that is no state.
    """
    returned = job.call("init", job.inputs, streams.init_stream(job.seed, index))
    state = copied(canonical(job.model, "init", returned, ()))
    start = Start(job, index, state, streams.step_stream(job.seed, index), tuple(state))
    start.initial = copied(state)
    start.anchor = (0, start.initial)
    start.scales = stability.magnitudes(state)
    start.target = min(next_look(0), job.training.max_steps)
    start.on_record = _last_on_record(job, index)
    return start


def resume(job: Job, index: int, checkpoint: Mapping[str, Array]) -> Start:
    """Return start `index` as a checkpoint holds it, with no history yet."""
    keys = sorted(name for name in checkpoint if name.startswith("state/"))
    state = copied({key.removeprefix("state/"): checkpoint[key] for key in keys})
    stream = streams.resume(job.seed, index, checkpoint["stream"])
    return Start(job, index, state, stream, tuple(state))


def kept_name(index: int) -> str:
    """Return the name under which the rest of start `index` is kept for a resumed run."""
    return f"start_{index}"


def rest(start: Start) -> dict[str, Array]:
    """Return all there is to know of a start between two steps, for `carry_on`."""
    groups: dict[str, Mapping[str, Array]] = {
        "state": start.state,
        "history": start.history.arrays(),
        "initial": start.initial,
        "anchor": start.anchor[1],
        "scale": {name: np.array(size) for name, size in start.scales.items()},
        "snapshot": start.snapshots,
        **{f"confirming {k}": state for k, state in enumerate(start.confirming or [])},
    }
    single = {
        "stream": streams.position(start.stream),
        "anchor": np.array(start.anchor[0]),
        "target": np.array(start.target),
        "candidate": np.array(-1 if start.candidate is None else start.candidate),
        "confirming": np.array(-1 if start.confirming is None else len(start.confirming)),
        "checkpoints": np.array(start.checkpoints, dtype=np.int64),
        "end": np.array(start.end),
    }
    grouped = {
        f"{g}/{name}": value for g, members in groups.items() for name, value in members.items()
    }
    return {**single, **copied(grouped)}


def carry_on(job: Job, index: int, kept: Mapping[str, Array]) -> Start:
    """Return start `index` as `rest` described it."""

    def group(name: str) -> dict[str, Array]:
        keys = (key for key in kept if key.startswith(f"{name}/"))
        return {key.removeprefix(f"{name}/"): kept[key] for key in keys}

    state = group("state")
    stream = streams.resume(job.seed, index, kept["stream"])
    start = Start(job, index, copied(state), stream, tuple(state))
    start.history.restore(group("history"))
    start.initial, start.snapshots = group("initial"), group("snapshot")
    start.scales = {name: float(size) for name, size in group("scale").items()}
    start.anchor = (int(kept["anchor"]), group("anchor"))
    start.on_record = _last_on_record(job, index)
    start.target = int(kept["target"])
    start.candidate = None if kept["candidate"] < 0 else int(kept["candidate"])
    stored = int(kept["confirming"])
    start.confirming = None if stored < 0 else [group(f"confirming {k}") for k in range(stored)]
    start.checkpoints = kept["checkpoints"].tolist()
    start.end = str(kept["end"])  # type: ignore[assignment]
    return start


def _last_on_record(job: Job, index: int) -> int:
    places = [place(name) for name in job.before.checkpoints]
    return max((step for start, step in filter(None, places) if start == index), default=0)


def advance(start: Start) -> list[float]:
    """Do one step and return its metrics in the order of the history's names.

    Raises:
        TrainingError: the model failed, or returned something that is no state or no metrics.
    """
    job = start.job
    returned = job.call("step", job.inputs, start.state, start.stream)
    if type(returned) is not tuple or len(returned) != 2:
        raise fault(
            job.model,
            "step",
            f"step must return (state, metrics), not an object of type {type(returned).__name__}",
            'End step with: return state, {"loss": loss}',
        )
    start.state = canonical(job.model, "step", returned[0], start.names)
    return start.history.add(job.model, returned[1])


def contents(start: Start) -> dict[str, Array]:
    """Return what a checkpoint holds: a copy of the state, and where the random stream stands."""
    arrays = {f"state/{name}": value for name, value in copied(start.state).items()}
    return {**arrays, "stream": streams.position(start.stream)}


def _go_on(start: Start, last: int) -> None:
    """Do steps up to step `last`, or until a metric is not finite."""
    channel, every = start.job.channel, start.job.training.checkpoint_steps
    of = max(start.job.training.max_steps, last)
    progress, index = channel.progress, start.index
    while start.history.steps < last:
        row = advance(start)
        step, gradient = start.history.steps, start.history.gradient
        if gradient:
            progress(step, of, loss=row[0], grad_norm=row[gradient])
        else:
            progress(step, of, loss=row[0])
        if step & (step - 1) == 0:  # a power of two
            _rescale(start)
        due = channel.checkpoint_due(checkpoint_name(index, step))
        if step % every == 0:
            _store(start)
        elif due and step > start.on_record:
            _send(start)  # a slow step must not leave hours without a state on record
        if not all(map(isfinite, row)):
            start.end = "not finite"
            return
        if due:
            channel.keep(kept_name(index), partial(rest, start))


def _may_go_on(start: Start) -> bool:
    return start.history.steps < int(start.job.training.max_steps)


def _has_settled(start: Start) -> bool:
    if start.end == "not finite":
        return False
    loss, tolerance, random = start.history.column("loss"), _tolerance(start), start.random
    seen = look(loss, tolerance, random=random)
    if seen is None or seen.settled:
        return seen is not None
    step, before = start.anchor
    if len(loss) - step < seen.window:
        return False
    start.anchor = (len(loss), copied(start.state))
    if not stability.unchanged(before, start.state, start.scales):
        return False
    seen = look(loss, tolerance, random=random, rounding=True)
    return seen is not None and seen.settled


def _stays(start: Start) -> bool:
    """Go on for the confirming steps and return whether loss and state stay where they are."""
    candidate, kept = start.candidate, start.confirming
    if candidate is None or kept is None:
        return False
    steps = stability.snapshot_steps(candidate, candidate + confirmation_steps(candidate))
    for step in steps[len(kept) :]:
        _go_on(start, step)
        if start.end == "not finite":
            return False
        kept.append(copied(start.state))
    _rescale(start)
    start.snapshots, start.confirming = _stacked(kept), None
    loss, tolerance = start.history.column("loss"), _tolerance(start)
    found = confirm(loss, candidate, start.snapshots, start.scales, tolerance, random=start.random)
    return found is not None and found.holds


def _stacked(states: list[State]) -> dict[str, Array]:
    """Return states stacked by key; arrays that change their shape cannot be compared."""
    return {
        name: np.stack([state[name] for state in states])
        for name, value in states[0].items()
        if all(state[name].shape == value.shape for state in states)
    }


def _rescale(start: Start) -> None:
    for name, size in stability.magnitudes(start.state).items():
        start.scales[name] = max(size, start.scales.get(name, 0.0))


def _store(start: Start) -> None:
    _send(start)
    start.checkpoints.append(start.history.steps)


def _send(start: Start) -> None:
    step = start.history.steps
    name = checkpoint_name(start.index, step)
    start.job.channel.checkpoint(name, contents(start), start=start.index, step=step)


def _tolerance(start: Start) -> float:
    return float(start.job.training.tolerance)
