"""All that can be found wrong with the models of a campaign before one of them is trained."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from assay.campaign.discovery import NO_MODEL, Campaign
from assay.core.errors import TrainingError
from assay.core.workspace import Workspace
from assay.design.load import load_design
from assay.design.problems import InvalidDesignError
from assay.design.schema import Design
from assay.methods import load
from assay.modelcode.check import check_code


@dataclass(frozen=True)
class Survey:
    """What was found out about one model without running anything of it.

    Attributes:
        design: its design; None if that is broken.
        problems: what stands in the way of its training, with remedies.
        missing: input files that are not there.
    """

    design: Design | None
    problems: tuple[str, ...]
    missing: tuple[Path, ...]


def all_problems(
    workspace: Workspace, campaign: Campaign, built: Collection[int] = ()
) -> dict[int, list[str]]:
    """Return the problems of every model that has some; those of no model stand under 0.

    Args:
        workspace: where the models live.
        campaign: the models.
        built: models whose features the workflow makes, so that they may still be missing.
    """
    found = {NO_MODEL: list(campaign.problems.get(NO_MODEL, ()))}
    for model in campaign.models:
        found[model] = model_problems(workspace, campaign, model, built)
    return {model: problems for model, problems in found.items() if problems}


def model_problems(
    workspace: Workspace, campaign: Campaign, model: int, built: Collection[int] = ()
) -> list[str]:
    """Return the problems of one model: design, place among the others, code and features."""
    return list(survey(workspace, campaign, model, built).problems)


def survey(
    workspace: Workspace, campaign: Campaign, model: int, built: Collection[int] = ()
) -> Survey:
    """Look at the inputs of one model; see `all_problems` for the arguments."""
    design: Design | None = None
    problems: list[str] = []
    try:
        design = load_design(workspace.design(model))
    except InvalidDesignError as error:
        problems += map(str, error.problems)
    problems += campaign.problems.get(model, ())
    missing: list[Path] = []
    code = workspace.code(model)
    method = campaign.outlines[model].method if design is None else design.method
    if not code.exists():
        missing.append(code)
        what = "the model's code is missing; write it"
        problems.append(f"{code}:1: file: {what}")
    else:
        problems += check_code(code, load(method, "settings").FUNCTIONS if method else {})
    if model not in built:
        try:
            workspace.features(model)
        except TrainingError as error:
            remedy = error.remedy[:1].lower() + error.remedy[1:].rstrip(".")
            problems.append(f"{error.where}:1: file: {error}; {remedy}")
            if not any(path.exists() for path in workspace.features_candidates(model)):
                missing.append(workspace.features_candidates(model)[0])
    return Survey(design, tuple(problems), tuple(missing))
