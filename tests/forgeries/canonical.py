"""Evidence written as its own writer would: what is forged is refused for what it says.

A forger edits plain JSON. What makes a record of the right kind is stored in that record's one
form; what makes none is stored as plain JSON looks in that form, and refused for that.
"""

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assay.evidence import ledger, progress
from assay.evidence.admission import Admission
from assay.evidence.outcome import Outcome
from assay.evidence.record import INDENT, to_bytes, to_line

FILES: dict[str, TypeAdapter[Any]] = {
    "admission.json": TypeAdapter(Admission),
    "outcome.json": TypeAdapter(Outcome),
}


def file_bytes(name: str, record: dict) -> bytes:
    """Return the content of a file of the evidence."""
    return _bytes(FILES.get(name), record, INDENT)


def ledger_bytes(lines: list[dict]) -> bytes:
    """Return the content of attempts.jsonl."""
    return b"".join(_bytes(ledger.LINE, line, None) for line in lines)


def progress_line(line: dict) -> bytes:
    """Return one line of progress.jsonl."""
    return _bytes(progress.LINE, line, None)


def progress_lines(records: list[dict]) -> list[progress.ProgressLine]:
    """Return lines of progress.jsonl as assay reads them; what is no such line is left out."""
    typed = (_typed(progress.LINE, record) for record in records)
    return [record for record in typed if record is not None]


def _bytes(kind: TypeAdapter[Any] | None, record: dict, indent: int | None) -> bytes:
    typed = None if kind is None else _typed(kind, record)
    if typed is not None:
        return to_line(typed) if indent is None else to_bytes(typed)
    return (json.dumps(record, indent=indent, ensure_ascii=False) + "\n").encode()


def _typed(kind: TypeAdapter[Any], record: dict) -> Any:
    try:
        return kind.validate_json(json.dumps(record))
    except ValidationError:
        return None
