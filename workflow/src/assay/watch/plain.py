"""Lines for where there is no terminal: a pipe, a file, a batch job's log."""

from collections.abc import Iterator, Sequence

from assay.watch.events import Event
from assay.watch.selection import select
from assay.watch.state import Snapshot
from assay.watch.words import counted, outlook, stamp, status_line, summary

ROOM = 60  # models listed in a snapshot


def event_lines(events: Sequence[Event]) -> Iterator[str]:
    """Yield a line for each event."""
    for event in events:
        yield f"{stamp(event.at)}  model {event.model}: {event.text}"


def status_lines(snapshot: Snapshot) -> Iterator[str]:
    """Yield the campaign in a line and one for each model at work."""
    yield head(snapshot)
    for model in snapshot.running:
        yield f"{stamp(snapshot.at)}  {status_line(model)}"


def snapshot_lines(snapshot: Snapshot) -> Iterator[str]:
    """Yield the campaign in a line and one for each model, the most important ones of many."""
    yield head(snapshot)
    shown, rest = select(snapshot.models, ROOM)
    for model in shown:
        yield f"  {status_line(model)}"
    if rest:
        yield f"  and {sum(rest.values()):,} more: {counted(rest)}"


def head(snapshot: Snapshot) -> str:
    """Return the campaign in a line."""
    return f"{stamp(snapshot.at)}  {summary(snapshot)}. {outlook(snapshot)}".rstrip()
