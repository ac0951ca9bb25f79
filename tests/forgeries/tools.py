"""A forger's tools: everything that hangs together is changed together."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from canonical import progress_lines
from runs import Forger, copy_workspace, touch
from scipy.sparse import csc_array

from assay.campaign.admission import input_files
from assay.campaign.source_digest import training_digest
from assay.core.files import digest_bytes, digest_file
from assay.core.seeds import derive_seed
from assay.design import load_design
from assay.evidence.arrays import load_arrays, save_arrays
from assay.evidence.keys import signing_key
from assay.evidence.publication import publish_results
from assay.evidence.seal import read_seal, write_seal
from assay.evidence.sessions import phase_seconds
from assay.training.request import Request
from assay.training.train import train_model

Arrays = dict[str, np.ndarray]
Records = list[dict]
CLOCKS = ("timestamp", "monotonic", "elapsed_seconds")


def edit_text(path: Path, change: Callable[[str], str]) -> None:
    """Change a text file; a change that changes nothing is a mistake in the test."""
    old = path.read_text(encoding="utf-8")
    new = change(old)
    assert new != old
    path.write_text(new, encoding="utf-8")


def edit_progress(forger: Forger, change: Callable[[Records], Records | None]) -> None:
    """Change the lines of progress.jsonl; the chain is made anew."""
    records = forger.records()
    forger.rewrite_progress(change(records) or records)


def edit_replicates(forger: Forger, change: Callable[[Arrays], None]) -> None:
    """Change a simulation's fit, and its batches to match; tell everything else anew."""
    forger.edit_fit(change)
    fit = load_arrays(forger.evidence / "fit.npz")
    for path in sorted((forger.evidence / "checkpoints").iterdir()):
        first = int(path.stem.rpartition("_")[2])
        size = len(next(iter(load_arrays(path).values())))
        save_arrays(path, {name: values[first : first + size] for name, values in fit.items()})
    forger.retell()


def edit_state(forger: Forger, change: Callable[[Arrays], None]) -> None:
    """Change an iterative fit, and the last checkpoint to match; tell everything else anew."""
    forger.edit_fit(change)
    fit = load_arrays(forger.evidence / "fit.npz")
    steps = len(fit["history/loss"])
    forger.edit_checkpoint(f"state_0_{steps:09d}", lambda a: a.update({"state/x": fit["state/x"]}))
    forger.retell()


def edit_answer(forger: Forger, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Move a convex answer, and all that follows from it: slack, values, the solvers' answers."""

    def move(arrays: Arrays) -> None:
        own = arrays["standard/column_label"] == 1  # x; the others are residuals
        matrix = _matrix(arrays, "A")
        equal = matrix[:ROWS]
        arrays["value/x"] = arrays["x"][own] = change(arrays["value/x"])
        right = arrays["standard/b"][:ROWS] - equal[:, own] @ arrays["x"][own]
        arrays["x"][~own] = np.linalg.solve(equal[:, ~own], right)
        arrays["s"] = arrays["standard/b"] - matrix @ arrays["x"]
        arrays["s"][:ROWS] = 0.0

    forger.edit_fit(move)
    fit = load_arrays(forger.evidence / "fit.npz")
    for part in ("answer_1", "answer_2"):
        forger.edit_checkpoint(part, lambda a: a.update(x=fit["x"] + 0.0, s=fit["s"] + 0.0))
    objective = float(fit["x"] @ _matrix(fit, "P") @ fit["x"] / 2 + fit["standard/c"] @ fit["x"])
    forger.edit_json("fit.json", lambda meta: meta.update(objective=objective))
    forger.retell()


ROWS = 30  # of the convex toy's residuals


def _matrix(arrays: Arrays, name: str) -> np.ndarray:
    parts = tuple(arrays[f"standard/{name}_{part}"] for part in ("data", "indices", "indptr"))
    size = len(arrays["x"])
    return csc_array(
        parts, shape=(len(arrays["standard/b"]) if name == "A" else size, size)
    ).toarray()


def start_from(forger: Forger, root: Path) -> None:
    """Let the forger start from a copy of another run."""
    shutil.rmtree(forger.root)
    copy_workspace(root, forger.root)


def take(forger: Forger, root: Path, model: int | None = None) -> None:
    """Put fit and checkpoints of another run in the place of this one's, and tell them as own."""
    other = Forger(root, model or forger.model)
    for name in ("fit.npz", "fit.json", "progress.jsonl"):
        shutil.copy2(other.evidence / name, forger.evidence / name)
    shutil.rmtree(forger.evidence / "checkpoints")
    shutil.copytree(other.evidence / "checkpoints", forger.evidence / "checkpoints")
    take_times(forger)
    forger.retell()


def take_times(forger: Forger) -> None:
    """Let outcome and published file have the times of progress.jsonl."""
    records = forger.records()
    began, ended = (records[place]["timestamp"] for place in (0, -1))
    wall = round(records[-1]["monotonic"] - records[0]["monotonic"], 3)
    stamps = [
        datetime.fromtimestamp(t, UTC).isoformat(timespec="milliseconds") for t in (began, ended)
    ]

    def tell(outcome: dict) -> None:
        outcome["timing"].update(
            requested=stamps[0],
            started=stamps[0],
            finished=stamps[1],
            wall_seconds=wall,
            cpu_seconds=records[-1]["cpu_seconds"]["value"],
            peak_rss_bytes=records[-1]["peak_rss_bytes"]["value"],
            phases=phase_seconds(progress_lines(records)),
        )
        outcome["checkpoints"] = sum(r["event"] == "checkpoint" for r in records)

    forger.edit_json("outcome.json", tell)
    if forger.results.exists():
        touch(forger.results, ended + 1)


def retime(forger: Forger, change: Callable[[Records], Records | None]) -> None:
    """Change the times of progress.jsonl, let all other times follow, and seal again."""
    edit_progress(forger, change)
    take_times(forger)
    forger.retell_logs()
    forger.reseal()
    touch(forger.results, forger.records()[-1]["timestamp"] + 1)


def stretched(records: Records, factor: float, phase: str = "") -> Records:
    """Make a run, or one phase of it, longer; it ends when it did."""
    old = [dict(record) for record in records]
    inside = not phase
    for place, (before, after) in enumerate(pairwise(old)):
        if phase and before["event"] in ("start", "phase"):
            inside = before["phase"] == phase
        for clock in ("timestamp", "monotonic"):
            step = (after[clock] - before[clock]) * (factor if inside else 1)
            records[place + 1][clock] = round(records[place][clock] + step, 3)
    late = records[-1]["timestamp"] - old[-1]["timestamp"]
    for record in records:
        since = record["monotonic"] - old[0]["monotonic"]
        record["elapsed_seconds"] = round(old[0]["elapsed_seconds"] + since, 3)
        record["timestamp"] = round(record["timestamp"] - late, 3)
    return records


def with_heartbeats(records: Records, seconds: float) -> Records:
    """Invent a heartbeat every so many seconds, between what is there."""
    filled, due = [records[0]], records[0]["monotonic"] + seconds
    for record in records[1:]:
        before = filled[-1]
        while record["monotonic"] > due:
            share = (due - before["monotonic"]) / (record["monotonic"] - before["monotonic"])
            times = {
                clock: round(before[clock] + share * (record[clock] - before[clock]), 3)
                for clock in CLOCKS
            }
            filled.append({**last_state(filled), **times, "event": "heartbeat"})
            due += seconds
        filled.append(record)
    return filled


def last_state(records: Records) -> dict:
    """Return what the recorder knew last: phase, progress and use of the machine."""
    blank = {"step": None, "of": None, "metrics": {}, "eta_seconds": None, "checkpoints": 0}
    last = next(record for record in reversed(records) if "cpu_seconds" in record)
    return {**blank, **last}


def with_cpu(records: Records, change: Callable[[float], float]) -> Records:
    """Change the processor time of every line."""
    for record in records:
        if "cpu_seconds" in record:
            value = change(record["cpu_seconds"]["value"])
            record["cpu_seconds"] = {**record["cpu_seconds"], "value": round(value, 3)}
    return records


def relabel(forger: Forger) -> None:
    """Claim that the run is one of the inputs that are there now: digests, seed, copies."""
    workspace, model = forger.workspace, forger.model
    design = load_design(workspace.design(model))
    paths = input_files(workspace, model, design.depends_on)
    digests = {name: digest_file(path) for name, path in paths.items()}
    nonce = json.loads((forger.evidence / "admission.json").read_text())["nonce"]
    seed = derive_seed(digests, nonce)
    told = {"digests": digests, "seed": seed, "design": design.front_matter()}
    forger.edit_json("admission.json", lambda a: a.update(told))
    forger.edit_json("outcome.json", lambda o: o.update(inputs=digests, seed=seed))
    for name, path in paths.items():
        if name == "design" or name.startswith("code/"):
            shutil.copy(path, (forger.evidence / "inputs" / name).parent / path.name)
    forger.retell()


def absolve(forger: Forger) -> None:
    """Tell a training that failed as one that was trained; its fit must stand."""

    forger.edit_json("outcome.json", lambda o: o.update(status="trained", failure=None))
    lines = forger.ledger()
    lines[-1].update(status="trained", failure=None)
    forger.rewrite_ledger(lines)
    forger.retell()
    forger.reseal(status="trained")


def publish_text(forger: Forger, change: Callable[[str], str]) -> None:
    """Change the results everywhere they stand, and seal again."""
    old = forger.results.read_text(encoding="utf-8")
    new = change(old)
    assert new != old
    forger.publish(new.encode())
    forger.reseal(results=digest_bytes(new.encode()))


def reseal_as_it_is(forger: Forger, signer=None, without: str = "?") -> None:
    """Seal what is there, whether or not it agrees with itself."""
    predicate = read_seal(forger.evidence).predicate
    logs = [forger.workspace.training_log(forger.model)]
    logs += [forger.workspace.convergence_log(forger.model)]
    hidden = forger.evidence / without
    kept = hidden.read_bytes() if hidden.is_file() else None
    hidden.unlink(missing_ok=True)
    write_seal(forger.root, forger.evidence, logs, predicate, signer or signing_key())
    if kept is not None:
        hidden.write_bytes(kept)


def train_again(forger: Forger) -> None:
    """Train the model from what lies there now; earlier attempts stay on record."""
    method = load_design(forger.workspace.design(forger.model)).method
    request = Request(
        workspace=forger.workspace,
        model=forger.model,
        trainer=1,
        cores=2,
        heartbeat_seconds=60.0,
        nonce="",
        source=training_digest(method),
    )
    assert train_model(request).failure is None
    publish_results(forger.workspace, forger.model)
