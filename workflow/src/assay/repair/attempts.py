"""dev_diary.md: appended by the workflow, never rewritten; people write into it as they like.

An attempt's design and code stay in the evidence's folder `previous` while the next one
runs, so that what changed between the two can be shown.
"""

import os
import shutil
from difflib import unified_diff
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from assay.core.files import write_bytes
from assay.core.workspace import Workspace
from assay.documents.diary import HEADER, Changes, attempt_entry
from assay.evidence.admission import ADMISSION, FROZEN, Admission, read_admission
from assay.evidence.ledger import Ended, Ledger
from assay.evidence.outcome import Outcome
from assay.evidence.record import EvidenceError, Number, Record, read, to_bytes
from assay.modelcode.check import helper_files

PREVIOUS = "previous"  # folder of the evidence with what is kept of the attempt before
ATTEMPT = "attempt.json"  # in it, its number
LOCK_SECONDS = 60.0


class _Kept(Record):
    attempt: Number


def keep_attempt(evidence: Path, ledger: Ledger, *, with_fit: bool) -> None:
    """Keep of the attempt that the evidence holds what the next one is compared with.

    An attempt that was interrupted changes nothing: the one before it stays. Its outcome tells
    nothing here, since Snakemake removes it before the next attempt begins.

    Args:
        evidence: the evidence folder, before it is cleared.
        ledger: the attempts so far, before the next one begins.
        with_fit: keep the fit as well, since an emergency fix rests on what it shows.
    """
    number = _held(ledger)
    if number is None:
        return
    kept = evidence / PREVIOUS
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    for name in (FROZEN, ADMISSION, *(("fit.npz", "fit.json") if with_fit else ())):
        if (evidence / name).exists():
            (evidence / name).replace(kept / name)
    write_bytes(kept / ATTEMPT, to_bytes(_Kept(attempt=number)))


def is_kept(evidence: Path, ledger: Ledger, attempt: int) -> bool:
    """Return whether the evidence still holds how an attempt ended, or `keep_attempt` kept it."""
    return attempt in (_kept(evidence), _held(ledger))


def _held(ledger: Ledger) -> int | None:
    """Return the number of the attempt that the evidence is of; None if it did not end."""
    return ledger.last.attempt if isinstance(ledger.last, Ended) else None


def _kept(evidence: Path) -> int | None:
    """Return the number of the attempt that was kept; None if none was."""
    path = evidence / PREVIOUS / ATTEMPT
    try:
        return read(_Kept, path.read_bytes(), path.name).attempt
    except (OSError, EvidenceError):
        return None


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
            _freeze(workspace, outcome.model)
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


def _freeze(workspace: Workspace, model: int) -> None:
    """Keep design and code also of an attempt that admission refused before it copied them."""
    frozen = workspace.evidence(model) / FROZEN
    code = workspace.code(model)
    wanted = {frozen / workspace.design(model).name: workspace.design(model)}
    for path in (code, *(helper_files(code) if code.exists() else ())):
        wanted[frozen / "code" / path.relative_to(workspace.code_folder)] = path
    for copy, path in wanted.items():
        if path.is_file() and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _changes(workspace: Workspace, outcome: Outcome, before: Ended) -> Changes:
    """Return what differs between an attempt and the one before it."""
    evidence = workspace.evidence(outcome.model)
    kept = evidence / PREVIOUS
    if _kept(evidence) != before.attempt:
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
