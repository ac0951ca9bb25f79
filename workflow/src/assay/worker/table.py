"""A results table as JSON: the recorder rebuilds it without running anything of the model's."""

import json
from pathlib import Path
from typing import Any

from assay.core.errors import Category, TrainingError
from assay.core.files import write_text

NATIVE = (str, int, float, bool, type(None))


def write_table(path: Path, table: Any) -> None:
    """Store what `results` returned.

    Raises:
        TrainingError: it is not a pandas DataFrame with text for column names.
    """
    import pandas

    if not isinstance(table, pandas.DataFrame):
        raise TrainingError(
            f"results returned {type(table).__name__}, not a pandas.DataFrame",
            category=Category.IMPLEMENTATION,
            where="results",
            remedy="Let results return a DataFrame with the columns of the design.",
        )
    columns = [
        {
            "name": str(name),
            "kind": table.dtypes.iloc[place].kind,
            "values": [_plain(value) for value in table.iloc[:, place].tolist()],
        }
        for place, name in enumerate(table.columns)
    ]
    write_text(path, json.dumps({"rows": len(table), "columns": columns}))


def read_table(path: Path) -> Any:
    """Return the stored table as a DataFrame; cells that are no plain values become text."""
    import pandas

    stored = json.loads(path.read_text(encoding="utf-8"))
    series = [
        pandas.Series(
            column["values"],
            dtype={"f": "float64", "i": "int64", "u": "uint64", "b": "bool"}.get(
                column["kind"], "object"
            ),
        )
        for column in stored["columns"]
    ]
    table = pandas.concat(series, axis=1) if series else pandas.DataFrame()
    table.columns = pandas.Index([column["name"] for column in stored["columns"]], dtype=object)
    return table


def _plain(value: Any) -> Any:
    if hasattr(value, "item") and not isinstance(value, NATIVE):
        value = value.item()
    if isinstance(value, NATIVE):
        return value
    if str(value) in ("NaT", "<NA>", "nan"):  # missing, in one of pandas' ways
        return None
    return f"{type(value).__name__} {value!r}"
