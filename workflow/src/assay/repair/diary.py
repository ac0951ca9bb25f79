"""dev_diary.md: appended by the workflow, never rewritten; people write into it as they like."""

import os
from difflib import unified_diff
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from assay.campaign.admission import ADMISSION, FROZEN
from assay.core.workspace import Workspace
from assay.documents.diary import HEADER, Changes, EarlierAttempt, attempt_entry
from assay.evidence.ledger import read_ledger
from assay.evidence.outcome import Outcome
from assay.repair.attempts import ATTEMPT, PREVIOUS, freeze, kept_record

LOCK_SECONDS = 60.0


def note_attempt(workspace: Workspace, outcome: Outcome) -> list[str]:
    """Append an entry for an attempt that failed, or for the first one that did not after that.

    Returns:
        What kept it from doing so, a sentence; nothing if all went well.
    """
    evidence = workspace.evidence(outcome.model)
    try:
        ended = [line for line in read_ledger(evidence) if line.get("event") == "ended"]
        before = _attempt(ended[-1]) if ended else None
        if outcome.failure is not None:
            freeze(workspace, outcome.model)
        elif before is None or before.status == "trained":
            return []
        changes = _changes(workspace, outcome, before) if before else None
        append(workspace.diary, attempt_entry(outcome, before, changes))
    except (OSError, Timeout, ValueError, KeyError) as error:
        return [f"the development diary could not be written: {error}"]
    return []


def append(path: Path, entry: str) -> None:
    """Append text to the diary, alone among all processes.

    Raises:
        OSError, Timeout: it cannot be written, or stays locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(path.name + ".lock")).acquire(timeout=LOCK_SECONDS):
        new = not path.exists() or not path.stat().st_size
        with path.open("ab+") as stream:
            text = HEADER if new else "" if _ends_a_line(stream) else "\n"
            stream.write((text + "\n" + entry).encode("utf-8", "replace"))
            stream.flush()
            os.fsync(stream.fileno())


def _ends_a_line(stream: Any) -> bool:
    stream.seek(-1, os.SEEK_END)
    return bool(stream.read(1) == b"\n")


def _attempt(line: dict[str, Any]) -> EarlierAttempt:
    return EarlierAttempt(
        number=line["attempt"],
        status=str(line["status"]),
        criteria=line["criteria"],
        parameters=line["parameters"],
        inputs=line["inputs"],
        failure=(line.get("failure") or {}).get("summary", ""),
    )


def _changes(workspace: Workspace, outcome: Outcome, before: EarlierAttempt) -> Changes:
    """Return what differs between an attempt and the one before it."""
    evidence = workspace.evidence(outcome.model)
    kept = evidence / PREVIOUS
    if kept_record(kept / ATTEMPT).get("attempt") != before.number:
        return Changes(known=False)
    old, new = kept_record(kept / ADMISSION), kept_record(evidence / ADMISSION)
    conditions = {"nonce": "the nonce", "source": "assay itself", "environment": "the environment"}
    return Changes(
        diffs=_diffs(kept / FROZEN, evidence / FROZEN),
        inputs=tuple(
            name
            for name in sorted(before.inputs.keys() | outcome.inputs.keys())
            if not name.startswith(("design", "code/"))
            and name in before.inputs
            and name in outcome.inputs
            and before.inputs[name] != outcome.inputs[name]
        ),
        conditions=tuple(
            word for key, word in conditions.items() if old and new and old.get(key) != new.get(key)
        ),
    )


def _diffs(old: Path, new: Path) -> dict[str, str]:
    """Return a unified diff of every text file that differs between two folders."""
    names = {
        path.relative_to(folder).as_posix()
        for folder in (old, new)
        for path in folder.rglob("*")
        if path.is_file()
    }
    found = {}
    for name in sorted(names):
        before, after = (_lines(folder / name) for folder in (old, new))
        diff = unified_diff(before, after, f"before/{name}", f"now/{name}", n=2, lineterm="")
        if text := "\n".join(diff):
            found[name] = text
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
