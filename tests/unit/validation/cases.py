"""Cases made by hand: what a small simulation leaves, as typed records; no training, no disk.

`case()` is an honest run. Everything can be said otherwise: what follows from it (digests, chain,
manifest, signature, logs) is made to agree, unless that is said otherwise too.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from runs_by_hand import BEGAN, SECONDS, batches, chained, fit, lines, packed

import evidence_samples as samples
from assay.core.files import digest_bytes
from assay.core.fit import Fit
from assay.core.seeds import derive_seed
from assay.core.timestamps import iso
from assay.design import Design, parse_design
from assay.documents.convergence_log import convergence_log
from assay.evidence.ledger import Begun
from assay.evidence.progress import Checkpoint, State
from assay.evidence.record import to_bytes, to_line
from assay.evidence.seal import PAYLOAD, PREDICATE, STATEMENT
from assay.evidence.verdict import Finding
from assay.methods import load
from assay.results.table import to_csv_bytes
from assay.validation.case import PLACES, Calls, Case, Fixes, Here, Keys, Options
from assay.validation.frozen import File
from assay.validation.record import recorder_lines
from assay.validation.replayed import Replayed, Tables
from assay.worker.messages import Spent

MODEL = 1
FIT_JSON = ("fit.json", b"[")  # a fit that cannot be read
EVIDENCE = PLACES.evidence(MODEL)
RESULTS = PLACES.results(MODEL)
DESIGN = PLACES.design(MODEL)
CODE = PLACES.code(MODEL)
FEATURES = PLACES.features_candidates(MODEL)[0]
SOURCE = (
    b"def simulate(inputs, rng):\n    return {}\n\n\ndef results(inputs, fit):\n    return fit\n"
)
TABLE = pd.DataFrame({"name": ["mean", "sd"], "x": [5.0, 1.25]})


def design_text(method: str = "simulation", minutes: str = "[1, 30]", extra: str = "") -> bytes:
    """Return a design."""
    return (
        f"---\nmodel: {MODEL}\ntitle: Toy\nmethod: {method}\nexpected: {{minutes: {minutes}}}\n"
        "results:\n  key: [name]\n  columns: {name: {type: string}, x: {type: number}}\n"
        f"{extra}---\n"
    ).encode()


@cache
def signer() -> Any:
    """Return a key of this test run."""
    from securesystemslib.signer import CryptoSigner

    return CryptoSigner.generate_ed25519()


def sealed(files: Mapping[str, str], predicate: Any, key: Any = None) -> tuple[bytes, bytes]:
    """Return manifest and signature."""
    from securesystemslib.dsse import Envelope

    statement = {
        "_type": STATEMENT,
        "subject": [
            {"name": name, "digest": {"sha256": files[name].removeprefix("sha256:")}}
            for name in sorted(files)
        ],
        "predicateType": PREDICATE,
        "predicate": predicate.model_dump(mode="json"),
    }
    payload = (json.dumps(statement, indent=1, ensure_ascii=False) + "\n").encode()
    envelope = Envelope(payload, PAYLOAD, {})
    envelope.sign(key or signer())
    return payload, (json.dumps(envelope.to_dict(), indent=1) + "\n").encode()


def case(
    *,
    text: bytes = design_text(),
    progress: list[dict[str, Any]] | None = None,
    stored_fit: Fit | None = None,
    checkpoints: Mapping[str, bytes] | None = None,
    table: pd.DataFrame = TABLE,
    source: bytes = SOURCE,
    admission: Mapping[str, Any] | None = None,
    outcome: Mapping[str, Any] | None = None,
    predicate: Mapping[str, Any] | None = None,
    ledger: tuple[Any, ...] | None = None,
    ended: Mapping[str, Any] | None = None,
    more: Mapping[str, bytes] | None = None,
    unsealed: Iterable[Path] = (),
    after: Mapping[str, bytes | None] | None = None,
    **fields: Any,
) -> Case:
    """Return a case.

    Args:
        text: the design.
        progress: lines, from `lines`.
        stored_fit, checkpoints, table: what the run gave.
        source: the model's code.
        admission, outcome, predicate, ended: what these records say otherwise.
        ledger: lines of the ledger, instead of one attempt that was trained.
        more: further files of the evidence, by name in it.
        unsealed: paths that the manifest does not list.
        after: files that were changed (or, None, removed) after all was sealed, by name below the
            workspace.
        fields: of `Case`, in place of what they are.
    """
    own = _Parts(parse_design(DESIGN, text), text, source, stored_fit or fit(), table)
    kept = batches() if checkpoints is None else checkpoints
    records = chained(lines(checkpoints=kept) if progress is None else progress)
    made = own.admission(**(admission or {}))
    told = own.outcome(records, made, **(outcome or {}))
    files = {EVIDENCE / name: content for name, content in (more or {}).items()}
    files |= own.files(records, told, kept)
    files[EVIDENCE / "admission.json"] = to_bytes(made)
    files[EVIDENCE / "outcome.json"] = to_bytes(told)
    ledger = own.ledger(told, **(ended or {})) if ledger is None else ledger
    files[EVIDENCE / "attempts.jsonl"] = b"".join(map(to_line, ledger))
    files |= _seal(files, own.predicate(told, made, **(predicate or {})), unsealed)
    contents = _changed(files | own.given, after or {})
    values: dict[str, Any] = {
        "model": MODEL,
        "design": own.design,
        "options": Options(),
        "files": {n: File.of(content, BEGAN + SECONDS + 1) for n, content in contents.items()},
        "odd": {},
        "inputs": own.inputs,
        "inputs_problem": "",
        "here": Here(BEGAN + 1000, samples.ENVIRONMENT, samples.DIGEST),
        "keys": Keys((signer().public_key,)),
        "fixes": Fixes(),
        "calls": Calls(),
    }
    return Case(**values | fields)


def _seal(
    files: Mapping[Path, bytes], predicate: Any, unsealed: Iterable[Path]
) -> dict[Path, bytes]:
    """Return manifest and signature of all files but some."""
    kept_back = {*unsealed}
    digests = {p.as_posix(): digest_bytes(c) for p, c in files.items() if p not in kept_back}
    names = EVIDENCE / "manifest.json", EVIDENCE / "signature.json"
    return dict(zip(names, sealed(digests, predicate), strict=True))


def _changed(files: Mapping[Path, bytes], after: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """Return the files by name, some of them changed or (None) removed."""
    contents = {path.as_posix(): content for path, content in files.items()}
    for name, content in after.items():
        if content is None:
            del contents[name]
        else:
            contents[name] = content
    return contents


class _Parts:
    """The parts of a case that follow from others."""

    def __init__(
        self, design: Design, text: bytes, source: bytes, stored_fit: Fit, table: pd.DataFrame
    ) -> None:
        self.design, self.text, self.source, self.fit = design, text, source, stored_fit
        self.published = to_csv_bytes(table, design)
        self.rows, self.columns = table.shape
        self.inputs = {"design": DESIGN, "code/model_1.py": CODE, "features": FEATURES}
        self.given = {DESIGN: text, CODE: source, FEATURES: b"N.", RESULTS: self.published}
        self.digests = {n: digest_bytes(self.given[path]) for n, path in self.inputs.items()}
        self.seed = derive_seed(self.digests, "")

    def admission(self, **others: Any) -> Any:
        own = {"design": self.design.front_matter(), "digests": self.digests, "seed": self.seed}
        return samples.admission(**own | others)

    def outcome(self, records: tuple[Any, ...], admission: Any, **others: Any) -> Any:
        from assay.evidence.sessions import active_seconds, phase_seconds

        last = records[-1]
        training = self.design.training
        if admission.emergency_fix:
            training = self.design.emergency_training
        timing = {
            "requested": iso(records[0].timestamp),
            "started": iso(records[0].timestamp),
            "finished": iso(last.timestamp),
            "wall_seconds": active_seconds(records),
            "phases": phase_seconds(records),
            "cpu_seconds": last.cpu_seconds.value if isinstance(last, State) else None,
            "peak_rss_bytes": last.peak_rss_bytes.value if isinstance(last, State) else None,
        }
        own = {
            "model": MODEL,
            "title": "Toy",
            "method": self.design.method,
            "inputs": self.digests,
            "seed": self.seed,
            "parameters": load(self.design.method, "settings").describe(training),
            "iterations": str(self.fit.meta.get("iterations", "")),
            "criteria": self.criteria(training),
            "rows": self.rows,
            "columns": self.columns,
            "results_digest": digest_bytes(self.published),
            "checkpoints": sum(isinstance(record, Checkpoint) for record in records),
            "emergency": admission.emergency_fix,
        }
        others = dict(others)
        timing |= others.pop("timing", {})
        return samples.outcome(timing=samples.timing(**timing), **own | others)

    def criteria(self, training: Any) -> tuple[Any, ...]:
        if self.design.method != "simulation":
            return ()
        diagnose = load("simulation", "diagnose").diagnose
        return tuple(diagnose(self.fit, training, self.design.convergence))

    def ledger(self, outcome: Any, **others: Any) -> tuple[Any, ...]:
        own = {
            "attempt": outcome.attempt,
            "at": outcome.timing.finished,
            "status": outcome.status,
            "inputs": outcome.inputs,
            "seed": outcome.seed,
            "parameters": outcome.parameters,
            "criteria": outcome.criteria,
            "failure": outcome.failure,
        }
        begun = Begun(attempt=outcome.attempt, at=outcome.timing.requested)
        return begun, samples.ended(**own | others)

    def predicate(self, outcome: Any, admission: Any, **others: Any) -> Any:
        own = {
            "model": outcome.model,
            "attempt": outcome.attempt,
            "status": outcome.status,
            "method": outcome.method,
            "seed": outcome.seed,
            "nonce": admission.nonce,
            "inputs": self.digests,
            "source": admission.source,
            "started": outcome.timing.started,
            "finished": outcome.timing.finished,
            "results": digest_bytes(self.published),
        }
        return samples.predicate(**own | others)

    def files(self, records: tuple[Any, ...], outcome: Any, kept: Mapping[str, bytes]) -> Any:
        run, judged = recorder_lines(outcome, records)
        stamp = iso(records[0].timestamp)[:19] + "Z"
        end = iso(records[-1].timestamp)[:19] + "Z"
        log = [f"{stamp}  {line}" for line in run[:-1]]
        log += [f"{end}  {line}" for line in (*judged, run[-1])]
        return {
            EVIDENCE / "progress.jsonl": b"".join(map(to_line, records)),
            EVIDENCE / "fit.npz": packed(self.fit.arrays),
            EVIDENCE / "fit.json": json.dumps(dict(self.fit.meta)).encode(),
            EVIDENCE / "results.csv": self.published,
            EVIDENCE / "inputs" / DESIGN.name: self.text,
            EVIDENCE / "inputs" / "code" / CODE.name: self.source,
            **{EVIDENCE / "checkpoints" / name: content for name, content in kept.items()},
            PLACES.training_log(MODEL): ("\n".join(log) + "\n").encode(),
            PLACES.convergence_log(MODEL): convergence_log(outcome).encode(),
        }


def replayed(**others: Any) -> Replayed:
    """Return what doing the honest run again gives."""
    other = TABLE.assign(x=TABLE["x"] * 1.1)
    tables = Tables(
        rebuilt=TABLE,
        again=TABLE,
        perturbed=(other, other),
        distorted=(other,),
        nudged=(TABLE, TABLE, TABLE),
        own={"x": (0, 1)},
    )
    phases = {"simulate": Spent(wall=40.0, cpu=40.0)}
    own: dict[str, Any] = {
        "mode": "full",
        "phases": phases,
        "peak_rss": 200_000_000,
        "tables": tables,
    }
    return Replayed(**own | others)


def with_tables(**others: Any) -> Replayed:
    """Return the same with other tables."""
    done = replayed()
    return replace(done, tables=replace(done.tables, **others))


def told(findings: Any) -> list[tuple[Any, ...]]:
    """Return of findings what a verdict rests on: check, status, doubt, action and red flag."""
    return [(f.check, f.status, f.doubt, f.action, f.red_flag) for f in findings]


def only(findings: Any) -> Finding:
    """Return the one finding that there must be."""
    (finding,) = findings
    return finding
