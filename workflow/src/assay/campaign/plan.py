"""The plan of a campaign: everything the rules look up, from files that exist beforehand.

Nothing here reads the clock. Work per model stays small, for the Snakefile is parsed in every
cluster job and a campaign may have thousands of models.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from assay.campaign.audit import Alarm, audit
from assay.campaign.discovery import Campaign, discover, trainer_number
from assay.campaign.problems import all_problems
from assay.campaign.source_digest import rule_digest, training_digest
from assay.core.config import CONFIG_FILE, Config, load_config
from assay.core.errors import ConfigError
from assay.core.files import digest_file
from assay.core.workspace import Workspace
from assay.methods import traits_of
from assay.modelcode.check import helper_files

DEFAULT_MEMORY_MB = 2000
DEFAULT_MINUTES = 24 * 60
KINDS = ("results", "training_log", "convergence_log", "verdict", "completion")
Group = tuple[int, str]


@dataclass(frozen=True)
class Plan:
    """Look-ups for the rules.

    Attributes:
        config: the typed configuration.
        workspace: where the models live.
        campaign: the models and how they depend on each other.
        broken: problems of each broken model, found without training anything.
        demonstration_last_year: last Games used as data, where this is the demonstration.
        demonstration: the models whose features the workflow builds.
        alarms: models of which something changed behind Snakemake's back.
    """

    config: Config
    workspace: Workspace
    campaign: Campaign
    broken: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    demonstration_last_year: int = 0
    demonstration: tuple[int, ...] = ()
    alarms: Mapping[int, Alarm] = field(default_factory=dict)

    @property
    def models(self) -> tuple[int, ...]:
        """Return the models of this campaign."""
        return self.campaign.models

    @cached_property
    def targets(self) -> list[str]:
        """Return every file the whole campaign makes."""
        files = [self.workspace.mission_analysis]
        for kind in KINDS:
            files += [getattr(self.workspace, kind)(model) for model in self.models]
        files += [self.workspace.consultation(*group) for group in self._groups]
        return [str(path) for path in (*files, self.workspace.director_summary)]

    def problem_lines(self) -> list[str]:
        """Return all problems of all models, a line each, and what is no longer vouched for."""
        lines = [line for lines in self.broken.values() for line in lines]
        return lines + [alarm.line(model) for model, alarm in self.alarms.items()]

    @property
    def forced(self) -> frozenset[str]:
        """Return outputs to be made again although Snakemake may think they are up to date."""
        return frozenset(
            str(self.workspace.outcome(model) if alarm.inputs else self.workspace.verdict(model))
            for model, alarm in self.alarms.items()
        )

    def title(self, model: int) -> str:
        """Return a model's title."""
        return str(self.campaign.outlines[model].title)

    def problems(self, model: int) -> list[str]:
        """Return what is wrong with a model's place among the others."""
        return list(self.campaign.problems.get(model, ()))

    def trainer(self, model: int) -> int:
        """Return the number N of the worker that a model counts for."""
        return trainer_number(self.campaign, model, self.config.workers)

    def threads(self, model: int) -> int:
        """Return the cores a model's training may keep busy."""
        outline = self.campaign.outlines[model]
        usual = traits_of(outline.method).default_threads if outline.method else 1
        return int(outline.resources.get("threads") or usual)

    def memory_mb(self, model: int, attempt: int = 1) -> int:
        """Return the memory to ask a scheduler for; each further attempt asks for as much more."""
        memory = self.campaign.outlines[model].resources.get("memory_mb")
        return int(memory or DEFAULT_MEMORY_MB) * attempt

    def runtime_minutes(self, model: int, attempt: int = 1) -> int:
        """Return the time to ask a scheduler for; each further attempt asks for as much more."""
        minutes = self.campaign.outlines[model].resources.get("minutes")
        return int(minutes or DEFAULT_MINUTES) * attempt

    def training_source(self, model: int) -> str:
        """Return the digest of assay's own source as far as it trains this model."""
        return training_digest(self.campaign.outlines[model].method)

    def training_inputs(self, wildcards: Any) -> dict[str, Any]:
        """Return the input files of a training; a missing one is left to admission to report."""
        model = int(wildcards.model)
        if model not in self.campaign.outlines:
            raise ConfigError(
                f"there is no model {model}: {self.workspace.design(model)} does not exist"
            )
        named = {"design": [str(self.workspace.design(model))]}
        named["code"] = [str(path) for path in self._code(model)]
        named["features"] = [str(path) for path in self._features(model)]
        upstream = self.campaign.depends_on.get(model, ())
        named["upstream"] = [str(self.workspace.results(number)) for number in upstream]
        named["approved"] = [str(self.workspace.approval(number)) for number in upstream]
        return named

    @property
    def input_files(self) -> dict[int, dict[str, Path]]:
        """Return, by model, the files that exist beforehand, by the names of their digests."""
        return {model: self._input_files(model) for model in self.models}

    def _input_files(self, model: int) -> dict[str, Path]:
        folder = self.workspace.code_folder
        files = {"design": self.workspace.design(model)}
        files |= {f"code/{p.relative_to(folder).as_posix()}": p for p in self._code(model)}
        for path in self._features(model)[:1]:
            files["features"] = path
        return files

    def input_digests(self, model: int) -> dict[str, str]:
        """Return the digests of what the user wrote; features built by a rule count by builder."""
        paths = [self.workspace.design(model), *self._code(model)]
        if model in self.demonstration:
            built = {"builder": rule_digest("build_features")}
        else:
            built = {path.name: digest_file(path) for path in self._features(model)}
        return {path.name: digest_file(path) for path in paths} | built

    def consulted(self, wildcards: Any) -> list[str]:
        """Return what one consultation waits for.

        For a single model its approval, so that a failed or rejected one gets none; where models
        share a consultation, their outcomes, so that one that failed does not block the others.
        """
        models = self.consulted_models(wildcards)
        files = [self.workspace.outcome(model) for model in models]
        files += [self.workspace.approval(model) for model in models if len(models) == 1]
        return [str(path) for path in files]

    def consulted_models(self, wildcards: Any) -> list[int]:
        """Return the models that share one consultation."""
        return self._groups.get((int(wildcards.trainer), wildcards.stamp), [])

    @cached_property
    def demonstration_mtime(self) -> int:
        """Return the time that stands for the demonstration's features, in nanoseconds."""
        return self.workspace.demonstration.stat().st_mtime_ns

    @cached_property
    def _groups(self) -> dict[Group, list[int]]:
        """Return the models of each consultation, by worker and time stamp."""
        config = CONFIG_FILE.stat().st_mtime if CONFIG_FILE.exists() else 0.0
        designs = {m: self.workspace.design(m).stat().st_mtime for m in self.models}
        groups: dict[Group, list[int]] = {}
        for model in self.models:
            times = [config, designs[model], self._features_mtime(model)]
            times += [designs[up] for up in self.campaign.upstream[model]]
            times += [path.stat().st_mtime for path in self._code(model)]
            stamp = datetime.fromtimestamp(max(times), UTC).strftime("%Y-%m-%dT%H-%M-%S")
            groups.setdefault((self.trainer(model), stamp), []).append(model)
        return groups

    def _code(self, model: int) -> list[Path]:
        code = self.workspace.code(model)
        return [code, *helper_files(code)] if code.exists() else []

    def _features(self, model: int) -> list[Path]:
        pickle, parquet = self.workspace.features_candidates(model)
        if model in self.demonstration:
            return [pickle]
        return [path for path in (pickle, parquet) if path.exists()]

    def _features_mtime(self, model: int) -> float:
        if model in self.demonstration:
            return self.demonstration_mtime / 1e9
        return max((path.stat().st_mtime for path in self._features(model)), default=0.0)


def make_plan(settings: Mapping[str, Any], *, check: bool = True) -> Plan:
    """Return the plan for a configuration as Snakemake gives it.

    Args:
        settings: the configuration.
        check: whether to look for problems of all models, about 1 ms a model; not for cluster
            jobs, which parse the Snakefile again.

    Raises:
        ConfigError: the configuration is wrong, or there is no such workspace.
    """
    config = load_config(settings)
    workspace = Workspace(Path(config.workspace))
    if set("{}") & set(config.workspace):
        raise ConfigError(f"workspace: {config.workspace} has braces in its name; rename it")
    if not (workspace.root / "model").is_dir():
        raise ConfigError(
            f"workspace: {workspace.root} has no folder model/; put the designs "
            "model_design_1.md, ... there, or give the right folder (--config workspace=PATH)"
        )
    campaign = discover(workspace, config.models)
    last_year, demonstration = _demonstration(workspace, campaign)
    found = all_problems(workspace, campaign, built=demonstration) if check else {}
    broken = {model: tuple(lines) for model, lines in found.items() if lines}
    plan = Plan(config, workspace, campaign, broken, last_year, demonstration)
    return replace(plan, alarms=audit(workspace, plan.input_files)) if check else plan


def _demonstration(workspace: Workspace, campaign: Campaign) -> tuple[int, tuple[int, ...]]:
    """Return the last year of data and the models that are the demonstration's own by title."""
    if not workspace.demonstration.exists():
        return 0, ()
    marked = yaml.safe_load(workspace.demonstration.read_text(encoding="utf-8"))
    own = (
        model
        for model, title in marked["models"].items()
        if model in campaign.outlines and campaign.outlines[model].title == title
    )
    return int(marked["last_year"]), tuple(sorted(own))
