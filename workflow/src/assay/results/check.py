"""The sanity checks of a results table: every violation, with check, column, row and value.

Nothing is saved unless the list is empty. Single cells are judged by pydantic (see `cells`): it
is exact about types, survives whatever a cell may hold, and is loaded for the design anyway.
What relates columns or rows is checked here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from assay.design.comparisons import parse
from assay.design.schema import Column, Design
from assay.results import cells
from assay.results.evaluate import close, holds, sides

CORRECT = "correct what `results` computes"
WANTED = {
    "number": "a finite number",
    "integer": "a whole number",
    "string": "text (not empty, at most 100,000 characters, valid UTF-8, no NUL)",
    "boolean": "True or False",
}


@dataclass(frozen=True)
class Violation:
    """One thing wrong with a results table.

    Attributes:
        check: columns, empty, rows, type, missing, infinite, minimum, maximum, key, identity,
            interval or zero_variance.
        column: the column concerned; empty if it is not one alone.
        row: position of the row, from 0; None if it is not one alone.
        value: what was found.
        message: the sentence for people: row and key, what is wrong and what to do.
    """

    check: str
    column: str
    row: int | None
    value: object
    message: str


def check_results(table: Any, design: Design) -> list[Violation]:
    """Check what `results` returned; an empty list means that it may be published.

    The design's columns may stand in any order (the CSV has the design's). Cells that are no
    finite numbers are reported once and take no further part: an identity is judged on the rows
    where all its columns are numbers.

    Args:
        table: what the model returned, a pandas DataFrame if all is well.
        design: the design with its results block.
    """
    import pandas

    if not isinstance(table, pandas.DataFrame):
        kind = type(table).__name__
        message = f"results returned {kind}, not a pandas.DataFrame; {CORRECT}"
        return [Violation("columns", "", None, kind, message)]
    found = list(_columns(table, design))
    table = table.loc[:, ~table.columns.duplicated()].reset_index(drop=True)
    if len(table) == 0:
        message = f"the table has no rows; {CORRECT}"
        return [*found, Violation("empty", "", None, 0, message)]
    checker = _Checker(table, design)
    for check in (
        checker.cells,
        checker.key,
        checker.identities,
        checker.intervals,
        checker.variance,
        checker.rows,
    ):
        found += check()
    return found


def _columns(table: Any, design: Design) -> Iterator[Violation]:
    wanted, present = list(design.results.columns), list(table.columns)
    for name in wanted:
        if name not in present:
            hint = CORRECT
            if name in table.index.names:
                hint = f"{name} is the index: return the table after reset_index()"
            message = f"the column {name} is missing; {hint}"
            yield Violation("columns", name, None, None, message)
    for place, label in enumerate(present):
        if label in present[:place]:
            message = f"the column {label} stands there twice; {CORRECT}"
            yield Violation("columns", str(label), None, None, message)
        elif label not in wanted:
            shown = label if isinstance(label, str) else repr(label)
            message = f"the column {shown} is not in the design; drop it or add it to the design"
            yield Violation("columns", str(label), None, None, message)


class _Checker:
    """The checks of a table that has rows and no column twice."""

    def __init__(self, table: Any, design: Design) -> None:
        self._length = len(table)
        self._design = design
        self._results = design.results
        self._present = {n: c for n, c in self._results.columns.items() if n in table.columns}
        self._cells = {name: cells.plain(table[name].tolist()) for name in self._present}
        self._numbers = {
            name: cells.numbers(self._cells[name])
            for name, column in self._present.items()
            if column.numeric
        }
        self._keys = [
            cells.as_written(self._cells[name], self._present[name])
            for name in self._results.key
            if name in self._present
        ]
        self._key_names = [name for name in self._results.key if name in self._present]

    def cells(self) -> list[Violation]:
        """Find wrong types, missing and infinite values, and values out of range."""
        return [
            self._cell(name, row, check)
            for name, column in self._present.items()
            for row, check in cells.faults(self._cells[name], column)
        ]

    def key(self) -> list[Violation]:
        """Find rows whose key columns are those of an earlier row."""
        if len(self._keys) != len(self._results.key):
            return []
        first: dict[Any, int] = {}
        found = []
        for row, key in enumerate(zip(*self._keys, strict=True)):
            if any(cells.is_missing(part) or not _hashable(part) for part in key):
                continue  # reported as a cell already
            if first.setdefault(key, row) != row:
                message = (
                    f"{self._where(row)}: the key {', '.join(self._results.key)} is the same as "
                    f"in row {first[key]}; {CORRECT}"
                )
                value = key[0] if len(key) == 1 else key
                found.append(Violation("key", ", ".join(self._results.key), row, value, message))
        return found

    def identities(self) -> list[Violation]:
        """Find rows in which an identity does not hold."""
        found = []
        for text in self._results.identities:
            comparison = parse(text)
            if not all(name in self._numbers for name in comparison.columns):
                continue
            columns = {name: self._numbers[name] for name in comparison.columns}
            judged = np.all([np.isfinite(column) for column in columns.values()], axis=0)
            left, right = sides(comparison, columns)
            for row in np.flatnonzero(judged & ~holds(comparison, columns)).tolist():
                message = (
                    f"{self._where(row)}: {text} does not hold: {left[row]:.17g} "
                    f"{comparison.operator} {right[row]:.17g} is false; {CORRECT}"
                )
                value = (float(left[row]), float(right[row]))
                found.append(Violation("identity", text, row, value, message))
        return found

    def intervals(self) -> list[Violation]:
        """Find rows in which a column is above the next of its interval by over 1e-9 relative."""
        found = []
        for names in self._results.intervals:
            for lower, upper in pairwise(names):
                if lower not in self._numbers or upper not in self._numbers:
                    continue
                low, high = self._numbers[lower], self._numbers[upper]
                wrong = (low > high) & ~close(low, high, np.abs(high))
                for row in np.flatnonzero(wrong).tolist():
                    message = (
                        f"{self._where(row)}: {' <= '.join(names)} does not hold: {lower} is "
                        f"{low[row]:.17g}, above {upper}, {high[row]:.17g}; {CORRECT}"
                    )
                    value = (float(low[row]), float(high[row]))
                    found.append(Violation("interval", lower, row, value, message))
        return found

    def variance(self) -> list[Violation]:
        """Find numeric columns that are the same in all of two rows or more and may not be."""
        exempt = {*self._results.key, *self._results.constant}
        found = []
        for name, values in self._numbers.items():
            if name in exempt or len(values) < 2 or not np.all(values == values[0]):
                continue
            message = (
                f"{name}: zero variance, all {len(values)} rows are {values[0]:.17g}; {CORRECT}, "
                f"or list {name} under results.constant if that is meant"
            )
            found.append(Violation("zero_variance", name, None, float(values[0]), message))
        return found

    def rows(self) -> list[Violation]:
        """Find a number of rows that the design does not expect."""
        expected, count = self._design.expected.row_range, self._length
        if expected is None or expected[0] <= count <= expected[1]:
            return []
        least, most = expected
        wanted = f"{least} to {most}" if least != most else f"{least}"
        message = f"the table has {count} rows, the design expects {wanted}; {CORRECT}"
        return [Violation("rows", "", None, count, message)]

    def _where(self, row: int) -> str:
        key = ", ".join(
            f"{name}={_shown(values[row], quote=False)}"
            for name, values in zip(self._key_names, self._keys, strict=True)
        )
        return f"row {row} ({key})" if key else f"row {row}"

    def _cell(self, name: str, row: int, check: str) -> Violation:
        column, value = self._present[name], self._cells[name][row]
        message = f"{self._where(row)}: {name} {_fault(check, column, value)}"
        return Violation(check, name, row, value, message)


def _fault(check: str, column: Column, value: Any) -> str:
    if check == "missing":
        return f"is missing ({value}); {CORRECT}"
    if check == "type":
        return f"is {_shown(value)} ({type(value).__name__}), not {WANTED[column.type]}; {CORRECT}"
    if check == "infinite":
        return f"is {value}, not finite; {CORRECT}"
    if check == "minimum" and column.min == 0:
        meant = "or say min: null in the design if negative values are meant"
        return f"is {value}, a negative value; {CORRECT}, {meant}"
    side, bound = ("below", column.min) if check == "minimum" else ("above", column.max)
    return f"is {value}, {side} the design's {check} {bound:g}; {CORRECT}"


def _shown(value: Any, *, quote: bool = True) -> str:
    """Return a cell for people, on one line and in at most 60 characters."""
    text = str(value) if str(value).isprintable() and not quote else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
