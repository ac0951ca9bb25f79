"""Which models are shown where there is no room for all."""

from collections.abc import Sequence

from assay.watch.state import RUNNING, TROUBLED, ModelState, State


def select(models: Sequence[ModelState], room: int) -> tuple[list[ModelState], dict[State, int]]:
    """Return the models to show, and how many of the others are in each state.

    All of them by number if they fit; else the running ones first, then those in trouble, then
    those not done, each by number.

    Args:
        models: by number.
        room: lines there are.
    """
    if len(models) <= room:
        return list(models), {}
    ranked = sorted(models, key=lambda model: (_rank(model), model.model))
    shown, rest = ranked[: max(0, room)], ranked[max(0, room) :]
    counts = dict.fromkeys(State, 0)
    for model in rest:
        counts[model.state] += 1
    return shown, {state: count for state, count in counts.items() if count}


def _rank(model: ModelState) -> int:
    if model.state in RUNNING:
        return 0
    if model.state in TROUBLED:
        return 1
    return 3 if model.state is State.APPROVED else 2
