"""Do the results come from the fit? Other fits must give other numbers.

Rebuilding a table proves nothing where `results` ignores its fit and returns typed numbers. So it
is called on several other fits of the same shape: every column that is no key and not declared
`given` or `constant` must move in the rows that stay, and `given` ones must not.
"""

from collections.abc import Iterator
from typing import Any

from assay.design.schema import Results
from assay.evidence.verdict import Finding
from assay.validation.columns import (
    cells,
    difference,
    is_label,
    movement,
    shared_difference,
    stays,
)
from assay.validation.replay import Replayed
from assay.validation.subject import Subject

SEVERAL = 3  # values of cells that never move: more than a bound or two
LEAST_MOVE = 1e-6  # of the column's size: typed numbers with a trace of the fit do not pass


def check_sensitivity(subject: Subject, outcome: Replayed) -> Iterator[Finding]:
    """Judge how the rebuilt table answers to other fits."""
    if outcome.rebuilt is None:
        yield Finding("sensitivity", "skipped", "there is no rebuilt table", doubt=True)
        return
    if not outcome.perturbed:
        reason = next(iter(outcome.broken.values()), "no other fit was made")
        message = f"`results` gives no table for any other fit ({reason})"
        yield Finding("sensitivity", "skipped", message, doubt=True)
        return
    results = subject.design.results
    constant = [name for name in results.constant if _may_be_constant(name, outcome, results.key)]
    fixed = {*results.key, *results.given, *constant}
    free = [name for name in results.columns if name not in fixed]
    moves = {name: _move(name, outcome, results.key) for name in free}
    unmoved = [name for name in free if moves[name] <= LEAST_MOVE]
    if unmoved:
        message = (
            f"{', '.join(unmoved)}: the same whatever the fit, so not computed from it. If that "
            "is meant, declare the column `given` (copied from the inputs: what was computed from "
            "them belongs into the features file) or `constant` (the same in every row, of two "
            "at least)"
        )
        yield Finding("sensitivity", "fail", message, unmoved, [])
    elif not free:
        message = "every column is a key, given or constant: nothing here was estimated"
        yield Finding("sensitivity", "warn", message, doubt=True)
    else:
        least = min(moves[name] for name in free)
        message = f"answering to the fit: {', '.join(free)}"
        yield Finding("sensitivity", "pass", message, least, LEAST_MOVE)
    yield from _given(results, outcome)
    yield from _typed_cells([name for name in free if name not in unmoved], results.key, outcome)
    yield from _recognised(results, outcome)
    yield from _keys(results, outcome.rebuilt)
    yield from _constants(constant, outcome, results.key)


def _given(results: Results, outcome: Replayed) -> Iterator[Finding]:
    moved = [name for name in results.given if _answers(name, outcome, results.key)]
    if moved:
        message = f"{', '.join(moved)}: declared as given, but computed from the fit"
        yield Finding("given", "fail", message, moved, [])
    for name, value in outcome.strangers.items():
        message = (
            f"{name}: declared as given, but {value} stands nowhere in the inputs; what is "
            "computed from them belongs into the features file"
        )
        yield Finding("given", "warn", message, value, None, doubt=True)


def _constants(constant: list[str], outcome: Replayed, key: Any) -> Iterator[Finding]:
    """Name measures that are constant by the design's word and by nothing else."""
    for name in constant:
        first = cells(outcome.rebuilt, name, key)
        typed = bool(first) and not is_label(first) and bool(outcome.own.get(name))
        if typed and _move(name, outcome, key) <= LEAST_MOVE:
            message = (
                f"{name}: {next(iter(first.values()))} in every row is neither computed from the "
                "fit nor in the inputs; the code says so, and the design calls it constant"
            )
            yield Finding("constant", "warn", message)


def _answers(name: str, outcome: Replayed, key: Any) -> bool:
    """Return whether a column differs between fits in a row that both tables have."""
    first = cells(outcome.rebuilt, name, key)
    others = (cells(table, name, key) for table in outcome.perturbed)
    return any((shared_difference(first, other) or 0) > 0 for other in others)


def _typed_cells(free: list[str], key: Any, outcome: Replayed) -> Iterator[Finding]:
    """Doubt a column that moves in some rows only, if most rows never do and are no copies.

    Cells at a bound stay where they are, and so do small counts: hence only where the cells that
    stay have several values, which stand nowhere in the inputs.
    """
    for name in free:
        first = cells(outcome.rebuilt, name, key)
        others = _others(name, outcome, key)
        own = set(outcome.own.get(name, []))
        still = [
            cell
            for number, (row, cell) in enumerate(first.items())
            if number in own
            and all(stays(cell, other[row], LEAST_MOVE) for other in others if row in other)
        ]
        if len(still) > len(first) / 2 and len(set(still)) >= SEVERAL:
            message = (
                f"{name}: {len(still)} of {len(first)} cells are the same whatever the fit and "
                "stand nowhere in the inputs; were they typed in?"
            )
            yield Finding("sensitivity", "warn", message, len(still), len(first) // 2, doubt=True)


def _recognised(results: Results, outcome: Replayed) -> Iterator[Finding]:
    """Doubt `results` that give this very fit other numbers than fits that are hardly different.

    The fits differ in the twelfth digit. Where their tables agree with each other and not with the
    rebuilt one, the code tells this fit from all others.
    """
    for name in (name for name in results.columns if outcome.nudged):
        first = cells(outcome.rebuilt, name, results.key)
        second, *others = (cells(table, name, results.key) for table in outcome.nudged)
        apart = difference(first, second)
        if apart > LEAST_MOVE and all(
            difference(second, other) < LEAST_MOVE * apart for other in others
        ):
            message = (
                f"{name}: fits that differ in the twelfth digit all give other cells than this "
                "fit; compare numbers with a tolerance, not with ==, if that is what it does"
            )
            yield Finding("sensitivity", "warn", message, apart, LEAST_MOVE, doubt=True)


def _keys(results: Results, table: Any) -> Iterator[Finding]:
    """Doubt a number that is part of the key although the others tell the rows apart."""
    for name in results.key:
        others = [other for other in results.key if other != name]
        spare = bool(others) and not table.duplicated(others).any()
        if results.columns[name].numeric and spare and not _same_everywhere(table, name):
            message = (
                f"{name}: a number in the key that the key does not need is not checked against "
                "the fit; leave it out of the key"
            )
            yield Finding("sensitivity", "warn", message, name, others, doubt=True)


def _same_everywhere(table: Any, column: str) -> bool:
    return column in table.columns and len(set(table[column].tolist())) <= 1


def _may_be_constant(name: str, outcome: Replayed, key: Any) -> bool:
    """Return whether `constant` can apply: not to a measure that stands in a single row."""
    label = is_label(cells(outcome.rebuilt, name, key))
    return _same_everywhere(outcome.rebuilt, name) and (label or len(outcome.rebuilt) > 1)


def _others(name: str, outcome: Replayed, key: Any) -> list[dict[Any, Any]]:
    """Return a column as other fits have it; for labels also fits that need not make sense.

    Ranks, choices and signs stay the same however the fit is changed a little.
    """
    tables = [*outcome.perturbed]
    if is_label(cells(outcome.rebuilt, name, key)):
        tables += outcome.distorted
    return [cells(table, name, key) for table in tables]


def _move(name: str, outcome: Replayed, key: Any) -> float:
    """Return the largest change of a column over all other fits, relative to its size."""
    first = cells(outcome.rebuilt, name, key)
    return max(movement(first, other) for other in _others(name, outcome, key))
