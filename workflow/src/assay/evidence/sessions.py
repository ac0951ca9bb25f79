"""progress.jsonl as sessions: a training that was interrupted has several.

A session begins with a line `start` or `resume` and runs to the line before the next `resume`.
What lies between two sessions is no training: neither its time nor its silence counts.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from assay.evidence.progress import Clock, Phase, ProgressLine, Resume, Start, Used


def sessions(records: Sequence[ProgressLine]) -> list[list[ProgressLine]]:
    """Return the lines of every session, in order."""
    found: list[list[ProgressLine]] = []
    for record in records:
        if isinstance(record, Resume) or not found:
            found.append([])
        found[-1].append(record)
    return found


def active_seconds(
    records: Sequence[ProgressLine], clock: Literal["monotonic", "timestamp"] = "monotonic"
) -> float:
    """Return how long all sessions took together by a clock, in seconds."""
    return sum(
        float(getattr(lines[-1], clock) - getattr(lines[0], clock)) for lines in sessions(records)
    )


def steady(records: Sequence[ProgressLine]) -> list[ProgressLine]:
    """Return the lines with the timestamps of a wall clock that nobody set.

    What the lines `clock` say that it was set by is taken out again, and a clock that was set back
    during an interruption is taken to have stood still.
    """
    shift, lines = 0.0, list[ProgressLine]()
    for record in records:
        if isinstance(record, Clock):
            shift -= record.jump_seconds
        elif isinstance(record, Resume) and lines:
            shift = max(shift, lines[-1].timestamp - record.timestamp)
        lines.append(record.model_copy(update={"timestamp": record.timestamp + shift}))
    return lines


def gaps(records: Sequence[ProgressLine]) -> list[tuple[ProgressLine, ProgressLine]]:
    """Return, for every interruption, the last line before it and the line that resumes."""
    return [(earlier[-1], later[0]) for earlier, later in pairwise(sessions(records))]


def stretches(records: Sequence[ProgressLine]) -> Iterator[tuple[str, float, float]]:
    """Yield (phase, wall seconds, CPU seconds) of every uninterrupted stretch of one phase.

    CPU that an interrupted session used after its last account of it is nobody's.
    """
    for lines in sessions(records):
        marks: list[tuple[str, float, float]] = []  # phase, and both clocks where it begins
        cpu = 0.0
        for line in lines:
            cpu = line.cpu_seconds.value if isinstance(line, Used) else cpu
            if isinstance(line, Start | Resume | Phase):
                marks.append((line.phase, line.monotonic, cpu))
        if not isinstance(lines[-1], Start | Resume | Phase):
            marks.append(("", lines[-1].monotonic, cpu))
        for (phase, began, then), (_, ended, now) in pairwise(marks):
            yield phase, ended - began, now - then


def phase_seconds(records: Sequence[ProgressLine]) -> dict[str, float]:
    """Return how long each phase took by the monotonic clock, all sessions together."""
    phases: dict[str, float] = {}
    for phase, wall, _ in stretches(records):
        phases[phase] = phases.get(phase, 0.0) + wall
    return phases
