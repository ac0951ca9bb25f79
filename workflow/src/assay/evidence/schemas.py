"""The JSON schemas of stored evidence, generated from its records and published with assay.

`python -m assay.evidence.schemas [FOLDER]` writes them into a folder, `workflow/schemas` of this
project unless another is named. In a file of lines each line is a document of its own.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from assay.core.files import write_text
from assay.evidence import ledger, progress
from assay.evidence.admission import Admission
from assay.evidence.outcome import Outcome
from assay.evidence.seal import Predicate
from assay.evidence.verdict_file import VerdictFile

FOLDER = Path(__file__).parents[3] / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: dict[str, TypeAdapter[Any]] = {
    "admission": TypeAdapter(Admission),
    "ledger": ledger.LINE,
    "outcome": TypeAdapter(Outcome),
    "predicate": TypeAdapter(Predicate),
    "progress": progress.LINE,
    "verdict": TypeAdapter(VerdictFile),
}


def schema_text(name: str) -> str:
    """Return the schema of a kind of record, as it is published.

    Raises:
        KeyError: there is no such kind.
    """
    schema = KINDS[name].json_schema(mode="serialization")
    record = {"$schema": DIALECT, "$id": f"urn:assay:{name}:v1", **schema}
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def schema_path(folder: Path, name: str) -> Path:
    """Return the file in which a schema is published."""
    return folder / f"{name}.schema.json"


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder."""
    for name in KINDS:
        write_text(schema_path(folder, name), schema_text(name))


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
