"""What a convergence check reports: one criterion, measured and judged."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

Comparison = Literal["<", "<=", ">", ">=", "=="]
Value = float | int | str | None


@dataclass(frozen=True)
class Criterion:
    """One convergence criterion with its measured value and verdict.

    Attributes:
        name: the field's own name (`rhat`, `ess_bulk`, `primal_residual` ...).
        value: what was measured (the worst, where there are many); None if it could not be.
        comparison: how value and threshold are compared.
        threshold: what the protocol or the design requires.
        passed: the verdict. A value that is missing or NaN never passes.
        where: the variable, constraint or replicate that was worst.
        advice: what to do where a gate failed; for a remark, what it means.
        gates: False for a remark that never refuses a result.
    """

    name: str
    value: Value
    comparison: Comparison
    threshold: Value
    passed: bool
    where: str = ""
    advice: str = ""
    gates: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the criterion as plain JSON values; infinities and NaN become strings."""
        record = asdict(self)
        for key in ("value", "threshold"):
            number = record[key]
            if isinstance(number, float) and not math.isfinite(number):
                record[key] = str(number)
        return record


def judge(
    name: str,
    value: Value,
    comparison: Comparison,
    threshold: Value,
    *,
    where: str = "",
    advice: str = "",
    gates: bool = True,
) -> Criterion:
    """Compare a measured value with its threshold; None and NaN fail, whatever the comparison.

    Advice is kept where it is needed: at a gate that failed, or at a remark.
    """
    value, threshold = _plain(value), _plain(threshold)
    passed = _holds(value, comparison, threshold)
    return Criterion(
        name=name,
        value=value,
        comparison=comparison,
        threshold=threshold,
        passed=passed,
        where=where,
        advice="" if passed and gates else advice,
        gates=gates,
    )


def all_passed(criteria: list[Criterion]) -> bool:
    """Return whether there is at least one gate and every gate passed."""
    gates = [criterion for criterion in criteria if criterion.gates]
    return bool(gates) and all(criterion.passed for criterion in gates)


def _plain(value: Value) -> Value:
    """Return numpy's numbers as Python's and truth as 1 or 0: a criterion is plain JSON."""
    plain: Value = getattr(value, "item", lambda: value)()
    return int(plain) if isinstance(plain, bool) else plain


def _holds(value: Value, comparison: Comparison, threshold: Value) -> bool:
    if comparison == "==":
        return value is not None and value == threshold
    if not isinstance(value, (int, float)) or not isinstance(threshold, (int, float)):
        return False
    return {  # with NaN each of them is false
        "<": value < threshold,
        "<=": value <= threshold,
        ">": value > threshold,
        ">=": value >= threshold,
    }[comparison]
