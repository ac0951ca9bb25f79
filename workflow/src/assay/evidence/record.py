"""The one form in which evidence is stored: canonical JSON of frozen, typed, versioned records.

A record is written in one way only, and what is read is written again and compared to the byte.
So a key that is missing, unknown or there twice, a number written otherwise (1e0 for 1.0), NaN,
another order, other spacing or something after the end are all refused, and by one rule.

A character that no file can hold, half of a surrogate pair, is written as "?": it comes from
names and messages of the operating system, and must not cost a training its evidence.

Nothing here touches the disk.
"""

import json
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assay.core.errors import AssayError

INDENT = 1

# A number of things; JSON readers that know only doubles agree on all of them (RFC 7493).
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Number = Annotated[int, Field(ge=1, le=2**53 - 1)]  # of a model or an attempt
Seconds = Annotated[float, Field(ge=0)]
Timestamp = Annotated[
    float, Field(ge=0, lt=253_402_300_800)
]  # seconds since 1970, to the year 9999


class EvidenceError(AssayError):
    """A stored file is not what assay writes; the message names it (and the line), and why."""


class Part(BaseModel):
    """Values that are stored together inside a record."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        ser_json_inf_nan="constants",
        validate_by_name=True,
        validate_by_alias=True,
        json_schema_serialization_defaults_required=True,
    )


class Record(Part):
    """The content of a stored file, or of one of its lines, with the version of its schema."""

    version: Literal[1] = 1


_FILE = json.JSONEncoder(indent=INDENT, ensure_ascii=False, allow_nan=False)
_LINE = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
R = TypeVar("R", bound=Part)
Kind = type[R] | TypeAdapter[R]


def to_bytes(record: Part) -> bytes:
    """Return the canonical JSON of a file.

    Raises:
        ValueError: it holds a number that JSON has no word for.
    """
    return _dumps(record, _FILE)


def to_line(record: Part) -> bytes:
    """Return the canonical JSON of one line, with its end.

    Raises:
        ValueError: it holds a number that JSON has no word for.
    """
    return _dumps(record, _LINE)


def read(kind: Kind[R], content: bytes, name: str) -> R:
    """Return the record that a file holds.

    Args:
        kind: what it should be.
        content: its bytes.
        name: its name, for people.

    Raises:
        EvidenceError: it is none, or is not written as assay writes it.
    """
    record = _parse(kind, content, name)
    return _same(record, content, _dumps(record, _FILE, name), name)


def read_line(kind: Kind[R], line: bytes, name: str) -> R:
    """Return the record that a line holds, its end included.

    Raises:
        EvidenceError: it is none, or is not written as assay writes it.
    """
    record = _parse(kind, line, name)
    return _same(record, line, _dumps(record, _LINE, name), name)


def first_problem(error: ValidationError) -> str:
    """Return the first thing that is wrong with a record, as "place: what"."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else str(first["msg"])


def _dumps(record: Part, encoder: json.JSONEncoder, name: str = "") -> bytes:
    plain = record.model_dump(mode="json", by_alias=True)
    try:
        text = encoder.encode(plain)
    except ValueError as error:
        if not name:
            raise
        raise EvidenceError(f"{name} holds a number that is none: {error}") from error
    return text.encode("utf-8", "replace") + b"\n"


def _parse(kind: Kind[R], content: bytes, name: str) -> R:
    try:
        if isinstance(kind, TypeAdapter):
            return kind.validate_json(content)
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise EvidenceError(f"{name} is not what assay writes ({first_problem(error)})") from error


def _same(record: R, content: bytes, canonical: bytes, name: str) -> R:
    if content == canonical:
        return record
    pairs: Any = zip(content, canonical, strict=False)
    shorter = min(len(content), len(canonical))
    place = next((k for k, (ours, theirs) in enumerate(pairs) if ours != theirs), shorter)
    found = content[place : place + 20].decode("utf-8", "replace")
    raise EvidenceError(
        f"{name} is not written as assay writes it: byte {place + 1} and what follows ({found!r})"
    )
