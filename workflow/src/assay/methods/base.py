"""What passes between methods and those who call them: settings, jobs, challenges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from types import ModuleType

    import numpy as np  # slow to import, and not needed to read a design


Range = tuple[int, int | None]  # least and most; None where nothing bounds it


class Settings(BaseModel):
    """Base of every settings block: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Channel(Protocol):
    """The worker's line to the recorder; every call is cheap."""

    heartbeat_seconds: float

    def phase(self, name: str) -> None:
        """Say what begins now ("build", "compile", "sample", "solve" ...).

        "build", "compile" and "canonicalise" prepare the work; the validator takes other phases
        for the work itself, whose time it compares.
        """

    def progress(self, step: int, of: int | None, **metrics: float) -> None:
        """Report step `step` of `of` with its metrics (loss, draws ...); sent at most 4 per s."""

    def checkpoint(
        self, name: str, arrays: Mapping[str, np.ndarray[Any, Any]], **meta: Any
    ) -> None:
        """Hand a checkpoint to the recorder, which stamps and stores it as `name`.npz."""

    def keep(self, name: str, contents: Callable[[], Mapping[str, np.ndarray[Any, Any]]]) -> None:
        """Have the recorder keep, until training ends, what a resumed run needs under a name.

        It replaces what was kept under that name, and is no evidence.
        """

    def heartbeat_due(self) -> bool:
        """Return True once per heartbeat interval: the moment to write a snapshot."""

    def checkpoint_due(self, name: str) -> bool:
        """Return True if a checkpoint of this name is wanted beside those the design asks for."""


class Quiet:
    """A channel nobody listens to; what it stores, and when, is for subclasses to say."""

    heartbeat_seconds = float("inf")

    def phase(self, name: str) -> None:
        """Ignore it."""

    def progress(self, step: int, of: int | None, **metrics: float) -> None:
        """Ignore it."""

    def checkpoint(
        self, name: str, arrays: Mapping[str, np.ndarray[Any, Any]], **meta: Any
    ) -> None:
        """Ignore it."""

    def keep(self, name: str, contents: Callable[[], Mapping[str, np.ndarray[Any, Any]]]) -> None:
        """Ignore it."""

    def heartbeat_due(self) -> bool:
        """Return False."""
        return False

    def checkpoint_due(self, name: str) -> bool:
        """Return False."""
        del name
        return False


# The part of the steps or replicates that a challenge does again. A validation with one is to cost
# a tenth of a training of over a minute, and reading and checking the evidence takes up to half of
# that; of short runs less is done again, to make up for what starting and compiling takes.
CHALLENGE_SHARE, LEAST_SHARE = 0.05, 0.02


def affordable_share(cpu_seconds: float, fixed_seconds: float) -> float:
    """Return which part of the steps or replicates of a run a challenge does again.

    Args:
        cpu_seconds: what the run took.
        fixed_seconds: what a validation takes however long the run was (import, compile).
    """
    return max(LEAST_SHARE, CHALLENGE_SHARE - fixed_seconds / max(cpu_seconds, 1.0))


@dataclass(frozen=True)
class Challenge:
    """What a validator wants done again, chosen after the evidence was fixed.

    Attributes:
        request: plain JSON values for `replay.replay`: chains, segments or replicates.
        arrays: what doing it needs from the evidence, such as the state to start from.
        share: the part of the training's work that this does again, 0 to 1.
        what: a phrase for people ("chain 2 of 4").
    """

    request: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray[Any, Any]]
    share: float
    what: str


@dataclass(frozen=True)
class Inputs:
    """What model code may read.

    Attributes:
        features: what the features file held.
        design: the design's front matter as a dict.
        upstream: published results (pandas DataFrames) by model number.
    """

    features: Any
    design: dict[str, Any]
    upstream: Mapping[int, Any]


@dataclass(frozen=True)
class Before:
    """What an interrupted run of the same training left behind; empty for a fresh one.

    Attributes:
        checkpoints: the checkpoints on record by name, oldest first, read when asked for.
        kept: what was last handed to `Channel.keep`, by name.
    """

    checkpoints: Mapping[str, Mapping[str, np.ndarray[Any, Any]]] = field(default_factory=dict)
    kept: Mapping[str, Mapping[str, np.ndarray[Any, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One training: the model's code and everything the method may use.

    Attributes:
        model: the imported module of model code; call it through `call` only.
        inputs: what its functions receive.
        training: the method's `Training` settings.
        convergence: the method's `Convergence` settings (for stopping rules).
        seed: hex seed of this training; see `assay.core.seeds`.
        cores: how many processes or threads the method may keep busy.
        channel: progress and checkpoints.
        call: runs a function of the model by name, turning what it raises into a TrainingError.
        before: what an interrupted run left, to go on from; the fit must not depend on it.
    """

    model: ModuleType
    inputs: Inputs
    training: Any
    convergence: Any
    seed: str
    cores: int
    channel: Channel
    call: Callable[..., Any]
    before: Before = field(default_factory=Before)
