"""dev_diary.md: appended by the workflow, never rewritten; people write into it as they like."""

import os
from difflib import unified_diff
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from assay.core.workspace import Workspace
from assay.documents.diary import HEADER, Changes, attempt_entry
from assay.evidence.admission import ADMISSION, FROZEN, Admission, read_admission
from assay.evidence.ledger import Ended, Ledger
from assay.evidence.outcome import Outcome
from assay.evidence.record import EvidenceError
from assay.repair.attempts import PREVIOUS, freeze, kept_attempt

LOCK_SECONDS = 60.0


def note_attempt(workspace: Workspace, outcome: Outcome, ledger: Ledger) -> list[str]:
    """Append an entry for an attempt that failed, or for the first one that did not after that.

    Args:
        workspace: where the diary lies.
        outcome: how the attempt ended.
        ledger: the attempts before it.

    Returns:
        What kept it from doing so, a sentence; nothing if all went well.
    """
    before = ledger.ended[-1] if ledger.ended else None
    try:
        if outcome.failure is not None:
            freeze(workspace, outcome.model)
        elif before is None or before.status == "trained":
            return []
        changes = _changes(workspace, outcome, before) if before else None
        append(workspace.diary, attempt_entry(outcome, before, changes))
    except (OSError, Timeout) as error:
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


def _changes(workspace: Workspace, outcome: Outcome, before: Ended) -> Changes:
    """Return what differs between an attempt and the one before it."""
    evidence = workspace.evidence(outcome.model)
    kept = evidence / PREVIOUS
    if kept_attempt(evidence) != before.attempt:
        return Changes(known=False)
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
        conditions=_conditions(*(_admission(folder) for folder in (kept, evidence))),
    )


def _conditions(old: Admission | None, new: Admission | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ()
    changed = {
        "the nonce": old.nonce != new.nonce,
        "assay itself": old.source != new.source,
        "the environment": old.environment != new.environment,
    }
    return tuple(words for words, differs in changed.items() if differs)


def _admission(folder: Path) -> Admission | None:
    """Return what was admitted; None of an attempt that was refused before."""
    try:
        return read_admission(folder / ADMISSION)
    except (OSError, EvidenceError):
        return None


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
