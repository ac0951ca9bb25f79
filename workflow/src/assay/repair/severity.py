"""What counts as critical: only then may a training be repaired instead of reported."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from assay.core.errors import Category
from assay.core.text import number, pair

RHAT = 1.3  # between the gate (1.05) and this a failure is ordinary: reported, not repaired
DIVERGENT = 0.1  # of all draws
HOURS = 12.0


def severity(attempt: Mapping[str, Any]) -> str:
    """Return why a failed attempt was critical, as a phrase; empty if it was not.

    Args:
        attempt: what the ledger holds of its end: `failure` (category and stage), `criteria`
            (with name, value and where), `wall_seconds`.
    """
    failure = attempt.get("failure")
    if not isinstance(failure, Mapping) or failure.get("category") != Category.CONVERGENCE:
        return ""
    if failure.get("stage") == "fit":
        return "sampling failed outright"
    if failure.get("stage") != "convergence":
        return ""
    reasons = [*_rhat(attempt["criteria"]), *_divergent(attempt["criteria"])]
    hours = float(attempt.get("wall_seconds") or 0) / 3600
    if hours >= HOURS:
        reasons.append(f"no convergence after {number(hours)} hours")
    return "; ".join(reasons)


def _rhat(criteria: Iterable[Mapping[str, Any]]) -> list[str]:
    return [
        f"R-hat {pair(value, RHAT)[0]}{_place(criterion)}, above {RHAT:g}"
        for criterion in criteria
        if criterion["name"] == "rhat" and (value := _float(criterion["value"])) > RHAT
    ]


def _divergent(criteria: Iterable[Mapping[str, Any]]) -> list[str]:
    measured = {criterion["name"]: _float(criterion["value"]) for criterion in criteria}
    diverged, draws = measured.get("divergences", 0.0), measured.get("draws", 0.0)
    if not (draws > 0 and diverged / draws > DIVERGENT):
        return []
    share, limit = pair(100 * diverged / draws, 100 * DIVERGENT)
    return [f"{share} % of {number(int(draws))} draws diverged, more than {limit} %"]


def _place(criterion: Mapping[str, Any]) -> str:
    return f" ({criterion['where']})" if criterion.get("where") else ""


def _float(value: Any) -> float:
    """Return a measured value; what was not measured is NaN, which exceeds nothing."""
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError):
        return math.nan
