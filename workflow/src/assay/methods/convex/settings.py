"""What a convex design may say."""

from typing import Any, Literal

from pydantic import Field, field_validator

from assay.methods.base import Range, Settings

FUNCTIONS = {"build": 1, "results": 2}
MIP_GAP = 1e-6  # a branch-and-bound solver is asked for no smaller relative gap


class Training(Settings):
    """The design's `training` block."""

    solver: Literal["CLARABEL", "HIGHS", "OSQP", "SCS", "SCIP"] | None = Field(
        None, description="which solver answers first; by default chosen by problem class"
    )
    tolerance: float = Field(
        1e-8,
        gt=0,
        le=1e-4,
        description="every number of the certificate, relative; for mixed-integer problems the "
        "gap to the bound may be 1e-6",
    )

    @field_validator("solver", mode="before")
    @classmethod
    def _in_capitals(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value


class Convergence(Settings):
    """The design's `convergence` block: the certificate's tolerance is a training setting."""


def describe(training: Training) -> dict[str, Any]:
    """Return the parameters for reports, in reading order."""
    return {"solver": training.solver or "by problem class", "tolerance": training.tolerance}


def expected_checkpoints(training: Training, heartbeats: Range) -> Range:
    """Return how many: the standard form, and each answer of however many solvers."""
    del training, heartbeats
    return 2, None
