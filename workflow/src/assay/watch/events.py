"""What happened between two looks at a campaign."""

from collections.abc import Iterator
from dataclasses import dataclass

from assay.core.text import line, rough
from assay.core.workspace import Workspace
from assay.training.live_status import activity
from assay.watch.state import ModelState, Snapshot, State
from assay.watch.words import category, expected, reason

_QUIET_PHASES = frozenset({"", "start", "end"})


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        at: when it was noticed, in seconds since 1970.
        model: to which model.
        text: a sentence.
        bad: somebody should look at it.
    """

    at: float
    model: int
    text: str
    bad: bool = False


def events(before: Snapshot | None, after: Snapshot, workspace: Workspace) -> list[Event]:
    """Return what happened; without a look before, what is wrong now."""
    then = {} if before is None else {model.model: model for model in before.models}
    found = []
    for model in after.models:
        old = then.get(model.model)
        if before is None:
            texts = _standing(model, workspace)
        else:
            texts = _news(old or ModelState(model.model), model, workspace)
        found += [Event(after.at, model.model, text, bad) for text, bad in texts]
    return found


def _standing(model: ModelState, workspace: Workspace) -> Iterator[tuple[str, bool]]:
    if text := _trouble(model, workspace):
        yield text, True
    elif model.overdue:
        yield _late(model), True


def _news(old: ModelState, new: ModelState, workspace: Workspace) -> Iterator[tuple[str, bool]]:
    again = new.attempt > old.attempt
    if again:
        nth = "" if new.attempt == 1 else f" (attempt {new.attempt})"
        yield f"training started{nth}", False
    entered = (again or new.phase != old.phase) and new.phase not in _QUIET_PHASES
    if entered and new.state is State.TRAINING:
        yield activity(new.phase), False
    if new.overdue and not old.overdue:
        yield _late(new), True
    if new.published and (again or not old.published):
        yield f"published {workspace.results(new.model).name}", False
    if new.state is old.state and not again:
        return
    if new.state is State.APPROVED:
        yield "verdict APPROVE", False
    elif new.state is State.WAITING and new.note:
        yield f"to be trained again: {new.note}", False
    elif text := _trouble(new, workspace):
        yield text, True


def _trouble(model: ModelState, workspace: Workspace) -> str:
    """Return what is wrong with a model, and where to read on; empty if nothing is."""
    number, why = model.model, reason(model)
    if model.state is State.FAILED:
        where = f"failed at {line(model.stage)}" if model.stage else "failed"
        return f"{where} [{category(model)}]: {why} -> {workspace.incident(number)}"
    if model.state in (State.REJECTED, State.INVESTIGATE):
        word = "REJECT" if model.state is State.REJECTED else "INVESTIGATE"
        return f"verdict {word}: {why} -> {workspace.validation_report(number)}"
    if model.state is State.INTERRUPTED:
        spent = "" if model.elapsed is None else f" after {rough(model.elapsed)}"
        return f"interrupted{spent}: the process that trained it is gone; run snakemake again"
    if model.state is State.STRANDED:
        several = not model.note.split(" ")[0].isdecimal()
        return f"cannot be trained: model{'s' if several else ''} {model.note}"
    return f"unreadable: {why}" if model.state is State.UNREADABLE else ""


def _late(model: ModelState) -> str:
    return (
        f"takes longer than expected: {rough(model.elapsed or 0)} of {expected(model)}; "
        "it goes on, and so does this watch"
    )
