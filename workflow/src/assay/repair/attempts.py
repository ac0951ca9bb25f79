"""What stays of an attempt in the evidence's folder `previous` while the next one runs.

So what changed between the two can be shown, and an emergency fix rests on what failed.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from assay.campaign.admission import ADMISSION, FROZEN
from assay.core.files import write_text
from assay.core.workspace import Workspace
from assay.evidence.ledger import read_ledger
from assay.modelcode.check import helper_files

PREVIOUS = "previous"  # folder of the evidence with what is kept of the attempt before
ATTEMPT = "attempt.json"  # in it, its number


def keep_attempt(evidence: Path, *, with_fit: bool) -> None:
    """Keep of the attempt that the evidence holds what the next one is compared with.

    An attempt that was interrupted changes nothing: the one before it stays. Its outcome tells
    nothing here, since Snakemake removes it before the next attempt begins.

    Args:
        evidence: the evidence folder, before it is cleared and before the next attempt begins.
        with_fit: keep the fit as well, since an emergency fix rests on what it shows.
    """
    number = _held(evidence)
    if number is None:
        return
    kept = evidence / PREVIOUS
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    for name in (FROZEN, ADMISSION, *(("fit.npz", "fit.json") if with_fit else ())):
        if (evidence / name).exists():
            (evidence / name).replace(kept / name)
    write_text(kept / ATTEMPT, json.dumps({"attempt": number}) + "\n")


def is_kept(evidence: Path, attempt: int) -> bool:
    """Return whether the evidence still holds how an attempt ended, or `keep_attempt` kept it."""
    kept = kept_record(evidence / PREVIOUS / ATTEMPT).get("attempt")
    return attempt in (kept, _held(evidence))


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


def kept_record(path: Path) -> dict[str, Any]:
    """Return a record kept with an attempt, empty if it is missing or broken."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _held(evidence: Path) -> int | None:
    """Return the number of the attempt that the evidence is of; None if it did not end."""
    last: dict[str, Any] = next(reversed(read_ledger(evidence)), {})
    return int(last["attempt"]) if last.get("event") == "ended" else None
