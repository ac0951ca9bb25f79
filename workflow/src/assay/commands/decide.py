"""Carrying out the director's decision on an emergency fix, in the files that people read."""

from collections.abc import Iterable
from pathlib import Path

from assay.campaign.discovery import discover
from assay.campaign.plan import Plan, make_plan
from assay.commands.report import summarise_unfinished, write_completion
from assay.commands.validate import renew_decision
from assay.core.config import read_config
from assay.core.errors import ConfigError
from assay.core.workspace import Workspace
from assay.repair.decision import approve, decision_words, reject
from assay.repair.diary import append


def approve_fix(folder: Path | None, model: int, by: str, reason: str) -> str:
    """Approve a model's fix; return what was done, for people.

    Args:
        folder: the workspace; None for the one of the configuration.
        model: its number.
        by: who decides.
        reason: why; may be empty.

    Raises:
        ConfigError: there is no such workspace.
        EmergencyError: there is nothing to approve.
        PublicationRefusedError: the fix is not in order, as validation finds it now.
    """
    workspace = _workspace(folder)
    words = decision_words(approve(workspace, model, by, reason))
    renew_decision(workspace, model)
    _tell(workspace, words, [model, *_dependents(workspace, model)])
    return f"{words} Its verdict and the reports say so now."


def reject_fix(folder: Path | None, model: int, by: str, reason: str) -> str:
    """Reject a model's fix and withdraw what rests on it; return what was done, for people.

    Args:
        folder: the workspace; None for the one of the configuration.
        model: its number.
        by: who decides.
        reason: why; may be empty.

    Raises:
        ConfigError: there is no such workspace.
        EmergencyError: there is nothing to reject.
        TrainingError: the model is being trained at this moment.
    """
    workspace = _workspace(folder)
    rest = _dependents(workspace, model)
    entry = reject(workspace, model, rest, by, reason)
    also = f" and of models {', '.join(map(str, rest))}, which rest on it," if rest else ""
    words = f"{decision_words(entry)} The results of model {model}{also} are withdrawn."
    _tell(workspace, words, [])
    return (
        f"{words} The fix will not be applied again: the next run of snakemake trains with the "
        "design's own parameters."
    )


def _tell(workspace: Workspace, words: str, reported: Iterable[int]) -> None:
    """Write the decision into the diary, and the reports as they stand now."""
    append(workspace.diary, f"## Decision\n\n{words}\n\nRemarks:\n")
    plan = _plan(workspace)
    for model in reported:
        target = workspace.completion(model)
        if target.exists():
            write_completion(workspace, model, plan.trainer(model), target)
    summarise_unfinished(plan)


def _plan(workspace: Workspace) -> Plan:
    settings = read_config().model_dump(mode="json")
    return make_plan({**settings, "workspace": str(workspace.root), "models": None}, check=False)


def _workspace(folder: Path | None) -> Workspace:
    workspace = Workspace(Path(read_config().workspace) if folder is None else folder)
    if not (workspace.root / "model").is_dir():
        raise ConfigError(
            f"{workspace.root} is no workspace: it has no folder model/; name one with --workspace"
        )
    return workspace


def _dependents(workspace: Workspace, model: int) -> list[int]:
    """Return the models that read a model's results, directly or not."""
    upstream = discover(workspace).upstream
    return sorted(other for other in upstream if other != model and model in upstream[other])
