"""What an iterative design may say."""

from typing import Any

from pydantic import Field

from assay.methods.base import Range, Settings

FUNCTIONS = {"init": 2, "step": 3, "results": 2}


class Training(Settings):
    """The design's `training` block."""

    max_steps: int = Field(ge=2, description="steps after which training fails if not converged")
    tolerance: float = Field(1e-8, gt=0, le=1e-2, description="relative change of the loss")
    checkpoint_every: int | None = Field(
        None, ge=1, description="steps between stored states; by default a twentieth of max_steps"
    )
    restarts: int = Field(0, ge=0, description="further starts that must reach the same loss")

    @property
    def checkpoint_steps(self) -> int:
        """Return the number of steps between checkpoints."""
        return self.checkpoint_every or max(1, self.max_steps // 20)


class Convergence(Settings):
    """The design's `convergence` block."""

    grad_norm: float | None = Field(None, gt=0, description="gradient norm at the end stays below")


def describe(training: Training) -> dict[str, Any]:
    """Return the parameters for reports, in reading order."""
    return {**training.model_dump(), "checkpoint_every": training.checkpoint_steps}


def expected_checkpoints(training: Training, heartbeats: Range) -> Range:
    """Return how many: of every start the first state, and one every so many steps."""
    del heartbeats
    starts = 1 + training.restarts
    stored = -(-training.max_steps // training.checkpoint_steps)
    return 2 * starts, (1 + stored) * starts
