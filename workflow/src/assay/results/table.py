"""The results table as CSV: the same bytes for the same table, read back without loss.

UTF-8, comma, LF, no index, the design's column order, RFC 4180 quoting where needed. Floats
are the shortest text that reads back as the same float (at most 17 significant digits), whole
numbers are plain, booleans True and False. A `number` column that holds only ints stays one of
ints, both ways.
"""

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.errors import AssayError
from assay.design.schema import Design

_QUOTED = re.compile(r"[,\"\r\n]")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|inf|nan)")


class TableError(AssayError):
    """A results file cannot be read as a table."""


def to_csv_bytes(table: Any, design: Design) -> bytes:
    """Return the CSV of a DataFrame that passed `check_results`.

    Args:
        table: the DataFrame; columns in any order.
        design: gives the columns' order and types.
    """
    columns = design.results.columns
    texts = [_texts(table[name].tolist(), column.type) for name, column in columns.items()]
    header = ",".join(map(_quote, columns))
    lines = [header, *(",".join(row) for row in zip(*texts, strict=True))]
    return ("\n".join(lines) + "\n").encode("utf-8")


def read_results(path: Path, design: Design | None = None) -> Any:
    """Read a results file as a pandas DataFrame; see `parse_results`.

    Raises:
        TableError: it cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TableError(
            f"{path}: it cannot be read ({error.strerror}); train the model again"
        ) from error
    try:
        return parse_results(content, design)
    except TableError as error:
        raise TableError(f"{path}: {error}") from error


def parse_results(content: bytes, design: Design | None = None) -> Any:
    """Return the table in the bytes of a results CSV as a pandas DataFrame; "NA" stays text.

    Args:
        content: the CSV.
        design: the design it was written for: its types are then restored exactly, and a cell
            that is not of its column's type stays text, for `check_results` to report. Without
            it pandas guesses types, so that a column of text such as "007" becomes numbers.

    Raises:
        TableError: it is not UTF-8 or no CSV.
    """
    import pandas

    header, *rows = _rows(content)
    if design is None:
        try:
            return pandas.read_csv(io.BytesIO(content), keep_default_na=False, na_filter=False)
        except ValueError as error:  # pandas' own errors among them: it is stricter than `csv`
            raise TableError(f"it is no CSV ({error}); train the model again") from error
    columns = design.results.columns
    series = [
        _restored([row[place] for row in rows], columns[name].type if name in columns else "string")
        for place, name in enumerate(header)
    ]
    table = pandas.concat(series, axis=1)
    table.columns = pandas.Index(header)
    return table


def _rows(content: bytes) -> list[list[str]]:
    """Return header and rows of a CSV in which all are equally long."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise TableError(f"it is no UTF-8 CSV ({error}); train the model again") from error
    if not rows or not rows[0]:
        raise TableError("it has no header; train the model again")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise TableError(
                f"row {number} has {len(row)} cells, the header {len(rows[0])}; train the model "
                "again"
            )
    return rows


def _texts(cells: list[Any], kind: str) -> list[str]:
    if kind == "integer":
        return [str(int(cell)) for cell in cells]
    if kind == "number":
        if all(isinstance(cell, int | np.integer) for cell in cells):
            return [str(int(cell)) for cell in cells]
        return [repr(float(cell)) for cell in cells]
    if kind == "boolean":
        return [str(bool(cell)) for cell in cells]
    return [_quote(str(cell)) for cell in cells]


def _quote(text: str) -> str:
    if not text or _QUOTED.search(text):
        doubled = text.replace('"', '""')
        return f'"{doubled}"'
    return text


def _restored(cells: list[str], kind: str) -> Any:
    """Return a Series of the type that the design says, where every cell allows it."""
    import pandas

    if kind == "string":
        return pandas.Series(cells, dtype=str)
    values: list[Any] = [_value(cell, kind) for cell in cells]
    types = {type(value) for value in values}
    dtype: Any = object
    if types <= {bool} and kind == "boolean":
        dtype = bool
    elif types == {int}:
        dtype = np.int64 if all(abs(value) < 2**63 for value in values) else object
    elif types <= {int, float} and kind != "boolean":
        dtype = np.float64
        values = [float(value) for value in values]
    return pandas.Series(values, dtype=dtype)


def _value(cell: str, kind: str) -> Any:
    if kind == "boolean":
        return {"True": True, "False": False}.get(cell, cell)
    if _INTEGER.fullmatch(cell) and len(cell) < 1000:
        return int(cell)
    return float(cell) if _FLOAT.fullmatch(cell) else cell
