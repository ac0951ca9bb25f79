"""`completion_{i}.md`: the protocol's completion report of one trained model."""

from collections.abc import Collection

from assay.core.errors import AssayError
from assay.core.text import agent, document, expectation, line, minutes, safe, utc
from assay.documents.criteria import converged
from assay.evidence.outcome import Outcome
from assay.methods import METHODS, traits_of

_STATUS = "COMPLETE - Ready for next model or Phase 5.5 validation."
_STATUS_BY_VERDICT = {
    "APPROVE": "COMPLETE - Ready for next model. Phase 5.5 validation: APPROVE.",
    "REJECT": "REJECTED - Phase 5.5 validation: REJECT. The results must not be used.",
    "INVESTIGATE": "NOT APPROVED - Phase 5.5 validation: INVESTIGATE. Do not use the results yet.",
}


def completion_report(
    outcome: Outcome,
    trainer: int,
    expected_minutes: tuple[float, float] | None,
    verdict: str | None = None,
    *,
    provisional: str = "",
    found: Collection[str] | None = None,
    may_be_negative: Collection[str] | None = None,
    without_range: Collection[str] | None = None,
) -> str:
    """Return the report in the protocol's format, filled with what was measured.

    Args:
        outcome: of a training that succeeded.
        trainer: number N of the agent model_trainer{N}.
        expected_minutes: the design's minimum and maximum; None if it says `auto`.
        verdict: APPROVE, REJECT or INVESTIGATE; None before validation.
        provisional: why the results await the director's decision, a clause; empty if they do not.
        found: names of output files that are on disk; None if nobody looked.
        may_be_negative: numeric columns whose `min` the design takes away; None if not known.
        without_range: numeric columns without a declared `max`; None if not known.

    Raises:
        AssayError: the training failed, so that there is nothing complete to report.
    """
    if outcome.status != "trained":
        raise AssayError(
            f"model {outcome.model} is not trained, so it has no completion report; "
            f"see incident_{outcome.model}.md"
        )
    return document(
        f"Director, Model {outcome.model} Training Complete.",
        _section("Model Summary", *_summary(outcome)),
        _section("Training Results", *_results(outcome)),
        _section("Output Files", *_files(outcome, found)),
        _section(
            "Sanity Checks",
            f"No negative values: {_sanity(outcome, may_be_negative, 'min 0')}",
            f"No NaN/Inf: {_mark(bool(outcome.results_digest))}",
            f"Reasonable ranges: {_sanity(outcome, without_range, 'max')}",
        ),
        "## Status\n" + _status(outcome, verdict, provisional),
        _section(
            "Timing",
            f"Start: {utc(outcome.timing.started)}",
            f"End: {utc(outcome.timing.finished)}",
            f"Duration: {minutes(outcome.timing.wall_seconds)} minutes",
            f"Expected: {expectation(expected_minutes)}",
        ),
        f"Reported by {agent(trainer)}.",
    )


def _summary(outcome: Outcome) -> tuple[str, ...]:
    return (
        f"Model ID: {outcome.model}",
        f"Model Type: {safe(outcome.title) or outcome.method}",
        f"Training Method: {_title(outcome.method)}",
    )


def _title(method: str) -> str:
    """Return the protocol's word for a method; of one that this assay does not know, its name."""
    return traits_of(method).title if method in METHODS else safe(method)


def _results(outcome: Outcome) -> tuple[str, ...]:
    achieved = "✅ Achieved" if converged(outcome.criteria) else "❌ Failed"
    if not outcome.criteria:
        achieved += " (nothing was measured)"
    return (
        f"Training Time: {outcome.timing.wall_seconds / 3600:.2f} hours",
        f"Convergence: {achieved}",
        f"Iterations Completed: {safe(outcome.iterations) or 'not recorded'}",
    )


def _files(outcome: Outcome, found: Collection[str] | None) -> tuple[str, ...]:
    model = outcome.model
    shape = f" ({outcome.rows} rows, {outcome.columns} columns)"
    names = f"results_{model}.csv", f"training_{model}.log", f"convergence_{model}.log"
    if found is None:
        created = _mark(bool(outcome.results_digest)) + " Created" + shape
        return f"{names[0]}: {created}", *(f"{name}: not looked for" for name in names[1:])
    shapes = (shape, "", "")
    return tuple(
        f"{name}: ✅ Created{more}" if name in found else f"{name}: ❌ Missing"
        for name, more in zip(names, shapes, strict=True)
    )


def _sanity(outcome: Outcome, exceptions: Collection[str] | None, bound: str) -> str:
    """Return the mark of a check that only covers columns with a declared bound."""
    if not outcome.results_digest:
        return _mark(False)
    if exceptions is None:
        return f"✅ (in every column with a declared {bound})"
    if not exceptions:
        return "✅"
    columns = ", ".join(safe(column) for column in sorted(exceptions))
    return f"✅ (not checked where the design declares no {bound}: {columns})"


def _status(outcome: Outcome, verdict: str | None, provisional: str) -> str:
    if not converged(outcome.criteria) or not outcome.results_digest:
        return "NOT COMPLETE - convergence or results are not on record; do not use the results."
    if provisional and verdict in (None, "APPROVE"):
        validated = "not validated yet" if verdict is None else "Phase 5.5 validation: APPROVE"
        return f"PROVISIONAL ({validated}) - {safe(provisional)}."
    if verdict is None:
        return _STATUS
    other = f"NOT APPROVED - Phase 5.5 validation: {line(verdict)}."
    return _STATUS_BY_VERDICT.get(verdict, other)


def _mark(good: bool) -> str:
    return "✅" if good else "❌"


def _section(title: str, *items: str) -> str:
    return f"## {title}\n" + "\n".join(f"- {item}" for item in items)
