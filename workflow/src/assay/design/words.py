"""Putting what pydantic found into words for the person who wrote the design."""

import math
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from assay.methods import known_methods

MISSING = {
    "model": "write model: N, the number in the file's name",
    "title": "write title: and a line for people",
    "results": "write results: with key and columns",
    "key": "write key: [name, ...], the columns that are unique together",
    "columns": "write columns: with a line such as `gold: {type: number, max: 60}` for each",
    "type": "write {type: string}, number, integer or boolean",
}
TYPES = {
    "int": ("no whole number", "write a whole number"),
    "float": ("no number", "write a number"),
    "string": ("no text", "write text"),
    "tuple": ("no list", "write it as [a, b]"),
    "list": ("no list", "write it as [a, b]"),
    "dict": ("no mapping", "write lines of `key: value`"),
    "model": ("no mapping", "write lines of `key: value`"),
}
BOUNDS = {
    "greater_than": ("gt", "not above", "above"),
    "greater_than_equal": ("ge", "below", "of at least"),
    "less_than": ("lt", "not below", "below"),
    "less_than_equal": ("le", "above", "of at most"),
}


def explain(
    detail: ErrorDetails, model: type[BaseModel], *, protocol: bool = False
) -> tuple[str, str]:
    """Return what is wrong and what to do for one of pydantic's findings.

    Args:
        detail: the finding.
        model: the model that was validated.
        protocol: the bounds are the protocol's thresholds, where they equal the default.
    """
    kind, location = detail["type"], detail["loc"]
    last = str(location[-1]) if location else ""
    if kind == "missing":
        return "it is missing", MISSING.get(last) or _missing(last, model)
    if kind == "extra_forbidden":
        return "there is no such key", suggestion(last, keys_at(model, location[:-1]))
    if kind in BOUNDS:
        return _bound(detail, model, protocol)
    return _value(detail)


def _missing(name: str, model: type[BaseModel]) -> str:
    if name == "method":
        return f"write method: {known_methods()}"
    field = model.model_fields.get(name)
    described = f" and a value, the {field.description}" if field and field.description else ""
    return f"write {name}:{described}"


def _value(detail: ErrorDetails) -> tuple[str, str]:
    kind, value = detail["type"], detail["input"]
    if kind == "literal_error":
        expected = str(detail["ctx"]["expected"]).replace("'", "")
        close = get_close_matches(str(value), expected.replace(" or ", ", ").split(", "), n=1)
        hint = f"did you mean {close[0]}? " if close else ""
        return f"{shown(value)} is not known", f"{hint}write {expected}"
    if kind == "value_error":
        what, _, remedy = str(detail["ctx"]["error"]).partition("; ")
        return what, remedy or "correct it"
    if kind in ("too_short", "string_too_short"):
        if value:  # only intervals need more than one
            return "it has too few items", "name two columns or more, as [lower, point, upper]"
        return "it is empty", "write what belongs there"
    noun, remedy = TYPES.get(kind.partition("_")[0], ("", "correct it"))
    return (f"{shown(value)} is {noun}" if noun else detail["msg"]), remedy


def _bound(detail: ErrorDetails, model: type[BaseModel], protocol: bool) -> tuple[str, str]:
    name, beyond, within = BOUNDS[detail["type"]]
    limit, last = detail["ctx"][name], str(detail["loc"][-1])
    field = model.model_fields.get(last)
    value = shown(detail["input"])
    if protocol and field is not None and field.default == limit:
        return (
            f"{value} loosens the protocol's {limit:g}",
            f"remove it or give a value {within} {limit:g}",
        )
    return f"{value} is {beyond} {limit:g}", f"give a value {within} {limit:g}"


def suggestion(name: str, allowed: Sequence[str]) -> str:
    """Return a remedy for an unknown name: the likeliest one meant, and all that are allowed."""
    close = get_close_matches(name, allowed, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    if not allowed:
        return "remove it: nothing is allowed there"
    listed = ", ".join(allowed[:20]) + (", ..." if len(allowed) > 20 else "")
    return f"{hint}allowed: {listed}"


def keys_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Return the keys allowed at a location below a model; none where it is not known."""
    annotation: Any = model
    for part in location:
        fields = _fields(annotation)
        if part in fields:
            annotation = fields[str(part)].annotation
        elif (inside := get_args(annotation)) and len(inside) == 2:
            annotation = inside[1]  # dict[str, Model]
    return list(_fields(annotation))


def _fields(annotation: Any) -> Mapping[str, Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.model_fields
    return {}


def shown(value: Any) -> str:
    """Return a value as a person would recognise it, in at most 60 characters."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def infinities(value: Any, around: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where a plain value holds a float that is infinite or NaN."""
    if isinstance(value, float) and not math.isfinite(value):
        yield around
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from infinities(item, (*around, key))
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            yield from infinities(item, (*around, place))
