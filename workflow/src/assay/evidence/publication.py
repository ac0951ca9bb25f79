"""Publishing a result, and withdrawing it."""

from assay.core.errors import AssayError
from assay.core.files import digest_bytes, write_bytes
from assay.core.workspace import Workspace
from assay.evidence.outcome import Outcome, read_outcome


class PublicationRefusedError(AssayError):
    """A model's outcome does not allow its results to be published."""


def withdraw(workspace: Workspace, model: int) -> None:
    """Remove what an earlier training of a model published; nothing stale stands as current."""
    for path in (
        workspace.results(model),
        workspace.completion(model),
        workspace.incident(model),
        workspace.verdict(model),
        workspace.validation_report(model),
        workspace.approval(model),
    ):
        path.unlink(missing_ok=True)


def disapprove(workspace: Workspace, model: int) -> None:
    """Remove what rests on an approval that is lost."""
    workspace.approval(model).unlink(missing_ok=True)
    workspace.completion(model).unlink(missing_ok=True)


def publish_results(workspace: Workspace, model: int) -> None:
    """Copy a trained model's results from the evidence to their published place, atomically.

    The outcome of a failure that another run may not repeat (a resource was missing) is put
    aside, so that the next run trains again.

    Raises:
        PublicationRefusedError: training failed, or the evidence is not what training stored.
    """
    outcome = read_outcome(workspace.outcome(model))
    if outcome.failure is not None:
        workspace.results(model).unlink(missing_ok=True)
        if outcome.failure.transient:
            workspace.outcome(model).replace(workspace.transient_outcome(model))
        raise PublicationRefusedError(_refusal(workspace, outcome))
    content = (workspace.evidence(model) / "results.csv").read_bytes()
    if digest_bytes(content) != outcome.results_digest:
        raise PublicationRefusedError(
            f"model {model}: the results in {workspace.evidence(model)} are not those that "
            "training stored. Delete that folder and run again."
        )
    write_bytes(workspace.results(model), content)


def _refusal(workspace: Workspace, outcome: Outcome) -> str:
    failure = outcome.failure
    if failure is None:
        return ""
    details = f"\n{failure.details}" if failure.stage == "admission" and failure.details else ""
    return (
        f"model {outcome.model} is not published: {failure.summary} "
        f"[{failure.stage}; {failure.where or 'no place known'}]{details}\n"
        f"See {workspace.incident(outcome.model)}"
    )
