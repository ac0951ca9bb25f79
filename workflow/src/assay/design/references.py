"""What a design says about its own parts: columns that exist, comparisons that parse."""

from collections.abc import Iterator, Mapping
from typing import Any

from assay.design.comparisons import GrammarError, parse
from assay.design.words import suggestion

Finding = tuple[tuple[str | int, ...], str, str]


def reference_problems(blocks: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield location, what is wrong and remedy for what names something that is not there.

    Looks at raw values and leaves wrong types to the schema, so that a design with one wrong
    type still has its other problems found.
    """
    yield from _dependencies(blocks)
    results = blocks.get("results")
    if not isinstance(results, dict) or not isinstance(results.get("columns"), dict):
        return
    columns = results["columns"]
    for block in ("key", "constant", "given"):
        yield from _names(_texts(results.get(block)), columns, ("results", block))
    for place, text in enumerate(_texts(results.get("identities"))):
        yield from _identity(text, columns, ("results", "identities", place))
    intervals = results.get("intervals")
    for place, names in enumerate(intervals if isinstance(intervals, list) else ()):
        location = ("results", "intervals", place)
        yield from _names(_texts(names), columns, location)
        yield from _numeric(_texts(names), columns, location)


def _dependencies(blocks: Mapping[str, Any]) -> Iterator[Finding]:
    seen: set[str] = set()
    for place, number in enumerate(_texts(blocks.get("depends_on"))):
        if number == blocks.get("model"):
            yield ("depends_on", place), f"{number} is this model itself, a cycle", "remove it"
        elif number in seen:
            yield ("depends_on", place), f"{number} stands there twice", "remove one"
        seen.add(number)


def _names(names: list[str], columns: Mapping[str, Any], where: tuple[Any, ...]) -> Iterator[Any]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name not in columns:
            yield (
                (*where, place),
                f"there is no column {name} in results.columns",
                suggestion(name, list(columns)),
            )
        elif name in seen:
            yield (*where, place), f"{name} stands there twice", "remove one"
        seen.add(name)


def _identity(text: str, columns: Mapping[str, Any], where: tuple[Any, ...]) -> Iterator[Finding]:
    try:
        comparison = parse(text)
    except GrammarError as error:
        yield where, f"`{text}`: {error.what} at character {error.position}", error.remedy
        return
    if not comparison.columns:
        yield where, f"`{text}` names no column", "compare columns, or remove it"
    for name in comparison.columns:
        if name not in columns:
            yield (
                where,
                f"`{text}` names {name}, which is no column in results.columns",
                suggestion(name, list(columns)),
            )
    yield from _numeric(list(comparison.columns), columns, where)


def _numeric(names: list[str], columns: Mapping[str, Any], where: tuple[Any, ...]) -> Iterator[Any]:
    for name in names:
        column = columns.get(name)
        kind = column.get("type") if isinstance(column, dict) else None
        if kind in ("string", "boolean"):
            yield where, f"{name} is a {kind} column", "compare columns of numbers only"


def _texts(value: Any) -> list[str]:
    """Return a list's items as they are if all are text, else nothing."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return []
