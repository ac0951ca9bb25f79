"""Judging measured times against a phase's expected minimum and maximum."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.timing.totals import Duration


@dataclass(frozen=True)
class TimeCheck:
    """Whether the times are in order, and the sentences that say why."""

    passed: bool
    sentences: tuple[str, ...]


def check_times(
    times: Sequence[Duration], least: float, most: float, lost: Sequence[Path] = ()
) -> TimeCheck:
    """Judge every record by itself; `least` and `most` in minutes, both allowed.

    A record that is unfinished or partly unmeasured is not in order, and neither is having none.
    `lost` are damaged logs that were set aside: as long as they lie there, times may be missing.
    """
    faults = [_fault(time, least, most) for time in times]
    sentences = [
        f"{time.name}: {time.minutes:,.3f} minutes measured{_attempts(time)}, "
        f"expected {least:,.9g} to {most:,.9g}: {fault or 'in order'}."
        for time, fault in zip(times, faults, strict=True)
    ]
    sentences += [
        f"A damaged log was set aside as {path}: times in it are not counted here. Restore "
        "from it what is missing, then delete it."
        for path in lost
    ]
    failed = sum(bool(fault) for fault in faults)
    passed = bool(times) and not failed and not lost
    return TimeCheck(passed, (*sentences, _verdict(len(times), failed, bool(lost))))


def _verdict(records: int, failed: int, lost: bool) -> str:
    noun = "record" if records == 1 else "records"
    if not records:
        return "NOT in order: no time was measured."
    if failed:
        return f"NOT in order: {failed:,} of {records:,} {noun}."
    if lost:
        return f"NOT in order: the {records:,} {noun} may not be all."
    return f"In order: {records:,} {noun}."


def _fault(time: Duration, least: float, most: float) -> str:
    """Return what is wrong with a record's time; empty if nothing is."""
    if time.clock == "unknown":
        return "PARTLY NOT MEASURED, as the wall clock was set back"
    if time.state != "ended":
        return f"UNFINISHED ({time.state})"
    if time.minutes < least:
        return "TOO SHORT"
    # Written this way round so that a limit which is NaN refuses.
    return "" if time.minutes <= most else "TOO LONG"


def _attempts(time: Duration) -> str:
    if time.attempts == 1:
        return ""
    lost = f", {time.interrupted} interrupted" if time.interrupted else ""
    return f" ({time.attempts} attempts{lost})"
