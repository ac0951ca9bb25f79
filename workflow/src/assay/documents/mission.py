"""The mission analysis as a document for the director."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from assay.campaign.discovery import NO_MODEL, Campaign, trainer_number
from assay.campaign.expectations import checkpoints
from assay.campaign.problems import Survey, survey
from assay.campaign.rounds import chains, rounds
from assay.core.config import Config
from assay.core.text import count, document, expectation, number, ranges, safe, table
from assay.core.workspace import Workspace
from assay.design.schema import SHORTEST
from assay.methods.base import Range

SHOWN_OF_CHAIN = 12
HEADER = (
    "Model",
    "Title",
    "Method",
    "Worker",
    "Round",
    "Reads",
    "Expected time",
    "Minimum time",
    "Checkpoints",
    "Missing files",
)


@dataclass(frozen=True)
class _Mission:
    """What the document is made from."""

    workspace: Workspace
    campaign: Campaign
    config: Config
    surveys: dict[int, Survey]
    rounds: dict[int, int]


def analyse_mission(
    workspace: Workspace, campaign: Campaign, config: Config, built: Collection[int] = ()
) -> str:
    """Return the mission analysis in Markdown: problems first, then what is expected of whom.

    Args:
        workspace: where the models live.
        campaign: the models.
        config: gives the workers and the heartbeat.
        built: models whose features the workflow makes, so that they may still be missing.
    """
    surveys = {model: survey(workspace, campaign, model, built) for model in campaign.models}
    mission = _Mission(workspace, campaign, config, surveys, rounds(campaign, config.workers))
    return document(
        "# Mission analysis",
        _in_short(mission),
        "## Problems",
        _problems(mission),
        "## Dependencies",
        _dependencies(campaign),
        "## Rounds",
        _rounds(mission),
        "## Models and workers",
        table(HEADER, (_row(mission, model) for model in campaign.models)),
        _notes(config),
    )


def _in_short(mission: _Mission) -> str:
    campaign, surveys = mission.campaign, mission.surveys.values()
    linked = sum(1 for upstream in campaign.depends_on.values() if upstream)
    kinds = Counter(outline.method or "unknown" for outline in campaign.outlines.values())
    times = [s.design.expected.minutes for s in surveys if s.design is not None]
    stated = [time for time in times if time != "auto"]
    least, most = sum(time[0] for time in stated), sum(time[1] for time in stated)
    lines = [
        f"Director, there {'is' if len(campaign.models) == 1 else 'are'} "
        f"{count(len(campaign.models), 'model')}"
        + (f" ({ranges(campaign.models)})." if campaign.models else "."),
        "",
        f"- Methods: {', '.join(f'{kind} {n}' for kind, n in sorted(kinds.items())) or 'none'}",
        "- Dependencies: " + (_readers(linked) if linked else "none, all independent"),
        f"- Workers: {mission.config.workers}, rounds: {max(mission.rounds.values(), default=0)}",
        f"- Expected time, one after another: {expectation((least, most) if stated else None)} "
        f"(stated for {len(stated)} of {count(len(campaign.models), 'model')})",
        f"- Missing input files: {sum(len(s.missing) for s in surveys)}",
        f"- Problems: {sum(1 for _ in _problem_lines(mission))}",
    ]
    return "\n".join(lines)


def _readers(linked: int) -> str:
    return f"{linked} of them {'reads' if linked == 1 else 'read'} results of others"


def _problem_lines(mission: _Mission) -> Iterator[tuple[int, str]]:
    for problem in mission.campaign.problems.get(NO_MODEL, ()):
        yield NO_MODEL, problem
    for model, found in mission.surveys.items():
        for problem in found.problems:
            yield model, problem


def _problems(mission: _Mission) -> str:
    lines = [
        f"- {f'Model {model}' if model else 'Workspace'}: {safe(problem)}"
        for model, problem in _problem_lines(mission)
    ]
    if not lines:
        return "None found: designs, code and features of every model are in place."
    return "These models will not be trained until this is corrected:\n\n" + "\n".join(lines)


def _dependencies(campaign: Campaign) -> str:
    found = chains(campaign)
    if not found:
        return "The models are independent: none reads the results of another."
    return "Chains, each the longest way to a model that no other reads:\n\n" + "\n".join(
        f"- {_chain(chain)}" for chain in found
    )


def _chain(chain: list[int]) -> str:
    shown = list(map(str, chain))
    if len(chain) > SHOWN_OF_CHAIN:
        half = SHOWN_OF_CHAIN // 2
        shown = [*shown[:half], "...", *shown[-half:]]
    return " → ".join(shown) + f" ({len(chain)} models)"


def _rounds(mission: _Mission) -> str:
    members: dict[int, list[int]] = {}
    for model, of_round in mission.rounds.items():
        members.setdefault(of_round, []).append(model)
    workers = mission.config.workers
    if len(members) <= 1:
        return f"One round: {count(workers, 'worker')}, {count(len(mission.rounds), 'model')}."
    lines = [
        f"- Round {number}: model{'' if len(found) == 1 else 's'} {ranges(found)}"
        for number, found in members.items()
    ]
    return (
        f"At most {count(workers, 'model')} at once, and none before those it reads:\n\n"
        + "\n".join(lines)
    )


def _row(mission: _Mission, model: int) -> list[str]:
    campaign, config = mission.campaign, mission.config
    outline, found = campaign.outlines[model], mission.surveys[model]
    design = found.design
    expected = ["unknown"] * 3
    if design is not None:
        minutes, least = design.expected.minutes, design.expected.least_minutes
        expected = [
            expectation(None if minutes == "auto" else minutes),
            "none" if least is None else f"{number(least)} minutes",
            _range(checkpoints(design, config.heartbeat_seconds)),
        ]
    missing = [str(path.relative_to(mission.workspace.root)) for path in found.missing]
    return [
        str(model),
        safe(outline.title) or "unknown",
        outline.method or "unknown",
        str(trainer_number(campaign, model, config.workers)),
        str(mission.rounds.get(model, "none")),
        ranges(campaign.depends_on[model]) or "none",
        *expected,
        safe(", ".join(missing)) or "none",
    ]


def _range(bounds: Range) -> str:
    least, most = bounds
    if most is None:
        return f"at least {least}"
    return f"{least}" if least == most else f"{least}-{most}"


def _notes(config: Config) -> str:
    return (
        "Expected and minimum time are minutes of wall time of the training; under the minimum "
        f"({100 * SHORTEST:g} % of the lower end of what is expected) a training counts as too "
        "short to be real. "
        f"Checkpoints are counted with a heartbeat every {config.heartbeat_seconds:g} s. Worker "
        "N = 1 + (position of the model among all designs - 1) mod workers."
    )
