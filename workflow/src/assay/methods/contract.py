"""What a method is: a package with one module for each of these Protocols.

They are apart so that each step imports only what it needs: the settings are read while planning,
models are trained and done again in workers, and the validator never imports model code.

Each function takes the method's own settings where `Settings` stands here, and settings come from
the design, which was read with those of its method. In `recompute` and `replay` a criterion that
gates refuses a run; one that does not leaves a doubt.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from assay.core.criteria import Criterion
from assay.core.fit import Fit
from assay.methods.base import CHALLENGE_SHARE, Challenge, Job, Range, Settings
from assay.methods.traits import Traits
from assay.methods.variants import Lazy

Array = np.ndarray[Any, Any]
Checkpoints = Mapping[str, Mapping[str, Array]]  # oldest first, by `Channel.checkpoint`'s names


class TraitsModule(Protocol):
    """`traits`: how the method differs from others; imports nothing else."""

    TRAITS: Traits


class SettingsModule(Protocol):
    """`settings`: what a design may say; light, for every design is read with it.

    Attributes:
        Training: the design's block `training`.
        Convergence: the design's block `convergence`; its defaults are the protocol's thresholds.
        FUNCTIONS: the functions that model code must define, with their numbers of arguments.
    """

    Training: type[Settings]
    Convergence: type[Settings]
    FUNCTIONS: Mapping[str, int]

    def describe(self, training: Settings) -> dict[str, Any]:
        """Return the training's parameters for reports, in reading order, as plain JSON values."""

    def expected_checkpoints(self, training: Settings, heartbeats: Range) -> Range:
        """Return how many checkpoints a training leaves in which that many heartbeats fall."""


class FitModule(Protocol):
    """`fit`: training; runs in the worker, the only place that sees model code.

    Attributes:
        SEEN: how the names of those arrays of a fit begin that `results` is given.
    """

    SEEN: tuple[str, ...]

    def fit(self, job: Job) -> Fit:
        """Train.

        Raises:
            TrainingError: it failed, or model code did.
        """

    def view(self, fit: Fit, rng: np.random.Generator) -> object:
        """Return what the model's `results` receives, made of the arrays in `SEEN`."""


class DiagnoseModule(Protocol):
    """`diagnose`: convergence; runs in the recorder, and again in the validator."""

    def diagnose(self, fit: Fit, training: Settings, convergence: Settings) -> list[Criterion]:
        """Measure and judge every criterion of convergence."""


class RecomputeModule(Protocol):
    """`recompute`: what the validator itself does, with the evidence alone.

    Attributes:
        FIXED_SECONDS: what a validation takes beside a challenge, however long the run was.
    """

    FIXED_SECONDS: float

    def challenge(
        self,
        fit: Fit,
        training: Settings,
        checkpoints: Checkpoints,
        rng: np.random.Generator,
        share: float = CHALLENGE_SHARE,
    ) -> Challenge | None:
        """Pick what is to be done again, about `share` of it; None if there is no part to pick."""

    def compare(
        self,
        challenge: Challenge,
        fit: Fit,
        checkpoints: Checkpoints,
        replayed: Mapping[str, Array],
    ) -> list[Criterion]:
        """Hold what came of a challenge against the evidence, bit for bit."""

    def agree(self, fit: Fit, fresh: Fit, training: Settings) -> list[Criterion]:
        """Compare a fit with one of a fresh run where bits need not agree."""

    def inspect(self, fit: Fit, training: Settings, checkpoints: Checkpoints) -> list[Criterion]:
        """Find what contradicts itself in fit and checkpoints."""


class ReplayModule(Protocol):
    """`replay`: what a worker of the validator's does, with the model."""

    def replay(
        self, job: Job, request: Mapping[str, Any], arrays: Mapping[str, Array]
    ) -> dict[str, Array]:
        """Do again what a challenge asks for."""

    def certify(
        self, job: Job, fit: Fit, rng: np.random.Generator | None = None
    ) -> list[Criterion]:
        """Show on the model itself that a fit is one of its answers.

        Args:
            job: the training.
            fit: what was stored.
            rng: draws the points to look at where all would be too many; None looks at all.
        """

    def perturb(self, fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
        """Return other fits of the same shape, on which `results` must give other numbers."""

    def distort(self, fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
        """Return fits that need not make sense, on which ranks and labels must change."""
