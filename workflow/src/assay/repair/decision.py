"""The director's decision on an emergency fix: `assay approve` and `assay reject`."""

from collections.abc import Iterable
from datetime import UTC, datetime

from assay.core.files import digest_file
from assay.core.workspace import Workspace
from assay.evidence.fix_manifest import EmergencyError, Entry, Status, edit_manifest, fix_words
from assay.evidence.lock import model_lock
from assay.evidence.outcome import Outcome, read_outcome
from assay.evidence.publication import withdraw
from assay.evidence.record import EvidenceError
from assay.evidence.verdict_file import read_verdict


def approve(workspace: Workspace, model: int, by: str, reason: str) -> Entry:
    """Approve the fix with which a model's present results were trained.

    Raises:
        EmergencyError: there is no such fix, or validation has not approved the run itself.
    """
    outcome = _outcome(workspace, model)
    results = workspace.results(model)
    verdict = read_verdict(workspace.verdict(model))

    def change(entry: Entry | None) -> Entry:
        entry = _decidable(entry, model, ("provisional",))
        if outcome is None or not outcome.emergency or not results.exists():
            raise EmergencyError(f"model {model} has no results of a fix; run snakemake")
        if not digest_file(results) == outcome.results_digest == entry.results:
            raise EmergencyError(
                f"{results.name} is not what the emergency fix led to: it was edited or replaced"
            )
        word = verdict.verdict if verdict else "missing"
        if word != "APPROVE":
            raise EmergencyError(
                f"the validation of model {model} comes first, and its verdict is {word}"
            )
        if not verdict or not verdict.speaks_of(workspace.manifest(model)):
            raise EmergencyError(f"the verdict on model {model} is of another run; run snakemake")
        return _decided(entry, "approved", by, reason)

    return edit_manifest(workspace.version_manifest, model, change)


def reject(
    workspace: Workspace, model: int, dependents: Iterable[int], by: str, reason: str
) -> Entry:
    """Reject a model's fix and withdraw what it led to; the fix is not applied again.

    Results, verdict, approval and reports go, of the model and of all that rests on it, and so
    does the outcome: the next run trains with the design's own parameters and fails as before.

    Raises:
        EmergencyError: there is no fix to reject.
        TrainingError: the model is being trained at this moment.
    """

    def change(entry: Entry | None) -> Entry:
        entry = _decidable(entry, model, ("applied", "provisional", "approved"))
        return _decided(entry, "rejected", by, reason)

    evidence = workspace.evidence(model)
    with model_lock(evidence, model):
        entry = edit_manifest(workspace.version_manifest, model, change)
        outcome = _outcome(workspace, model)
        for number in (model, *dependents):
            withdraw(workspace, number)
        if outcome is not None and outcome.emergency:
            workspace.outcome(model).unlink()
    return entry


def decision_words(entry: Entry) -> str:
    """Return the decision as a sentence."""
    reason = f" ({entry.reason})" if entry.reason else ""
    return (
        f"The emergency fix of model {entry.model} ({fix_words(entry.parameters)}) was "
        f"{entry.status} by {entry.decided_by}{reason}."
    )


def _decidable(entry: Entry | None, model: int, allowed: tuple[Status, ...]) -> Entry:
    if entry is None:
        raise EmergencyError(f"no emergency fix of model {model} is on record")
    if entry.status not in allowed:
        by = f" by {entry.decided_by}" if entry.decided_by else ""
        raise EmergencyError(
            f"the emergency fix of model {model} is {entry.status}{by}: there is nothing to decide"
        )
    return entry


def _decided(entry: Entry, status: Status, by: str, reason: str) -> Entry:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    change = {"status": status, "decided_by": by, "decided_at": at, "reason": reason}
    return entry.model_copy(update=change)


def _outcome(workspace: Workspace, model: int) -> Outcome | None:
    try:
        return read_outcome(workspace.outcome(model))
    except (OSError, EvidenceError):
        return None
