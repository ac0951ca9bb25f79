"""The published schemas are those of the code, and say what is stored."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import evidence_samples as samples
from assay.core.criteria import judge
from assay.core.errors import Category
from assay.evidence import schemas
from assay.evidence.ledger import Begun
from assay.evidence.outcome import Failure
from assay.evidence.progress import FIRST, Heartbeat
from assay.evidence.record import to_bytes

STAMPS: dict[str, Any] = {"sequence": 0, "timestamp": 1.0, "monotonic": 1.0, "elapsed_seconds": 0.0}
METRICS = {"loss": "nan", "rhat": 1.0}
FAILURE = Failure(category=Category.DATA, stage="fit", summary="no")
CRITERIA = (judge("rhat", float("nan"), "<", 1.05), judge("status", "optimal", "==", "optimal"))
STORED = {
    "admission": [samples.admission(), samples.admission(emergency_fix=samples.FIX)],
    "ledger": [Begun(attempt=1, at="now"), samples.ended(criteria=CRITERIA, failure=FAILURE)],
    "outcome": [samples.outcome(), samples.outcome(criteria=CRITERIA, failure=FAILURE)],
    "predicate": [samples.predicate()],
    "progress": [Heartbeat(**STAMPS, previous=FIRST, **dict(samples.state(metrics=METRICS)))],
}


@pytest.mark.parametrize("name", schemas.KINDS)
def test_the_published_schema_is_that_of_the_code(name):
    committed = schemas.schema_path(schemas.FOLDER, name).read_text(encoding="utf-8")
    assert committed == schemas.schema_text(name), "run: python -m assay.evidence.schemas"


def test_nothing_else_is_published(tmp_path):
    schemas.write_schemas(tmp_path)
    published = {path.name for path in schemas.FOLDER.iterdir()}
    assert published == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("name", STORED)
def test_it_takes_what_is_stored_and_nothing_besides(name):
    schema = json.loads(schemas.schema_text(name))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for record in STORED[name]:
        stored = json.loads(to_bytes(record))
        validator.validate(stored)
        assert not validator.is_valid({**stored, "more": 1})
        assert not validator.is_valid({**stored, "version": 2})
        for key in stored:
            assert not validator.is_valid({k: v for k, v in stored.items() if k != key}), key
