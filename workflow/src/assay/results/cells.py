"""What single cells of a results table may be; pydantic judges them, strictly."""

from functools import lru_cache
from types import GenericAlias
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, Strict, TypeAdapter, ValidationError

from assay.design.schema import Column

LONGEST_TEXT = 100_000
CHECKS = {"greater_than_equal": "minimum", "less_than_equal": "maximum"}


def plain(cells: list[Any]) -> list[Any]:
    """Return cells with NumPy's scalars as those of Python."""
    return [cell.item() if isinstance(cell, np.generic) else cell for cell in cells]


def faults(cells: list[Any], column: Column) -> list[tuple[int, str]]:
    """Return position and check of every cell that is not what its column wants.

    The check is `missing`, `infinite`, `minimum`, `maximum` or `type`; one for each cell.

    Args:
        cells: plain values (see `plain`).
        column: what the design says of them.
    """
    try:
        _adapter(column).validate_python(cells)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        return [(int(d["loc"][0]), _check(d["type"], d["input"], column)) for d in details]
    return []


def as_written(cells: list[Any], column: Column) -> list[Any]:
    """Return plain cells as the CSV will hold them: in numbers, one float makes all floats."""
    if column.type != "number" or not any(isinstance(cell, float) for cell in cells):
        return cells
    return [_float(cell) if _is_number(cell) else cell for cell in cells]


def is_missing(cell: Any) -> bool:
    """Return whether a cell is None, NaN or one of pandas' ways to say missing."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, float) and bool(np.isnan(cell))


def numbers(cells: list[Any]) -> NDArray[np.float64]:
    """Return plain cells as float64, NaN in place of all that is no finite number."""
    values = np.array([_float(c) if _is_number(c) else np.nan for c in cells], dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


@lru_cache(maxsize=256)
def _adapter(column: Column) -> TypeAdapter[Any]:
    number = Annotated[
        float,
        Strict(),
        Field(ge=column.min, le=column.max, allow_inf_nan=False),
        BeforeValidator(_int_or_float),
    ]
    kinds: dict[str, Any] = {
        "number": number,
        "integer": Annotated[number, AfterValidator(_whole)],
        "boolean": Annotated[bool, Strict()],
        "string": Annotated[
            str, Strict(), Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_no_nul)
        ],
    }
    column_of: Any = GenericAlias(list, (kinds[column.type],))
    return TypeAdapter(column_of)


def _check(kind: str, cell: Any, column: Column) -> str:
    if is_missing(cell):
        return "missing"
    if column.numeric and _is_number(cell) and np.isinf(_float(cell)):
        return "infinite"
    return CHECKS.get(kind, "type")


def _int_or_float(cell: Any) -> Any:
    """Refuse what only converts to a float, such as a Decimal."""
    if not _is_number(cell):
        raise ValueError(type(cell).__name__)
    return cell


def _whole(value: float) -> float:
    if not value.is_integer():
        raise ValueError(value)
    return value


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError(text)
    return text


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _float(cell: float) -> float:
    try:
        return float(cell)
    except OverflowError:
        return float("inf")
