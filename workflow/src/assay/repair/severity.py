"""What counts as critical: only then may a training be repaired instead of reported."""

import math
from collections.abc import Iterable

from assay.core.criteria import Criterion, Value
from assay.core.errors import Category
from assay.core.text import number, pair
from assay.evidence.ledger import Ended

RHAT = 1.3  # between the gate (1.05) and this a failure is ordinary: reported, not repaired
DIVERGENT = 0.1  # of all draws
HOURS = 12.0


def severity(attempt: Ended) -> str:
    """Return why a failed attempt was critical, as a phrase; empty if it was not."""
    failure = attempt.failure
    if failure is None or failure.category is not Category.CONVERGENCE:
        return ""
    if failure.stage == "fit":
        return "sampling failed outright"
    if failure.stage != "convergence":
        return ""
    reasons = [*_rhat(attempt.criteria), *_divergent(attempt.criteria)]
    hours = attempt.wall_seconds / 3600
    if hours >= HOURS:
        reasons.append(f"no convergence after {number(hours)} hours")
    return "; ".join(reasons)


def _rhat(criteria: Iterable[Criterion]) -> list[str]:
    return [
        f"R-hat {pair(value, RHAT)[0]}{_place(criterion)}, above {RHAT:g}"
        for criterion in criteria
        if criterion.name == "rhat" and (value := _float(criterion.value)) > RHAT
    ]


def _divergent(criteria: Iterable[Criterion]) -> list[str]:
    measured = {criterion.name: _float(criterion.value) for criterion in criteria}
    diverged, draws = measured.get("divergences", 0.0), measured.get("draws", 0.0)
    if not (draws > 0 and diverged / draws > DIVERGENT):
        return []
    share, limit = pair(100 * diverged / draws, 100 * DIVERGENT)
    return [f"{share} % of {number(int(draws))} draws diverged, more than {limit} %"]


def _place(criterion: Criterion) -> str:
    return f" ({criterion.where})" if criterion.where else ""


def _float(value: Value) -> float:
    """Return a measured value; what was not measured is NaN, which exceeds nothing."""
    try:
        return math.nan if value is None else float(value)
    except ValueError:
        return math.nan
