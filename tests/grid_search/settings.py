"""What a grid design may say."""

from typing import Any, Literal

from pydantic import Field

from assay.methods.base import Range, Settings

FUNCTIONS = {"points": 1, "score": 2, "results": 2}


class Training(Settings):
    """The design's `training` block."""

    most: int = Field(ge=1, description="number of points above which the search is refused")
    order: Literal["forwards", "backwards"] = "forwards"


class Convergence(Settings):
    """The design's `convergence` block."""

    lead: float = Field(0.0, ge=0, description="by how much the best beats the second at least")


def describe(training: Training) -> dict[str, Any]:
    return training.model_dump()


def expected_checkpoints(training: Training, heartbeats: Range) -> Range:
    del training, heartbeats
    return 2, 2
