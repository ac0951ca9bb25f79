"""Judging a workspace: which models, in which order, and what they add up to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from assay.campaign.admission import input_files
from assay.campaign.discovery import Campaign, discover
from assay.core.errors import ConfigError, DesignError
from assay.core.files import digest_file
from assay.core.workspace import Workspace
from assay.evidence.verdict import Finding, Verdict
from assay.validation.case import Options
from assay.validation.model import validate_model
from assay.worker.forkserver_client import ForkServers
from assay.worker.process import Start, spawn


def validate_workspace(
    workspace: Workspace, models: Iterable[int] | None, options: Options, start: Start | None = None
) -> Iterator[Verdict]:
    """Yield the verdict on each model, those that others read before those that read them.

    Args:
        workspace: where the models lie.
        models: the models wanted; those whose results they read come with them. None takes all.
        options: what the director asks.
        start: starts the workers in which code runs; None forks those of many models from
            processes that have imported the libraries.

    Raises:
        ConfigError: there is no such workspace or model.
        DesignError: some designs are broken; raised after the other models were judged.
    """
    campaign = _campaign(workspace, models)
    judged: dict[int, str] = {}
    broken: list[str] = []
    with ForkServers() as fork_servers:
        start = start or (fork_servers.start if len(campaign.order) > 1 else spawn)
        for model in campaign.order:
            try:
                verdict = validate_model(workspace, model, options, start)
            except DesignError as error:  # the others are judged all the same
                broken.append(str(error))
                judged[model] = "INVESTIGATE"
                continue
            verdict = _with_upstream(verdict, campaign, judged)
            judged[model] = "PROVISIONAL" if verdict.provisional else verdict.verdict
            yield verdict
    if broken:
        raise DesignError("\n".join(broken))


def exit_status(verdicts: Sequence[Verdict]) -> int:
    """Return 0 if every model is approved, 1 if any is rejected, 3 if some are to investigate."""
    words = {verdict.verdict for verdict in verdicts}
    if "REJECT" in words:
        return 1
    return 3 if "INVESTIGATE" in words else 0


def frozen_inputs(workspace: Workspace) -> dict[str, Any]:
    """Return the digests of every model's design, code and features.

    Raises:
        ConfigError: there is no such workspace.
        TrainingError: a model's features are missing.
    """
    campaign = _campaign(workspace, None)
    return {
        "models": {
            str(model): {
                name: digest_file(path) for name, path in input_files(workspace, model, ()).items()
            }
            for model in campaign.models
        }
    }


def _campaign(workspace: Workspace, models: Iterable[int] | None) -> Campaign:
    if not (workspace.root / "model").is_dir():
        raise ConfigError(f"{workspace.root} is no workspace: it has no folder model/")
    campaign = discover(workspace, models)
    if not campaign.models:
        raise ConfigError(f"{workspace.root} has no models: model/ holds no model_design_1.md")
    return campaign


def _with_upstream(verdict: Verdict, campaign: Campaign, judged: dict[int, str]) -> Verdict:
    """Add what became of the models whose results this one reads."""
    findings = []
    for model in campaign.depends_on[verdict.model]:
        if judged[model] == "APPROVE":
            findings.append(Finding("upstream", "pass", f"model {model}, which it reads, is fine"))
        elif judged[model] == "PROVISIONAL":
            message = f"it reads the results of model {model}, which are provisional"
            findings.append(Finding("upstream", "warn", message, judged[model], "APPROVE"))
        else:
            message = f"it reads the results of model {model}, whose verdict is {judged[model]}"
            findings.append(Finding("upstream", "warn", message, judged[model], None, doubt=True))
    return replace(verdict, findings=(*verdict.findings, *findings))
