"""training_{i}.log: the training as people read it, UTF-8, written while it happens."""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from assay.core.files import write_text
from assay.evidence.progress import (
    Clock,
    Heartbeat,
    Phase,
    ProgressLine,
    Resume,
    State,
    Stopped,
)

MODEL = "model> "  # before what the model's own code printed
STAMPED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)  (.*)")


class TrainingLog:
    """Appends time-stamped lines, each flushed, so that `tail -f` shows the present."""

    def __init__(self, path: Path, earlier: Sequence[str] = ()) -> None:
        """Begin the log, with the stamped lines of an interrupted training where there are any."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._stream = path.open("w+", encoding="utf-8", errors="replace")
        self._stream.writelines(f"{line}\n" for line in earlier)
        self._stream.flush()

    def line(self, text: str) -> None:
        """Write one line (or several, each stamped)."""
        for part in text.splitlines() or [""]:
            self._stream.write(f"{_stamp(time.time())}  {part}\n")
        self._stream.flush()

    def model_output(self, text: str) -> None:
        """Write a line that the model's own code printed."""
        for part in text.splitlines() or [""]:
            self.line(f"{MODEL}{part}")

    def heartbeat(self, state: State) -> None:
        """Write a heartbeat: how far, how much processor and memory, how long still."""
        done = "" if not state.of else f" {state.step:,} of {state.of:,}"
        metrics = "".join(f", {name} {float(value):.5g}" for name, value in state.metrics.items())
        left = state.eta_seconds
        eta = "" if left is None else f", about {left:,.0f} s left"
        cpu = state.cpu_seconds.value
        memory = state.rss_bytes.value / 2**20
        self.line(
            f"{state.phase}{done}{metrics}{eta}; processor {cpu:,.1f} s, memory {memory:,.0f} MB"
        )

    def close(self) -> None:
        """Close the file; put it back where it was removed meanwhile.

        Snakemake removes the outputs of a job that it starts. So does one that starts this
        training a second time, before it learns that the model is held. What a full disk kept
        from being written has been reported by the line that failed.
        """
        with suppress(OSError), self._stream as stream:
            if not self._path.exists():
                stream.seek(0)
                write_text(self._path, stream.read())


def admission_lines(model: int, attempt: int, digests: Mapping[str, str], seed: str) -> list[str]:
    """Return what the recorder writes when a model has been admitted."""
    return [
        f"model {model}, attempt {attempt}: admission",
        *(f"input {name}: {digest}" for name, digest in digests.items()),
        f"seed: {seed}",
    ]


def session_lines(records: Sequence[ProgressLine]) -> list[tuple[float, str]]:
    """Return (timestamp, line) of what the recorder writes about lines of progress.jsonl."""
    told = _Told()
    for record in records:
        told.now = record.timestamp
        match record:
            case Phase():
                told.line(f"phase: {record.phase}")
            case Heartbeat():
                told.heartbeat(record)
            case Stopped():
                told.line(stoppage(record.reason))
            case Resume():
                told.line(resumption(record.reason))
            case Clock():
                told.line(clock_set(record.jump_seconds))
    return told.lines


def resumption(reason: str) -> str:
    """Return the line that says that an interrupted training is carried on."""
    return f"carried on after an interruption: {reason}"


def clock_set(seconds: float) -> str:
    """Return the line that says that the wall clock was set, or stood still while asleep."""
    way = "back" if seconds < 0 else "forward"
    return (
        f"the machine's clock went {way} by {abs(seconds):.1f} s; durations are measured by one "
        "that cannot be set"
    )


def stoppage(reason: str) -> str:
    """Return the line that says that a training was stopped."""
    return f"stopped: {reason}"


def retold(text: str, expected: Sequence[tuple[float, str]]) -> list[str]:
    """Return the log of an interrupted training, brought into line with its evidence.

    What the model printed stays. Of the recorder's own lines those stay that the evidence
    bears out, and those that a crash or a deleted log left out are added.

    Args:
        text: the log as it was found; may be empty.
        expected: (timestamp, line) of what the recorder writes of such a training.
    """
    lines, place = [], 0
    for line in text.splitlines():
        found = STAMPED.fullmatch(line)
        if found and found[2].startswith(MODEL):
            lines.append(line)
        elif found and place < len(expected) and found[2] == expected[place][1]:
            lines.append(line)
            place += 1
    return lines + [f"{_stamp(when)}  {line}" for when, line in expected[place:]]


class _Told(TrainingLog):
    """A training log that keeps its lines in memory, with the time of each."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[tuple[float, str]] = []

    def line(self, text: str) -> None:
        """Keep one line, or several."""
        self.lines += [(self.now, part) for part in text.splitlines() or [""]]


def _stamp(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
