"""An interrupted training: whether it is carried on, and its evidence put in order for that."""

from contextlib import suppress

from assay.campaign.admission import inputs_now
from assay.core.errors import Category, TrainingError
from assay.core.timestamps import iso_now
from assay.core.workspace import Workspace
from assay.documents.training_log import TrainingLog, admission_lines, retold, session_lines
from assay.evidence.admission import FixUse, environment_now
from assay.evidence.attempt import CHECKPOINTS, KEPT, Attempt, Interrupted, Now, read_attempt
from assay.evidence.ledger import LEDGER, Abandoned, Resumed, append_ledger
from assay.evidence.record import EvidenceError
from assay.training.request import Request

LOG = "training.log"  # in the folder KEPT


def look_back(request: Request) -> Attempt:
    """Read what earlier attempts at a model left, and what the next one would be.

    Raises:
        TrainingError: their ledger is not what assay writes; nothing was touched.
    """
    workspace, model = request.workspace, request.model

    def now() -> Now:
        identity = inputs_now(workspace, model, request.nonce)
        return Now(identity, request.source, environment_now())

    evidence = workspace.evidence(model)
    try:
        return read_attempt(evidence, now)
    except EvidenceError as error:
        raise TrainingError(
            f"the attempts at model {model} on record cannot be understood: {error}",
            category=Category.DATA,
            where=str(evidence / LEDGER),
            remedy="Restore the file from a copy; or move the folder away, and with it all that "
            "is known of earlier attempts. Then run again.",
        ) from error


def to_carry_on(
    workspace: Workspace, model: int, attempt: Attempt, fix: FixUse | None
) -> Interrupted | None:
    """Return the interrupted training of a model, if it is one of just these inputs.

    If it is not, the ledger says what has changed since.

    Args:
        workspace: where the model lives.
        model: its number.
        attempt: what `look_back` found.
        fix: the emergency fix to train with.
    """
    found = attempt.interrupted
    if found is None:
        return None
    changed = attempt.differences(found.admission, fix)
    if not changed:
        return found
    reason = f"not carried on, since this has changed: {', '.join(changed)}"
    line = Abandoned(attempt=found.attempt, at=iso_now(), reason=reason)
    append_ledger(workspace.evidence(model), line)
    return None


def reopen(workspace: Workspace, model: int, interrupted: Interrupted) -> TrainingLog:
    """Put the evidence of an interrupted training into a state in which it can go on.

    Checkpoints that had been stored but not yet logged are removed.

    Returns:
        The training log, brought into line with the evidence.
    """
    evidence = workspace.evidence(model)
    unlogged = set((evidence / CHECKPOINTS).glob("*.npz")) - {*interrupted.checkpoints.values()}
    for path in (
        workspace.manifest(model),
        workspace.signature(model),
        workspace.outcome(model),
        workspace.transient_outcome(model),
        *unlogged,
    ):
        path.unlink(missing_ok=True)
    line = Resumed(attempt=interrupted.attempt, at=iso_now(), reason=interrupted.reason)
    append_ledger(evidence, line)
    path = workspace.training_log(model)
    kept = evidence / KEPT / LOG
    there = next((place for place in (kept, path) if place.exists()), None)
    text = "" if there is None else there.read_text(encoding="utf-8", errors="replace")
    admission, began = interrupted.admission, interrupted.records[0].timestamp
    first = admission_lines(model, interrupted.attempt, admission.digests, admission.seed)
    expected = [*((began, line) for line in first), *session_lines(interrupted.records)]
    return TrainingLog(path, retold(text, expected))


def keep_log(workspace: Workspace, model: int) -> None:
    """Give the training log a second name: Snakemake removes it before it starts a job again."""
    kept = workspace.evidence(model) / KEPT / LOG
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.unlink(missing_ok=True)
    with suppress(OSError):  # a file system without links: what the model printed is lost then
        kept.hardlink_to(workspace.training_log(model))
