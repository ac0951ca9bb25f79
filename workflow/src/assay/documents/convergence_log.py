"""`convergence_{i}.log`: every criterion of one training, as plain text."""

from assay.core.criteria import Criterion
from assay.core.text import aligned, count, line, pair, utc
from assay.documents.criteria import failed, passed, verdict
from assay.evidence.outcome import Outcome

_HEADER = ("verdict", "criterion", "value", "required", "where", "advice")


def convergence_log(outcome: Outcome) -> str:
    """Return the log: what was measured against what is required, and the verdict.

    PASS and FAIL are gates; a NOTE never refuses a result.
    """
    title = f": {line(outcome.title)}" if outcome.title else ""
    lines = [
        f"Convergence of model {outcome.model}{title}",
        f"method {outcome.method or 'unknown'}, attempt {outcome.attempt}, "
        f"finished {utc(outcome.timing.finished)}",
        "",
    ]
    if outcome.criteria:
        lines += aligned([_HEADER, *map(_row, outcome.criteria)], right=(2,))
        lines.append("")
    lines.append(_closing(outcome))
    return "\n".join(lines) + "\n"


def _row(criterion: Criterion) -> tuple[str, ...]:
    value, threshold = pair(criterion.value, criterion.threshold)
    return (
        verdict(criterion),
        line(criterion.name),
        line(value),
        f"{criterion.comparison} {line(threshold)}",
        line(criterion.where) or "-",
        line(criterion.advice),
    )


def _closing(outcome: Outcome) -> str:
    bad, good = failed(outcome.criteria), passed(outcome.criteria)
    if not bad and not good:
        return f"NOT CONVERGED: nothing was measured. {_why_not(outcome)}"
    if bad:
        names = ", ".join(line(criterion.name) for criterion in bad)
        gates = count(len(bad) + len(good), "gate")
        return f"NOT CONVERGED: {len(bad)} of {gates} failed ({names}). Nothing is published."
    text = f"CONVERGED: {_all(len(good))} passed."
    if outcome.failure is not None and outcome.failure.stage != "convergence":
        text += f" But training failed afterwards: {_why_not(outcome)}"
    return text


def _all(gates: int) -> str:
    return "the one gate" if gates == 1 else f"all {gates} gates"


def _why_not(outcome: Outcome) -> str:
    if outcome.failure is None:
        return "The record names no failure."
    return f"Stage {line(outcome.failure.stage)}: {line(outcome.failure.summary)}"
