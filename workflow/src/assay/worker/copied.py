"""Columns that are said to be copied from the inputs: are their values there?"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from assay.methods.base import Inputs

_DEPTH = 6


def strangers(
    table: Any, given: Collection[str], inputs: Inputs
) -> tuple[dict[str, str], dict[str, list[int]]]:
    """Return, by `given` column, the first value that stands nowhere in the inputs.

    The second dict has, for every other column, the numbers of the rows of such values.

    Numbers count as the same whatever their type; text must agree in full.

    Args:
        table: what `results` returned, a pandas DataFrame.
        given: columns declared as copied from the inputs.
        inputs: what the model may read.
    """
    known = set(_values([inputs.features, inputs.design, list(inputs.upstream.values())], _DEPTH))
    odd, own = {}, {}
    for name in table.columns:
        values = table[name].tolist()
        rows = [row for row, value in enumerate(values) if _plain(value) not in known]
        if name not in given:
            own[str(name)] = rows
        elif rows:
            odd[str(name)] = repr(values[rows[0]])[:80]
    return odd, own


def _values(thing: Any, depth: int) -> Iterator[Any]:
    """Yield every single value in frames, arrays, mappings and sequences, with their names."""
    import pandas

    if isinstance(thing, pandas.DataFrame):
        for name in thing.columns:
            yield from _values(thing[name], depth)
        yield from map(_plain, thing.columns)
        yield from _values(thing.index, depth)
    elif isinstance(thing, pandas.Series | pandas.Index | np.ndarray):
        yield from map(_plain, np.asarray(thing).ravel().tolist())
        if isinstance(thing, pandas.Series):
            yield from _values(thing.index, depth)
    elif isinstance(thing, Mapping) and depth:
        yield from map(_plain, thing)
        for part in thing.values():
            yield from _values(part, depth - 1)
    elif isinstance(thing, list | tuple | set | frozenset) and depth:
        for part in thing:
            yield from _values(part, depth - 1)
    else:
        yield _plain(thing)


def _plain(value: Any) -> Any:
    value = getattr(value, "item", lambda: value)() if isinstance(value, np.generic) else value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return float(value)
    return value if isinstance(value, str) else repr(value)
