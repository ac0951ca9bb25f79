"""The words in which a model's state is shown, on the screen and in plain lines."""

from collections.abc import Mapping
from datetime import UTC, datetime

from assay.core.text import line, number
from assay.training.live_status import activity, measures, phrases, rough
from assay.watch.state import CATEGORIES, SETTLED, ModelState, Snapshot, State

LONGEST = 240  # signs of a reason; the report has it all


def doing(model: ModelState) -> str:
    """Return what a model does in a few words: "sampling", "failed: 4 convergence"."""
    if model.state is State.TRAINING:
        return activity(model.phase) or "training"
    if model.state is State.BLOCKED:
        return f"waits for {model.note}"
    if model.state is State.FAILED:
        return f"failed, {category(model)}"
    return f"{model.state}, {model.note}" if model.note else str(model.state)


def category(model: ModelState) -> str:
    """Return a failure's category with its number: "4 convergence"."""
    return "" if model.category is None else f"{model.category:d} {CATEGORIES[model.category]}"


def expected(model: ModelState) -> str:
    """Return the expected time: "0.2-30 min"."""
    if model.expected is None:
        return ""
    return f"{number(model.expected[0], 3)}-{number(model.expected[1], 3)} min"


def memory(model: ModelState) -> str:
    """Return the memory in use."""
    if not model.rss_bytes:
        return ""
    megabytes = model.rss_bytes / 1e6
    return f"{megabytes:.0f} MB" if megabytes < 999.5 else f"{megabytes / 1000:.1f} GB"


def clock(seconds: float | None) -> str:
    """Return a duration as a clock shows it: "0:05", "12:03", "1:02:03", "2d 01:02:03"."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}:{minutes:02}:{rest:02}"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def so_far(model: ModelState) -> str:
    """Return what was measured so far in short, or why there is trouble."""
    measured = ", ".join(measures(model.metrics)).replace(" divergences", " div")
    return reason(model) if model.reason else measured


def reason(model: ModelState) -> str:
    """Return why there is trouble, in one line of bearable length."""
    text = line(model.reason)
    return text if len(text) <= LONGEST else text[: LONGEST - 3].rstrip() + "..."


def stamp(at: float) -> str:
    """Return a time in UTC to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def counted(counts: Mapping[State, int]) -> str:
    """Return "2 training, 1 waiting"."""
    return ", ".join(f"{amount:,} {state}" for state, amount in counts.items())


def summary(snapshot: Snapshot) -> str:
    """Return a campaign in one line."""
    amount = len(snapshot.models)
    return f"{amount:,} model{'' if amount == 1 else 's'}: {counted(snapshot.counts)}"


def outlook(snapshot: Snapshot) -> str:
    """Return what is to be expected where nothing runs; empty while something does."""
    counts = snapshot.counts
    if snapshot.ended:
        open_ = sum(count for state, count in counts.items() if state not in SETTLED)
        left = f"; {open_:,} without a verdict: run snakemake to go on" if open_ else ""
        return f"The campaign has ended{left}."
    if any(model.silent is None for model in snapshot.running):
        return ""
    if State.INTERRUPTED in counts:
        return "Interrupted: nothing is running. Run snakemake again to go on."
    if not snapshot.begun:
        return "Not begun: waiting for snakemake."
    return "Nothing runs now: waiting for snakemake."


def status_line(model: ModelState) -> str:
    """Return all that is known of a model in one line."""
    head = doing(model)
    if model.state is State.TRAINING:
        head = ", ".join(phrases(model.phase, model.step, model.of, model.metrics, model.eta))
    parts = [head]
    if model.elapsed is not None:
        limits = expected(model)
        parts.append(f"{rough(model.elapsed)}{f' (expected {limits})' if limits else ''}")
    if model.cpu_seconds is not None:
        parts.append(f"processor {rough(model.cpu_seconds)}")
    if model.rss_bytes:
        parts.append(f"memory {memory(model)}")
    if model.silent is not None:
        parts.append(f"no sign of life for {rough(model.silent)}")
    if model.reason:
        parts.append(reason(model))
    if model.log and model.state in (State.STARTING, State.TRAINING, State.INTERRUPTED):
        parts.append(f"log: {line(model.log)}")
    return f"model {model.model}: {'; '.join(parts)}"
