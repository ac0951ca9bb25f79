"""Do the results come from the fit? Other fits must give other numbers.

Rebuilding a table proves nothing where `results` ignores its fit and returns typed numbers. So it
is called on several other fits of the same shape: every column that is no key and not declared
`given` or `constant` must move in the rows that stay, and `given` ones must not.
"""

from collections.abc import Iterator
from typing import Any

from assay.design.schema import Results
from assay.evidence.verdict import Finding
from assay.validation.case import Case
from assay.validation.columns import (
    cells,
    difference,
    is_label,
    movement,
    shared_difference,
    stays,
)
from assay.validation.replayed import Replayed, Tables

SEVERAL = 3  # values of cells that never move: more than a bound or two
LEAST_MOVE = 1e-6  # of the column's size: typed numbers with a trace of the fit do not pass


def check_sensitivity(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Judge how the rebuilt table answers to other fits."""
    tables, results = replayed.tables, case.design.results
    if tables.rebuilt is None:
        yield Finding("sensitivity", "skipped", "there is no rebuilt table", doubt=True)
        return
    if not tables.perturbed:
        reason = next(iter(tables.broken.values()), "no other fit was made")
        message = f"`results` gives no table for any other fit ({reason})"
        yield Finding("sensitivity", "skipped", message, doubt=True)
        return
    fixed = {*results.key, *results.given, *_constant(results, tables)}
    free = [name for name in results.columns if name not in fixed]
    moves = {name: _move(name, tables, results.key) for name in free}
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
        message = f"answering to the fit: {', '.join(free)}"
        yield Finding("sensitivity", "pass", message, min(moves.values()), LEAST_MOVE)
    yield from _typed_cells([name for name in free if name not in unmoved], results.key, tables)
    yield from _recognised(results, tables)
    yield from _keys(results, tables.rebuilt)


def check_given(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """See that columns declared as given are copied from the inputs and not from the fit."""
    tables, results = replayed.tables, case.design.results
    if tables.rebuilt is None or not tables.perturbed:
        return
    moved = [name for name in results.given if _answers(name, tables, results.key)]
    if moved:
        message = f"{', '.join(moved)}: declared as given, but computed from the fit"
        yield Finding("given", "fail", message, moved, [])
    for name, value in tables.strangers.items():
        message = (
            f"{name}: declared as given, but {value} stands nowhere in the inputs; what is "
            "computed from them belongs into the features file"
        )
        yield Finding("given", "warn", message, value, None, doubt=True)


def check_constants(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Name measures that are constant by the design's word and by nothing else."""
    tables, results = replayed.tables, case.design.results
    if tables.rebuilt is None or not tables.perturbed:
        return
    for name in _constant(results, tables):
        first = cells(tables.rebuilt, name, results.key)
        typed = bool(first) and not is_label(first) and bool(tables.own.get(name))
        if typed and _move(name, tables, results.key) <= LEAST_MOVE:
            message = (
                f"{name}: {next(iter(first.values()))} in every row is neither computed from the "
                "fit nor in the inputs; the code says so, and the design calls it constant"
            )
            yield Finding("constant", "warn", message)


def _constant(results: Results, tables: Tables) -> list[str]:
    return [name for name in results.constant if _may_be_constant(name, tables, results.key)]


def _answers(name: str, tables: Tables, key: Any) -> bool:
    """Return whether a column differs between fits in a row that both tables have."""
    first = cells(tables.rebuilt, name, key)
    others = (cells(table, name, key) for table in tables.perturbed)
    return any((shared_difference(first, other) or 0) > 0 for other in others)


def _typed_cells(free: list[str], key: Any, tables: Tables) -> Iterator[Finding]:
    """Doubt a column that moves in some rows only, if most rows never do and are no copies.

    Cells at a bound stay where they are, and so do small counts: hence only where the cells that
    stay have several values, which stand nowhere in the inputs.
    """
    for name in free:
        first = cells(tables.rebuilt, name, key)
        others = _others(name, tables, key)
        own = set(tables.own.get(name, []))
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


def _recognised(results: Results, tables: Tables) -> Iterator[Finding]:
    """Doubt `results` that give this very fit other numbers than fits that are hardly different.

    The fits differ in the twelfth digit. Where their tables agree with each other and not with the
    rebuilt one, the code tells this fit from all others.
    """
    for name in (name for name in results.columns if tables.nudged):
        first = cells(tables.rebuilt, name, results.key)
        second, *others = (cells(table, name, results.key) for table in tables.nudged)
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


def _may_be_constant(name: str, tables: Tables, key: Any) -> bool:
    """Return whether `constant` can apply: not to a measure that stands in a single row."""
    label = is_label(cells(tables.rebuilt, name, key))
    return _same_everywhere(tables.rebuilt, name) and (label or len(tables.rebuilt) > 1)


def _others(name: str, tables: Tables, key: Any) -> list[dict[Any, Any]]:
    """Return a column as other fits have it; for labels also fits that need not make sense.

    Ranks, choices and signs stay the same however the fit is changed a little.
    """
    others = list(tables.perturbed)
    if is_label(cells(tables.rebuilt, name, key)):
        others += tables.distorted
    return [cells(table, name, key) for table in others]


def _move(name: str, tables: Tables, key: Any) -> float:
    """Return the largest change of a column over all other fits, relative to its size."""
    first = cells(tables.rebuilt, name, key)
    return max(movement(first, other) for other in _others(name, tables, key))
