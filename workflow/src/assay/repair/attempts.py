"""What stays of an attempt in the evidence's folder `previous` while the next one runs.

So what changed between the two can be shown, and an emergency fix rests on what failed.
"""

import shutil
from pathlib import Path

from assay.core.files import write_bytes
from assay.core.workspace import Workspace
from assay.evidence.admission import ADMISSION, FROZEN
from assay.evidence.ledger import Ended, Ledger
from assay.evidence.record import EvidenceError, Number, Record, read, to_bytes
from assay.modelcode.check import helper_files

PREVIOUS = "previous"  # folder of the evidence with what is kept of the attempt before
ATTEMPT = "attempt.json"  # in it, its number


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
    return attempt in (kept_attempt(evidence), _held(ledger))


def _held(ledger: Ledger) -> int | None:
    """Return the number of the attempt that the evidence is of; None if it did not end."""
    return ledger.last.attempt if isinstance(ledger.last, Ended) else None


def kept_attempt(evidence: Path) -> int | None:
    """Return the number of the attempt that was kept; None if none was."""
    path = evidence / PREVIOUS / ATTEMPT
    try:
        return read(_Kept, path.read_bytes(), path.name).attempt
    except (OSError, EvidenceError):
        return None


def freeze(workspace: Workspace, model: int) -> None:
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
