"""Any table that may be published survives its CSV: the same cells back, and the same bytes."""

import re

import numpy as np
import pandas as pd
from hypothesis import assume, example, given
from hypothesis import strategies as st

from assay.design.schema import Column, Results
from assay.results.check import check_results
from assay.results.table import TableError, parse_results, to_csv_bytes
from sample_designs import with_results

TEMPLATE = with_results("  key: [k]\n  columns: {k: {type: string}}\n")
LOOKS_OTHERWISE = st.sampled_from(
    ("NA", "nan", "None", "inf", "True", "007", "1e5", "-0", "a,b", 'q"q', '"', "l\nf", "c\rr", " ")
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1) | LOOKS_OTHERWISE
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from((-0.0, 1e22, 0.1 + 0.2))
INTS = st.integers() | st.integers(-(2**65), 2**65) | st.just(10**300)
SMALL = st.integers(-(2**53), 2**53)
KINDS = {  # ways to fill a column, by its type
    "string": (TEXTS,),
    "boolean": (st.booleans(),),
    "integer": (INTS, INTS | SMALL.map(float), st.integers(-128, 127).map(np.int8)),
    "number": (INTS, FLOATS, FLOATS | INTS, st.floats(width=32, allow_nan=False).map(np.float32)),
}
NAMES = st.text(st.characters(codec="utf-8"), min_size=1)


def design_of(types):
    """Return a design with these columns, bounded by nothing, the first one the key."""
    columns = {
        name: Column.model_validate({"type": kind, **({"min": None} if kind in NUMERIC else {})})
        for name, kind in types.items()
    }
    results = Results(key=(next(iter(types)),), columns=columns, constant=tuple(types))
    return TEMPLATE.model_copy(update={"results": results})


NUMERIC = ("number", "integer")


@st.composite
def published(draw):
    """Return a design and a table that passes its checks."""
    types = draw(st.dictionaries(NAMES, st.sampled_from(sorted(KINDS)), min_size=1, max_size=4))
    design, size = design_of(types), draw(st.integers(1, 5))
    columns = {
        name: draw(st.lists(draw(st.sampled_from(KINDS[kind])), min_size=size, max_size=size))
        for name, kind in types.items()
    }
    as_found = draw(st.booleans())  # of the type that pandas finds, or of objects
    table = pd.DataFrame(
        {name: pd.Series(c, dtype=None if as_found else object) for name, c in columns.items()}
    )
    assume(not check_results(table, design))
    return design, table


def cells(table, design):
    """Return every cell as what it says: exact whole numbers and floats, their signs included."""
    for name, column in design.results.columns.items():
        values = table[name].tolist()
        if column.type == "integer":
            yield name, [int(value) for value in values]
        elif column.type == "number" and not all(isinstance(v, int | np.integer) for v in values):
            yield name, [float(value).hex() for value in values]
        else:
            yield name, [str(value) for value in values]


@given(published())
def test_what_was_written_is_read_back_to_the_cell_and_written_to_the_same_byte(pair):
    design, table = pair
    content = to_csv_bytes(table, design)
    back = parse_results(content, design)
    assert list(back.columns) == list(design.results.columns)
    assert dict(cells(back, design)) == dict(cells(table, design))
    assert to_csv_bytes(back, design) == content
    assert check_results(back, design) == []


@given(st.lists(FLOATS, min_size=1))
def test_no_float_takes_more_than_17_digits(values):
    design = design_of({"x": "number"})
    _, *lines = to_csv_bytes(pd.DataFrame({"x": values}), design).decode().splitlines()
    for line, value in zip(lines, values, strict=True):
        assert float(line).hex() == float(value).hex()
        assert len(re.sub(r"e.*|[-.]", "", line).lstrip("0").rstrip("0")) <= 17


PIECES = ("a", "k", ",", '"', "\n", "\r", "\r\n", "\0", "1", "-1e5", "9" * 5000, "nan", "True", " ")


@given(st.binary() | st.lists(st.sampled_from(PIECES)).map(lambda parts: "".join(parts).encode()))
@example(b"\xef\xbb\xbf")
@example(b'""\n')
@example(b"k\n" + b"x" * 200_000 + b"\n")
def test_any_bytes_are_a_table_or_refused(content):
    for design in (None, TEMPLATE):
        try:
            table = parse_results(content, design)
        except TableError as error:
            assert "train the model again" in str(error)
        else:
            assert isinstance(table, pd.DataFrame)
