"""The table of measured times."""

from collections.abc import Sequence

from assay.core.text import aligned
from assay.timing.totals import Duration


def times_table(times: Sequence[Duration]) -> str:
    """Return the measured times as a table with a total for each phase."""
    header = ["phase", "agent", "model", "state", "minutes", "attempts", "started", "ended", "note"]
    rows = [header, *(_row(time) for time in times)]
    phases = list(dict.fromkeys(time.phase for time in times))
    for phase in phases:
        total = sum(time.minutes for time in times if time.phase == phase)
        rows.append([phase, "all", "", "", f"{total:,.2f}", "", "", "", ""])
    lines = aligned(rows, right=(2, 4, 5))
    if not phases:
        return "\n".join(lines)
    return "\n".join([*lines[: -len(phases)], "", *lines[-len(phases) :]])


def _row(time: Duration) -> list[str]:
    return [
        time.phase,
        time.agent,
        "" if time.model is None else str(time.model),
        time.state,
        f"{time.minutes:,.2f}",
        str(time.attempts),
        time.started,
        time.ended,
        "; ".join(_notes(time)),
    ]


def _notes(time: Duration) -> list[str]:
    notes = [time.status] if time.status not in ("", "completed") else []
    if time.output_path:
        notes.append(time.output_path)
    if time.interrupted:
        notes.append(f"{time.interrupted} interrupted")
    if time.clock == "wall":
        notes.append("measured by the wall clock")
    if time.clock == "unknown":
        notes.append("partly not measured: the wall clock was set back")
    return notes
