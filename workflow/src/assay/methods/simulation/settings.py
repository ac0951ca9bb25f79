"""What a simulation design may say."""

from typing import Any

from pydantic import Field, model_validator

from assay.methods.base import Range, Settings
from assay.methods.simulation.batches import batch_ends

FUNCTIONS = {"simulate": 2, "results": 2}


class Precision(Settings):
    """Half-width wanted of a mean's 95 % Monte-Carlo interval: relative to the mean or absolute."""

    rel: float | None = Field(None, gt=0, lt=1)
    abs: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _one_of_two(self) -> "Precision":
        if (self.rel is None) == (self.abs is None):
            raise ValueError("give exactly one of rel and abs")
        return self


class Training(Settings):
    """The design's `training` block."""

    replicates: int = Field(1000, ge=4, description="independent replicates, or how many at least")
    precision: dict[str, Precision] = Field(
        default_factory=dict, description="by output: go on until the mean is this precise"
    )
    max_replicates: int | None = Field(
        None, ge=4, description="give up on precision here; by default ten times replicates"
    )
    series: tuple[str, ...] = Field((), description="outputs that are stationary time series")

    @model_validator(mode="after")
    def _room_to_go_on(self) -> "Training":
        if self.max_replicates is not None and self.max_replicates < self.replicates:
            raise ValueError("max_replicates is smaller than replicates")
        return self

    @property
    def most_replicates(self) -> int:
        """Return the number of replicates at which training ends at the latest."""
        if not self.precision:
            return self.replicates
        return self.max_replicates or 10 * self.replicates


class Convergence(Settings):
    """The design's `convergence` block."""

    mcse_over_sd: float = Field(
        0.05, gt=0, le=0.05, description="Monte-Carlo error of every mean over its sd"
    )


def describe(training: Training) -> dict[str, Any]:
    """Return the parameters for reports, in reading order."""
    return training.model_dump(mode="json")


def expected_checkpoints(training: Training, heartbeats: Range) -> Range:
    """Return how many: one for each batch of replicates."""
    del heartbeats
    ends = batch_ends(training)
    return ends.index(training.replicates) + 1, len(ends)
