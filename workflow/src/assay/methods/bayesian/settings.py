"""What a bayesian design may say."""

from typing import Any, Literal

from pydantic import Field

from assay.methods.base import Range, Settings

FUNCTIONS = {"build": 1, "results": 2}


class Training(Settings):
    """The design's `training` block."""

    draws: int = Field(1000, ge=4, description="kept draws per chain")
    tune: int = Field(1000, ge=1, description="discarded adaptation draws per chain")
    chains: int = Field(4, ge=2, description="independent chains; R-hat needs at least two")
    target_accept: float = Field(0.95, gt=0.5, lt=1, description="target acceptance of NUTS")
    sampler: Literal["nutpie", "pymc"] = "nutpie"


class Convergence(Settings):
    """The design's `convergence` block: the protocol's thresholds, which may only be tightened."""

    rhat: float = Field(1.05, gt=1, le=1.05, description="rank-normalised split R-hat stays below")
    ess: float = Field(400, ge=400, description="bulk and tail effective sample size stay above")
    ebfmi: float = Field(0.3, ge=0.3, lt=2, description="E-BFMI of every chain stays above")


def describe(training: Training) -> dict[str, Any]:
    """Return the parameters for reports, in reading order."""
    return training.model_dump()


def expected_checkpoints(training: Training, heartbeats: Range) -> Range:
    """Return how many: one for each finished chain, and all draws so far at each heartbeat."""
    least, most = heartbeats
    return training.chains + least, None if most is None else training.chains + most
