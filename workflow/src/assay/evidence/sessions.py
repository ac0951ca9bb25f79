"""progress.jsonl as sessions: a training that was interrupted has several.

A session begins with a line `start` or `resume` and runs to the line before the next `resume`.
What lies between two sessions is no training: neither its time nor its silence counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from assay.evidence.progress import CLOCK

Record = Mapping[str, Any]

OPENINGS = ("start", "resume")
MARKS = (*OPENINGS, "phase")


def sessions(records: Sequence[Record]) -> list[list[Record]]:
    """Return the lines of every session, in order."""
    found: list[list[Record]] = []
    for record in records:
        if record["event"] == "resume" or not found:
            found.append([])
        found[-1].append(record)
    return found


def active_seconds(records: Sequence[Record], clock: str = "monotonic") -> float:
    """Return how long all sessions took together by a clock, in seconds."""
    return sum(float(lines[-1][clock] - lines[0][clock]) for lines in sessions(records))


def steady(records: Sequence[Record]) -> list[Record]:
    """Return the lines with the timestamps of a wall clock that nobody set.

    What the lines `clock` say that it was set by is taken out again, and a clock that was set back
    during an interruption is taken to have stood still.
    """
    shift, lines = 0.0, list[Record]()
    for record in records:
        if record["event"] == CLOCK:
            shift -= float(record["jump_seconds"])
        elif record["event"] == "resume" and lines:
            shift = max(shift, float(lines[-1]["timestamp"] - record["timestamp"]))
        lines.append({**record, "timestamp": record["timestamp"] + shift})
    return lines


def gaps(records: Sequence[Record]) -> list[tuple[Record, Record]]:
    """Return, for every interruption, the last line before it and the line that resumes."""
    return [(earlier[-1], later[0]) for earlier, later in pairwise(sessions(records))]


def stretches(records: Sequence[Record]) -> Iterator[tuple[str, float, float]]:
    """Yield (phase, wall seconds, CPU seconds) of every uninterrupted stretch of one phase.

    CPU that an interrupted session used after its last account of it is nobody's.
    """
    for lines in sessions(records):
        marks = [line for line in lines if line["event"] in MARKS]
        told = [line for line in lines if "cpu_seconds" in line]
        if lines[-1] is not marks[-1]:
            marks.append({**lines[-1], "cpu_seconds": told[-1]["cpu_seconds"]})
        for begun, ended in pairwise(marks):
            wall = float(ended["monotonic"] - begun["monotonic"])
            cpu = float(ended["cpu_seconds"]["value"] - begun["cpu_seconds"]["value"])
            yield str(begun["phase"]), wall, cpu


def phase_seconds(records: Sequence[Record]) -> dict[str, float]:
    """Return how long each phase took by the monotonic clock, all sessions together."""
    phases: dict[str, float] = {}
    for phase, wall, _ in stretches(records):
        phases[phase] = phases.get(phase, 0.0) + wall
    return phases
