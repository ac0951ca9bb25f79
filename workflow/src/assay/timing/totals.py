"""Adding up the measured time of records."""

import re
from dataclasses import dataclass
from pathlib import Path

from assay.timing.clock import Clock, Instant, now
from assay.timing.log import Key, Record, State, read


@dataclass(frozen=True)
class Duration:
    """The time of one record, added up over its attempts.

    Attributes:
        phase, agent, model: whose time it is.
        seconds: measured time without pauses; of a running record, up to now.
        state: of the latest attempt.
        attempts: how many there were.
        interrupted: how many of them were abandoned (counted up to their last sign of life).
        clock: the least trustworthy clock that contributed: monotonic, wall, or "unknown" if
            a part could not be measured and is missing from `seconds`.
        started, ended: wall time of the first start and of the end ("" while it is unfinished).
        status, output_path: what was said at the end.
    """

    phase: str
    agent: str
    model: int | None
    seconds: float
    state: State
    attempts: int
    interrupted: int
    clock: Clock
    started: str
    ended: str
    status: str
    output_path: str

    @property
    def minutes(self) -> float:
        """Return the measured time in minutes."""
        return self.seconds / 60

    @property
    def name(self) -> str:
        """Return whose time it is, for people."""
        return describe((self.phase, self.agent, self.model))


def durations(
    log: Path, phase: str | int | None = None, *, at: Instant | None = None
) -> tuple[Duration, ...]:
    """Add up every record of a phase (of all phases if None), ordered by phase, agent and model.

    Raises:
        TimingError: the log is damaged.
    """
    moment = at or now()
    wanted = None if phase is None else str(phase)
    times = [
        duration(record, moment)
        for record in read(log).records
        if wanted is None or record.phase == wanted
    ]
    return tuple(sorted(times, key=lambda d: (_natural(d.phase), _natural(d.agent), d.model or 0)))


def duration(record: Record, at: Instant | None = None) -> Duration:
    """Add up one record; a running one up to `at` (now)."""
    moment = at or now()
    measured = [span.until(moment) for attempt in record.attempts for span in attempt.spans]
    clocks = {clock for _, clock in measured}
    trust: tuple[Clock, ...] = ("unknown", "wall", "monotonic")
    last = record.last
    stop = last.spans[-1].stop
    return Duration(
        phase=record.phase,
        agent=record.agent,
        model=record.model,
        seconds=sum(seconds for seconds, _ in measured),
        state=last.state,
        attempts=record.number,
        interrupted=sum(attempt.state == "interrupted" for attempt in record.attempts),
        clock=next(clock for clock in trust if clock in clocks),
        started=record.attempts[0].spans[0].start.stamp,
        ended=stop.stamp if stop is not None and last.state == "ended" else "",
        status=last.status,
        output_path=last.output_path,
    )


def describe(key: Key) -> str:
    """Return the name of a record for people: phase, agent and model."""
    phase, agent, model = key
    return f"phase {phase}, {agent}" + ("" if model is None else f", model {model}")


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a sorting key under which model_trainer2 comes before model_trainer10."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
