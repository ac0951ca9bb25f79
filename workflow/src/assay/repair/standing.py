"""Whether a model's results are provisional: by its own fix, or by that of a model it reads."""

from collections.abc import Iterable

from assay.core.workspace import Workspace
from assay.evidence.admission import ADMISSION, Admission, read_admission
from assay.evidence.fix_manifest import EmergencyError, Entry, fix_words, read_manifest
from assay.evidence.record import EvidenceError


def undecided(workspace: Workspace, models: Iterable[int]) -> dict[int, Entry]:
    """Return, of these models, the entries of those whose fix awaits the director's decision.

    An entry counts only while the model's evidence is of the training that used the fix.

    Raises:
        EmergencyError: the manifest is damaged.
    """
    manifest = read_manifest(workspace.version_manifest)
    wanted = set(models)
    return {
        entry.model: entry
        for entry in manifest.emergency_fixes
        if entry.model in wanted
        and entry.status not in ("approved", "rejected", "failed")
        and _is_fixed(workspace, entry.model)
    }


def provisional(workspace: Workspace, models: Iterable[int]) -> dict[int, str]:
    """Return why results are provisional, a clause each, of those of these models that are.

    Where the manifest cannot be read, nothing trained with a fix counts as approved.
    """
    reads: dict[int, set[int]] = {}
    for model in models:
        reads[model] = _read_by(workspace, model)
    everyone = set(reads).union(*reads.values())
    try:
        open_fixes = {
            model: f"trained with its emergency fix ({fix_words(entry.parameters)}; before: "
            f"{entry.severity}), which the director has not approved"
            for model, entry in undecided(workspace, everyone).items()
        }
    except EmergencyError as error:
        fixed = [m for m in everyone if _is_fixed(workspace, m)]
        open_fixes = dict.fromkeys(fixed, f"trained with its emergency fix, and {error}")
    found = {}
    for model, upstream in reads.items():
        below = sorted(upstream & open_fixes.keys())
        reasons = [open_fixes[model]] if model in open_fixes else []
        reasons += [f"rests on model {number}, which is provisional" for number in below]
        if reasons:
            found[model] = "; ".join(reasons)
    return found


def _read_by(workspace: Workspace, model: int) -> set[int]:
    """Return the models whose results a trained model rests on, directly or not."""
    found: set[int] = set()
    waiting = [model]
    while waiting:
        admission = _admitted(workspace, waiting.pop())
        upstream = [] if admission is None else admission.design["depends_on"]
        waiting += [number for number in upstream if number not in found]
        found.update(upstream)
    return found


def _is_fixed(workspace: Workspace, model: int) -> bool:
    admission = _admitted(workspace, model)
    return admission is not None and admission.emergency_fix is not None


def _admitted(workspace: Workspace, model: int) -> Admission | None:
    """Return what was admitted of a model; None if nothing was, or nobody can read it."""
    try:
        return read_admission(workspace.evidence(model) / ADMISSION)
    except (OSError, EvidenceError):
        return None
