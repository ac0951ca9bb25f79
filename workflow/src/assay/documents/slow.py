"""`slow_{i}.md`: a training that takes longer than expected, while it runs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from assay.core.text import count, document, duration, safe, utc


def slow_report(
    model: int,
    elapsed: float,
    progress: Any,
    issues: Sequence[str],
    limits: Mapping[str, float],
) -> str:
    """Return the report to the director on a training that is slow or makes no progress.

    Args:
        model: its number.
        elapsed: seconds that it has been running.
        progress: how far the worker is, a `recorder.session.Progress`.
        issues: what was noticed, oldest first.
        limits: seconds by the name of what they limit.
    """
    now = datetime.now(UTC)
    counted = progress.step is not None and progress.of
    done = f"step {progress.step:,} of {progress.of:,}" if counted else "no steps to count"
    facts = {
        "Running for": duration(elapsed),
        **{name.capitalize(): duration(seconds) for name, seconds in limits.items()},
        "Now": f"phase {safe(progress.phase)}, {done}, {count(progress.checkpoints, 'checkpoint')}",
        "Estimated end of this phase": _end(progress.eta_seconds(), now),
        "As of": utc(now.isoformat()),
    }
    return document(
        f"# Model {model} is slow or stalled",
        f"Director, the training of model {model} is not getting on as expected. It goes on until "
        "it has converged or failed by itself; this report is renewed at every heartbeat and goes "
        "when training ends.",
        "\n".join(f"- **{name}:** {text}" for name, text in facts.items()),
        "## What was noticed",
        "\n".join(f"- {safe(issue)}" for issue in issues),
        f"`training_{model}.log` shows how it goes on; interrupt snakemake to end it all the same.",
    )


def _end(left: float | None, now: datetime) -> str:
    if left is None:
        return "not known: this phase does not say how far it is"
    return f"{utc((now + timedelta(seconds=left)).isoformat())}, in about {duration(left)}"
