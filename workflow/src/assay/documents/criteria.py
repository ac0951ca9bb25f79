"""Convergence criteria in documents: verdicts, the worst one, and tables."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal

from assay.core.criteria import Criterion, Value
from assay.core.text import line, pair, safe, table

Word = Literal["PASS", "FAIL", "NOTE"]


def verdict(criterion: Criterion) -> Word:
    """Return FAIL also where a gate claims to have passed without a measured value."""
    if not criterion.gates:
        return "NOTE"
    return "PASS" if criterion.passed and _is_measured(criterion.value) else "FAIL"


def failed(criteria: Iterable[Criterion]) -> list[Criterion]:
    """Return the gates that failed, in order."""
    return [criterion for criterion in criteria if verdict(criterion) == "FAIL"]


def passed(criteria: Iterable[Criterion]) -> list[Criterion]:
    """Return the gates that passed, in order."""
    return [criterion for criterion in criteria if verdict(criterion) == "PASS"]


def converged(criteria: Sequence[Criterion]) -> bool:
    """Return whether at least one gate was measured and none failed."""
    return bool(passed(criteria)) and not failed(criteria)


def worst(criteria: Iterable[Criterion]) -> Criterion | None:
    """Return the gate that was not measured, failed by most, or came nearest to its threshold."""
    gates = [criterion for criterion in criteria if criterion.gates]
    if not gates:
        return None
    return max(gates, key=lambda gate: (not _is_measured(gate.value), _is_bad(gate), _strain(gate)))


def brief(criterion: Criterion) -> str:
    """Return "rhat 1.012 < 1.05 (tau)", or of a failure "rhat 1.2, not < 1.05", as plain text."""
    value, threshold = pair(criterion.value, criterion.threshold)
    joint = " " if criterion.passed and _is_measured(criterion.value) else ", not "
    where = f" ({line(criterion.where)})" if criterion.where else ""
    judged = f"{line(value)}{joint}{criterion.comparison} {line(threshold)}"
    return f"{line(criterion.name)} {judged}{where}"


def criteria_table(criteria: Iterable[Criterion]) -> str:
    """Return a Markdown table of all criteria: value, comparison, threshold, verdict, where."""
    return table(
        ["Criterion", "Value", "Comparison", "Threshold", "Verdict", "Where"],
        (
            [
                safe(criterion.name),
                *_values(criterion),
                verdict(criterion),
                safe(criterion.where),
            ]
            for criterion in criteria
        ),
    )


def _values(criterion: Criterion) -> tuple[str, str, str]:
    value, threshold = pair(criterion.value, criterion.threshold)
    return safe(value), criterion.comparison, safe(threshold)


def _is_measured(value: Value) -> bool:
    if isinstance(value, str):
        return value.strip().lower() != "nan"
    return value is not None and not math.isnan(value)


def _is_bad(criterion: Criterion) -> bool:
    return verdict(criterion) == "FAIL"


def _strain(criterion: Criterion) -> float:
    """Return how much of its allowance a criterion uses up: 1 is the threshold, more is worse."""
    value, threshold = _as_float(criterion.value), _as_float(criterion.threshold)
    if math.isnan(value) or math.isnan(threshold) or criterion.comparison == "==":
        return 0.0 if verdict(criterion) == "PASS" else math.inf
    best = 1.0 if criterion.name.startswith("rhat") else 0.0  # R-hat is 1 at best, not 0
    part, whole = value - best, threshold - best
    if criterion.comparison.startswith(">"):
        part, whole = whole, part
    if whole <= 0:
        return 0.0 if verdict(criterion) == "PASS" else math.inf
    return part / whole


def _as_float(value: Value) -> float:
    try:
        return math.nan if value is None else float(value)
    except ValueError:
        return math.nan
