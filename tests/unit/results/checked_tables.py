"""Tables that are checked against designs."""

from pathlib import Path

import pandas as pd

from assay.design import parse_design
from assay.results.check import check_results
from sample_designs import good, with_results


def medals_design(**changes):
    return parse_design(Path("model_design_1.md"), good(**changes).encode())


def medals(**changes):
    table = {
        "noc": ["NA", "Ö", "USA"],
        "gold": [3.0, 1.0, 40.0],
        "silver": [2.0, 0.0, 44.0],
        "bronze": [0.5, 2.0, 42.0],
        "total": [5.5, 3.0, 126.0],
        "lower": [4.0, 2.0, 110.0],
        "upper": [7.0, 3.0, 140.0],
    }
    return pd.DataFrame({**table, **changes})


def checks(table, design=None):
    return [(v.check, v.column, v.row) for v in check_results(table, design or medals_design())]


def one(kind, values, *, extra=""):
    """Check a table of a key and one column x with the column's design given."""
    design = with_results(
        f"  key: [k]\n  columns: {{k: {{type: string}}, x: {kind}}}\n  constant: [x]\n{extra}"
    )
    names = [f"r{i}" for i in range(len(values))]
    column = pd.Series(values, dtype=object) if isinstance(values, list) else values
    return check_results(pd.DataFrame({"k": names, "x": column}), design)
