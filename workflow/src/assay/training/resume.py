"""An interrupted training: what it left behind, and whether the same training can go on from it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.campaign.admission import ADMISSION, input_files
from assay.core.environment import describe_environment
from assay.core.errors import Category, DesignError, TrainingError
from assay.core.files import digest_file
from assay.core.seeds import derive_seed
from assay.core.timestamps import iso_now
from assay.core.workspace import Workspace
from assay.documents.training_log import TrainingLog, admission_lines, retold, session_lines
from assay.evidence.arrays import checkpoint_paths
from assay.evidence.ledger import append_ledger, read_ledger
from assay.evidence.progress import read_whole_lines

KEPT = "kept"  # folder of the evidence with what a resumed run needs; gone when training ends
LOG = "training.log"  # in there
NOBODY_TOLD = "its recorder was killed, or the machine went down"


@dataclass(frozen=True)
class Interrupted:
    """A training without an end.

    Attributes:
        records: the lines of its progress.jsonl, never empty.
        admission: what was fixed before it began.
        attempt: which attempt at the model it is.
        requested: when it was asked for, as ISO 8601.
        reason: why it ended, as far as is known.
        checkpoints: files of the checkpoints on record, by the name the method gave them.
        kept: files of what `Channel.keep` was handed, by name.
    """

    records: list[dict[str, Any]]
    admission: Mapping[str, Any]
    attempt: int
    requested: str
    reason: str
    checkpoints: Mapping[str, Path]
    kept: Mapping[str, Path]


def to_carry_on(
    workspace: Workspace, model: int, nonce: str, source: str, emergency: Mapping[str, Any]
) -> Interrupted | None:
    """Return the interrupted training of a model, if it is one of just these inputs.

    If it is not, the ledger says what has changed since.

    Args:
        workspace: where the model lives.
        model: its number.
        nonce: the director's word that goes into the seed.
        source: digest of assay's own source.
        emergency: record of the emergency fix to train with; empty for none.
    """
    found = find_interrupted(workspace, model)
    if found is None:
        return None
    changed = differences(found, workspace, model, nonce, source)
    if found.admission.get("emergency_fix", {}) != emergency:
        changed.append("the emergency fix")
    if not changed:
        return found
    reason = f"not carried on, since this has changed: {', '.join(changed)}"
    told = {"attempt": found.attempt, "at": iso_now(), "reason": reason}
    append_ledger(workspace.evidence(model), event="abandoned", **told)
    return None


def reopen(workspace: Workspace, model: int, interrupted: Interrupted) -> TrainingLog:
    """Put the evidence of an interrupted training into a state in which it can go on.

    Returns:
        The training log, brought into line with the evidence.
    """
    for path in (
        workspace.manifest(model),
        workspace.signature(model),
        workspace.outcome(model),
        workspace.transient_outcome(model),
    ):
        path.unlink(missing_ok=True)
    told = {"attempt": interrupted.attempt, "at": iso_now(), "reason": interrupted.reason}
    append_ledger(workspace.evidence(model), event="resumed", **told)
    path = workspace.training_log(model)
    kept = workspace.evidence(model) / KEPT / LOG
    there = next((place for place in (kept, path) if place.exists()), None)
    text = "" if there is None else there.read_text(encoding="utf-8", errors="replace")
    admission, began = interrupted.admission, interrupted.records[0]["timestamp"]
    first = admission_lines(model, interrupted.attempt, admission["digests"], admission["seed"])
    expected = [*((began, line) for line in first), *session_lines(interrupted.records)]
    return TrainingLog(path, retold(text, expected))


def keep_log(workspace: Workspace, model: int) -> None:
    """Give the training log a second name: Snakemake removes it before it starts a job again."""
    kept = workspace.evidence(model) / KEPT / LOG
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.unlink(missing_ok=True)
    with suppress(OSError):  # a file system without links: what the model printed is lost then
        kept.hardlink_to(workspace.training_log(model))


def find_interrupted(workspace: Workspace, model: int) -> Interrupted | None:
    """Return the newest training of a model if it was interrupted and left something.

    One that ended, and be it with a failure, is not interrupted, unless what failed was a
    resource such as memory or disk. Checkpoints that had been stored but not yet logged are
    removed.
    """
    evidence = workspace.evidence(model)
    ledger = read_ledger(evidence)
    begun = [line for line in ledger if line.get("event") == "begun"]
    if not begun or not _unfinished(ledger[-1]):
        return None
    try:
        admission = json.loads((evidence / ADMISSION).read_text(encoding="utf-8"))
        records = read_whole_lines(evidence / "progress.jsonl")
    except (FileNotFoundError, ValueError):
        return None
    logged = {r["file"]: r["digest"] for r in records if r["event"] == "checkpoint"}
    for path in (evidence / "checkpoints").glob("*.npz"):
        if f"checkpoints/{path.name}" not in logged:
            path.unlink()
    files = {name: evidence / name for name in logged}
    if not records or any(
        not path.is_file() or digest_file(path) != logged[name] for name, path in files.items()
    ):
        return None
    return Interrupted(
        records=records,
        admission=admission,
        attempt=int(begun[-1]["attempt"]),
        requested=str(begun[-1]["at"]),
        reason=_reason(ledger[-1], records[-1]),
        checkpoints=checkpoint_paths(evidence / "checkpoints"),
        kept={path.stem: path for path in sorted((evidence / KEPT).glob("*.npz"))},
    )


def differences(
    interrupted: Interrupted, workspace: Workspace, model: int, nonce: str, source: str
) -> list[str]:
    """Return what is no longer as it was when an interrupted training began, as phrases."""
    admission, found = interrupted.admission, []
    try:
        files = input_files(workspace, model, admission["design"].get("depends_on", ()))
        digests = {name: digest_file(path) for name, path in files.items()}
    except (TrainingError, DesignError, OSError):
        return ["an input is missing"]
    then = admission["digests"]
    found += sorted(n for n in digests.keys() | then.keys() if digests.get(n) != then.get(n))
    if derive_seed(digests, nonce) != admission["seed"] and not found:
        found.append("the nonce")
    if source != admission["source"]:
        found.append("assay itself")
    if describe_environment() != admission["environment"]:
        found.append("the machine or the packages")
    return found


def _unfinished(last: Mapping[str, Any]) -> bool:
    if last.get("event") != "ended":
        return True
    return (last.get("failure") or {}).get("category") == Category.RESOURCE


def _reason(last: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    if last.get("event") == "ended":
        return str(last["failure"]["summary"])
    if record["event"] == "stopped":
        return str(record["reason"])
    return NOBODY_TOLD
