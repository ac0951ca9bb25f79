"""What is stored can be read back, and what was cut short does not hide the rest."""

import hashlib
import json

import numpy as np
import pytest

from assay.core.criteria import judge
from assay.core.errors import Category
from assay.core.fit import Fit
from assay.evidence.arrays import load_arrays, load_fit, save_arrays, save_fit
from assay.evidence.ledger import append_ledger, count_attempts, read_ledger
from assay.evidence.outcome import Failure, Outcome, Timing, read_outcome, write_outcome
from assay.evidence.progress import FIRST, ProgressLog


def test_arrays_round_trip_and_same_arrays_give_same_bytes(tmp_path):
    arrays = {"value/x": np.arange(3.0), "name": np.array(["ä", "b"]), "flag": np.array(True)}
    save_arrays(tmp_path / "a.npz", arrays)
    save_arrays(tmp_path / "b.npz", arrays)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    back = load_arrays(tmp_path / "a.npz")
    assert {name: values.tolist() for name, values in back.items()} == {
        name: values.tolist() for name, values in arrays.items()
    }


def test_objects_are_never_pickled(tmp_path):
    with pytest.raises(ValueError, match="x: Python objects"):
        save_arrays(tmp_path / "a.npz", {"x": np.array([{}], dtype=object)})
    assert not (tmp_path / "a.npz").exists()


def test_fit_round_trip(tmp_path):
    save_fit(tmp_path, Fit(arrays={"x": np.ones(2)}, meta={"status": "optimal", "größe": 1.5}))
    back = load_fit(tmp_path)
    assert back.meta == {"status": "optimal", "größe": 1.5}
    assert back.arrays["x"].tolist() == [1.0, 1.0]


def test_progress_lines_are_chained_by_hash(tmp_path):
    log = ProgressLog(tmp_path / "progress.jsonl")
    for step in range(3):
        log.append("heartbeat", step=step)
    log.close()
    lines = (tmp_path / "progress.jsonl").read_bytes().splitlines(keepends=True)
    records = [json.loads(line) for line in lines]
    assert records[0]["previous"] == FIRST
    for line, following in zip(lines, records[1:], strict=False):
        assert following["previous"] == "sha256:" + hashlib.sha256(line).hexdigest()
    assert [record["sequence"] for record in records] == [0, 1, 2]
    assert all({"timestamp", "monotonic", "elapsed_seconds"} <= record.keys() for record in records)


def test_ledger_survives_a_broken_off_line(tmp_path):
    append_ledger(tmp_path, event="begun", attempt=1)
    with (tmp_path / "attempts.jsonl").open("ab") as stream:
        stream.write(b'{"event": "end')
    append_ledger(tmp_path, event="begun", attempt=2)
    assert [line["attempt"] for line in read_ledger(tmp_path)] == [1, 2]
    assert count_attempts(tmp_path) == 2


def test_outcome_round_trip(tmp_path):
    outcome = Outcome(
        model=3,
        title="Über | pipes",
        method="convex",
        status="failed",
        attempt=2,
        timing=Timing("a", "b", "c", 1.5, {"fit": 1.0}),
        criteria=(judge("rhat", float("nan"), "<", 1.05),),
        issues=("one",),
        failure=Failure(Category.CONVERGENCE, "convergence", "no", violations=("row 1",)),
    )
    write_outcome(tmp_path / "outcome.json", outcome)
    back = read_outcome(tmp_path / "outcome.json")
    assert back.criteria[0].value == "nan"
    assert not back.criteria[0].passed
    assert (back.failure, back.timing, back.title) == (
        outcome.failure,
        outcome.timing,
        outcome.title,
    )
