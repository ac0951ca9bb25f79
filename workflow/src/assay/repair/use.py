"""Whether a fix is due after an attempt that failed, and the record of its use."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assay.campaign.admission import Admitted
from assay.core.errors import AssayError, Category, TrainingError
from assay.core.workspace import Workspace
from assay.design import Design, load_design
from assay.evidence.admission import FROZEN, FixUse, Identity
from assay.evidence.attempt import Attempt
from assay.evidence.fix_manifest import (
    Change,
    EmergencyError,
    Entry,
    edit_manifest,
    fix_words,
    read_manifest,
)
from assay.evidence.ledger import ended_with
from assay.evidence.outcome import Outcome
from assay.repair.attempts import is_kept
from assay.repair.severity import severity


@dataclass(frozen=True)
class Fix:
    """A fix to train with.

    Attributes:
        use: the failed attempt that justifies it, and what it changes.
        identity: the inputs and the seed for which it is meant.
    """

    use: FixUse
    identity: Identity

    @property
    def words(self) -> str:
        """Return a sentence for log and reports."""
        return (
            f"trained with the design's emergency fix ({fix_words(self.use.parameters)}) after "
            f"attempt {self.use.attempt} failed critically: {self.use.severity}"
        )

    def apply(self, admitted: Admitted) -> Admitted:
        """Return a model that was admitted with the parameters of the fix.

        Raises:
            TrainingError: the inputs are no longer those that the fix is meant for.
        """
        if admitted.identity != self.identity:
            raise TrainingError(
                "the inputs changed while the emergency fix was being prepared",
                category=Category.DATA,
                where="inputs",
                remedy="Let whatever writes them finish, then run again.",
            )
        design = admitted.design
        fixed = design.model_copy(update={"training": design.emergency_training})
        return replace(admitted, design=fixed)


def assess(workspace: Workspace, outcome: Outcome) -> tuple[Fix | None, str]:
    """Return the fix that is due after a failed attempt, and a sentence that says why (not).

    The sentence is empty where there is nothing to say: no fix is offered and none was needed.
    """
    if outcome.failure is None or outcome.failure.category is not Category.CONVERGENCE:
        return None, ""
    if outcome.emergency:
        return None, "the emergency fix did not help, and there is only one: change the design"
    path = workspace.evidence(outcome.model) / FROZEN / workspace.design(outcome.model).name
    try:
        design = load_design(path)
        entry = read_manifest(workspace.version_manifest).find(outcome.model)
    except AssayError as error:
        return None, f"no emergency fix was considered: {error}"
    critical = severity(ended_with(outcome))
    changes = changed_parameters(design)
    if not critical:
        ordinary = "this is no critical failure, so the design's emergency_fix is not applied"
        return None, ordinary if changes else ""
    refusal = _refusal(entry, outcome) if changes else "the design offers no emergency_fix"
    if refusal:
        return None, f"a critical failure ({critical}), but {refusal}"
    use = FixUse(attempt=outcome.attempt, severity=critical, parameters=changes)
    fix = Fix(use, Identity(outcome.inputs, outcome.seed))
    words = fix_words(changes)
    return fix, f"a critical failure ({critical}): trained again with the emergency fix, {words}"


def claim(workspace: Workspace, outcome: Outcome) -> Fix | None:
    """Record the use of the fix that is due after an attempt, and return it; None if none is.

    Raises:
        TrainingError: the use cannot be recorded, so the fix must not be used.
    """
    fix, _ = assess(workspace, outcome)
    if fix is None:
        return None
    design = workspace.design(outcome.model).name
    fresh = Entry(
        model=outcome.model,
        severity=fix.use.severity,
        parameters=fix.use.parameters,
        authorised_by=f"emergency_fix in {design} ({fix.identity.digests['design']})",
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        attempt=fix.use.attempt,
        inputs=dict(fix.identity.digests),
        seed=fix.identity.seed,
    )

    def change(entry: Entry | None) -> Entry:
        if entry is None:
            return fresh
        # The same inputs trained again: the same use. A decision holds if the results agree.
        kept = ("results", "decided_by", "decided_at", "reason")
        return fresh.model_copy(update={name: getattr(entry, name) for name in kept})

    _record(workspace, outcome.model, change)
    return fix


def unfinished(workspace: Workspace, model: int, attempt: Attempt) -> Fix | None:
    """Return the fix that an interrupted training was about to use or using.

    Its failed attempt is on record and need not be repeated: the inputs are still the same.

    Args:
        workspace: where the model lives.
        model: its number.
        attempt: what earlier attempts left, and what the next one would be.
    """
    try:
        entry = read_manifest(workspace.version_manifest).find(model)
        if entry is None or entry.status != "applied":
            return None
        design = load_design(workspace.design(model))
    except AssayError:
        return None
    ledger = attempt.ledger
    last = ledger.ended[-1] if ledger.ended else None
    stands = (
        attempt.is_of(Identity(entry.inputs, entry.seed))
        and last is not None
        and last.attempt == entry.attempt
        and severity(last) == entry.severity
        and is_kept(workspace.evidence(model), ledger, entry.attempt)
        and entry.parameters == changed_parameters(design)
    )
    if not stands:  # then the design's own parameters come first
        return None
    use = FixUse(attempt=entry.attempt, severity=entry.severity, parameters=entry.parameters)
    return Fix(use, Identity(entry.inputs, entry.seed))


def conclude(workspace: Workspace, outcome: Outcome) -> None:
    """Record what a training with a fix led to.

    Raises:
        TrainingError: it cannot be recorded.
    """
    if not outcome.emergency:
        return

    def change(entry: Entry | None) -> Entry:
        if entry is None:
            raise EmergencyError("the entry of this emergency fix is gone")
        if outcome.status != "trained":
            return entry.model_copy(update={"status": "failed"})
        if entry.decided_at and entry.results == outcome.results_digest:
            return entry.model_copy(update={"status": "approved"})
        undecided = dict.fromkeys(("decided_by", "decided_at", "reason"), "")
        told = {"status": "provisional", "results": outcome.results_digest}
        return entry.model_copy(update=undecided | told)

    _record(workspace, outcome.model, change)


def changed_parameters(design: Design) -> dict[str, Change]:
    """Return before and after of every parameter that a design's fix really changes."""
    before, after = (
        settings.model_dump(mode="json")
        for settings in (design.training, design.emergency_training)
    )
    return {
        name: Change(before=before[name], after=after[name])
        for name in design.emergency_fix
        if before[name] != after[name]
    }


def _refusal(entry: Entry | None, outcome: Outcome) -> str:
    """Return why a model's fix may not be used (again); empty if it may."""
    if entry is None:
        return ""
    if entry.status == "rejected":
        return (
            f"{entry.decided_by} rejected the emergency fix on {entry.decided_at[:10]}, and it is "
            "not applied again"
        )
    if entry.inputs != outcome.inputs:
        return (
            f"the model's one emergency fix was used on {entry.at[:10]}, for other inputs: write "
            "the parameters that it needs into the design's training block"
        )
    return ""


def _record(workspace: Workspace, model: int, change: Callable[[Entry | None], Entry]) -> None:
    try:
        edit_manifest(workspace.version_manifest, model, change)
    except EmergencyError as error:
        raise TrainingError(
            f"the emergency fix of model {model} cannot be recorded: {error}",
            category=Category.RESOURCE,
            where=str(workspace.version_manifest),
            remedy="Correct that and run again.",
        ) from error
