"""A whole campaign from its files: each model's state, and whether there is more to come."""

import os
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from assay.campaign.discovery import Campaign, discover
from assay.core.errors import ConfigError
from assay.core.text import ranges
from assay.core.workspace import Workspace
from assay.watch.files import Files, Stamp, stamp
from assay.watch.model import ModelWatcher
from assay.watch.state import RUNNING, SETTLED, ModelState, Snapshot, State

QUIET = 300.0  # seconds without any sign after which an interrupted campaign counts as ended


class CampaignWatcher:
    """Looks at a workspace again and again.

    Raises (from the start and from `look`):
        ConfigError: there is no such workspace or model, or nothing in it can be read.
    """

    def __init__(self, workspace: Workspace, only: Iterable[int] | None = None) -> None:
        self._workspace = workspace
        self._only = None if only is None else tuple(only)
        self._files = Files()
        self._designs: dict[str, Stamp | None] | None = None
        self._watchers: dict[int, ModelWatcher] = {}
        # Snakemake takes outputs away before it makes them again: that shows on their folders.
        self._folders = [str(workspace.results(1).parent), str(workspace.verdict(1).parent)]
        self._campaign = self._discover()

    def look(self) -> Snapshot:
        """Return the campaign as it is now."""
        self._campaign = self._discover()
        now = time.time()
        states: dict[int, ModelState] = {}
        for model in self._campaign.order:
            watcher = self._watchers.get(model)
            if watcher is None:
                watcher = ModelWatcher(self._workspace, model, self._files)
                self._watchers[model] = watcher
            state = watcher.look(self._campaign.outlines[model], now)
            states[model] = self._among_others(state, states)
        models = tuple(states[model] for model in self._campaign.models)
        return Snapshot(
            at=now,
            models=models,
            ended=self._has_ended(models, now),
            begun=any(model.attempt for model in models),
        )

    def _among_others(self, state: ModelState, before: dict[int, ModelState]) -> ModelState:
        """Return the state of a model that waits for others, or that lost one it reads."""
        if state.state is not State.WAITING:
            return state
        open_ = [
            up
            for up in self._campaign.depends_on[state.model]
            if before[up].state is not State.APPROVED
        ]
        lost = [up for up in open_ if before[up].state in SETTLED]
        if lost:
            one = before[lost[0]].state
            word = "in doubt" if one is State.INVESTIGATE else str(one)  # "model 1 investigate"
            why = word if len(lost) == 1 else "not approved"
            return replace(state, state=State.STRANDED, note=f"{ranges(lost)} {why}")
        if open_:
            return replace(state, state=State.BLOCKED, note=ranges(open_))
        return state

    def _has_ended(self, models: tuple[ModelState, ...], now: float) -> bool:
        """Return whether nothing more is to come.

        Every model has its verdict or cannot get one; or Snakemake wrote the director's summary,
        the last thing it does, after everything else; or what was interrupted has stayed quiet.
        """
        if all(model.state in SETTLED for model in models):
            return True
        if any(model.state in (State.STARTING, State.TRAINING) for model in models):
            return False
        last = max(map(self._last_change, models))
        last = max(last, *(found.modified for path in self._folders if (found := stamp(path))), 0)
        try:
            # The time of change: of an unfinished campaign the summary is given an old date.
            if self._workspace.director_summary.stat().st_ctime_ns >= last:
                return True
        except OSError:  # there is none
            pass
        interrupted = any(model.state is State.INTERRUPTED for model in models)
        waiting = any(model.state in RUNNING and model.silent is None for model in models)
        return interrupted and not waiting and now - last / 1e9 > QUIET

    def _last_change(self, model: ModelState) -> int:
        return self._watchers[model.model].last_change()

    def _discover(self) -> Campaign:
        """Return the models, read again only if a design changed."""
        folder = self._workspace.root / "model"
        designs = _listed(folder)
        if designs == self._designs:
            return self._campaign
        campaign = discover(self._workspace, self._only)
        if not campaign.models:
            raise ConfigError(
                f"{self._workspace.root} has no models: write {folder}/model_design_1.md"
            )
        self._designs = designs
        self._watchers = {m: w for m, w in self._watchers.items() if m in campaign.outlines}
        return campaign


def _listed(folder: Path) -> dict[str, Stamp | None]:
    try:
        with os.scandir(folder) as entries:
            return {e.name: stamp(e.path) for e in entries if e.name.endswith(".md")}
    except (FileNotFoundError, NotADirectoryError) as error:
        message = f"{folder.parent} is no workspace: it has no folder model/"
        raise ConfigError(message) from error
    except OSError as error:
        raise ConfigError(f"{folder} cannot be read: {error.strerror}") from error
