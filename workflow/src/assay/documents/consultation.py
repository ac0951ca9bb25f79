"""The consultation document: what one training was asked to do, did, used and met on the way."""

from collections.abc import Sequence

from assay.core.text import (
    agent,
    code,
    count,
    document,
    duration,
    expectation,
    minutes,
    plain,
    safe,
    size,
    table,
    utc,
)
from assay.design.schema import SHORTEST
from assay.documents.criteria import converged, criteria_table, failed
from assay.evidence.outcome import Outcome


def consultation(
    outcome: Outcome,
    trainer: int,
    expected_minutes: tuple[float, float] | None,
    files: Sequence[str],
) -> str:
    """Return the document, of a successful or a failed training alike.

    Args:
        outcome: how the training ended.
        trainer: number N of the agent model_trainer{N}.
        expected_minutes: the design's minimum and maximum; None if it says `auto`.
        files: paths of the output files created, relative to the workspace.
    """
    title = f", {safe(outcome.title)}" if outcome.title else ""
    return document(
        f"# Consultation: model {outcome.model}{title}",
        f"Phase 5, {agent(trainer)}, attempt {outcome.attempt}. {_ending(outcome)}",
        "## Training duration",
        _times(outcome, expected_minutes),
        "## Model type and parameters",
        _parameters(outcome),
        "## Convergence status",
        _convergence(outcome),
        "## Output files created",
        _files(outcome, files),
        "## Issues encountered",
        _issues(outcome, expected_minutes),
        "## Inputs and seed",
        _inputs(outcome),
    )


def _ending(outcome: Outcome) -> str:
    if outcome.failure is not None:
        report = f"incident_{outcome.model}.md"
        return f"**Training failed; nothing is published.** See [{report}](../reports/{report})."
    return "Training succeeded."


def _times(outcome: Outcome, expected_minutes: tuple[float, float] | None) -> str:
    timing = outcome.timing
    rows = [
        ["Requested", utc(timing.requested)],
        ["Started", utc(timing.started)],
        ["Finished", utc(timing.finished)],
        ["Duration", f"{minutes(timing.wall_seconds)} minutes"],
        ["Expected", expectation(expected_minutes)],
        *([f"of which {safe(name)}", duration(spent)] for name, spent in timing.phases.items()),
        ["Processor time", _with_source(duration(timing.cpu_seconds), timing.cpu_source)],
        ["Peak memory", _with_source(size(timing.peak_rss_bytes), timing.rss_source)],
    ]
    return table(["Measure", "Value"], rows)


def _parameters(outcome: Outcome) -> str:
    rows = [
        ["type", safe(outcome.title) or "not known"],
        ["method", safe(outcome.method) or "not known"],
        *([safe(name), safe(plain(value))] for name, value in outcome.parameters.items()),
        ["iterations completed", safe(outcome.iterations) or "none"],
        ["checkpoints", f"{outcome.checkpoints:,}"],
    ]
    return table(["Parameter", "Value"], rows)


def _convergence(outcome: Outcome) -> str:
    if not outcome.criteria:
        return "Nothing was measured: training ended before convergence could be judged."
    verdict = "Converged." if converged(outcome.criteria) else "**Not converged.**"
    return f"{verdict}\n\n{criteria_table(outcome.criteria)}"


def _files(outcome: Outcome, files: Sequence[str]) -> str:
    results = f"results_{outcome.model}.csv"
    items = []
    for name in files:
        shape = ""
        if name.rsplit("/", 1)[-1] == results and outcome.results_digest:
            shape = f" ({count(outcome.rows, 'row')}, {count(outcome.columns, 'column')}; "
            shape += f"{safe(outcome.results_digest)})"
        items.append(f"- {code(name)}{shape}")
    return "\n".join(items) or "None."


def _issues(outcome: Outcome, expected_minutes: tuple[float, float] | None) -> str:
    items = []
    if outcome.failure is not None:
        items.append(f"Failed at stage {outcome.failure.stage}: {outcome.failure.summary}")
        items += outcome.failure.violations
    items += outcome.issues
    items += [f"{gate.name}: {gate.advice}" for gate in failed(outcome.criteria) if gate.advice]
    if outcome.failure is None:
        items += _time_issues(outcome.timing.wall_seconds / 60, expected_minutes)
    return "\n".join(f"- {safe(item)}" for item in items) or "None."


def _time_issues(measured: float, expected_minutes: tuple[float, float] | None) -> list[str]:
    if expected_minutes is None:
        return []
    least, most = expected_minutes
    took = f"training took {duration(60 * measured)}"  # seconds: 0.05 minutes may be 0.047
    if measured < SHORTEST * least:
        return [
            f"{took}, under {100 * SHORTEST:g} % of the least time expected "
            f"({duration(60 * least)}), which the protocol rejects as too short"
        ]
    if measured < least:
        return [f"{took}, less than the least time expected ({duration(60 * least)})"]
    if measured > most:
        return [f"{took}, more than the most time expected ({duration(60 * most)})"]
    return []


def _inputs(outcome: Outcome) -> str:
    seed = f"Seed: {code(outcome.seed) or 'none was derived'}"
    if not outcome.inputs:
        return f"No input was read.\n\n{seed}"
    rows = ([safe(name), safe(digest)] for name, digest in outcome.inputs.items())
    return f"{table(['Input', 'Digest'], rows)}\n\n{seed}"


def _with_source(value: str, source: str) -> str:
    return f"{value} ({safe(source)})" if source else value
