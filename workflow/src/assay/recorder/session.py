"""One training session: the worker runs, the recorder writes down what happens."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.errors import Category, TrainingError
from assay.evidence.progress import ProgressLog
from assay.files import digest_file
from assay.recorder.training_log import TrainingLog
from assay.recorder.worker_process import WorkerProcess
from assay.worker.pipe import Message

SAMPLE_SECONDS = 1.0


@dataclass
class Progress:
    """How far the worker says it is; information for people, never a verdict.

    Attributes:
        phase: what it is doing.
        step, of: how much of it is done.
        metrics: loss, R-hat and the like so far.
        phases: seconds spent in each phase that has ended.
        checkpoints: how many have been stored.
    """

    phase: str = "start"
    step: int | None = None
    of: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    phases: dict[str, float] = field(default_factory=dict)
    checkpoints: int = 0
    phase_started: float = field(default_factory=time.monotonic)

    def enter(self, phase: str) -> None:
        """Close the current phase and begin another."""
        now = time.monotonic()
        spent = now - self.phase_started
        self.phases[self.phase] = round(self.phases.get(self.phase, 0.0) + spent, 3)
        self.phase, self.phase_started = phase, now
        self.step = self.of = None

    def eta_seconds(self) -> float | None:
        """Return the seconds left if the rest of this phase goes like what was done."""
        if not self.step or not self.of:
            return None
        spent = time.monotonic() - self.phase_started
        return round(spent * (self.of - self.step) / self.step, 1)


class Session:
    """Runs a worker through its two steps, fit and results.

    Raises (from `fit` and `results`):
        TrainingError: the worker reported a failure, died, or said what cannot be understood.
    """

    def __init__(
        self,
        job: Message,
        evidence: Path,
        log: TrainingLog,
        progress_log: ProgressLog,
        on_heartbeat: Callable[[], None],
        *,
        on_sample: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.progress = Progress()
        self._evidence = evidence
        self._scratch = Path(job["scratch"])
        self._heartbeat = float(job["heartbeat_seconds"])
        self._log = log
        self._progress_log = progress_log
        self._on_heartbeat = on_heartbeat
        self._on_sample = on_sample
        self._numbers = itertools.count()
        self._worker = WorkerProcess(job, self._scratch, log.model_output)
        self._progress_log.append("start", phase="start", **self._worker.usage.as_json())
        self._next_heartbeat = time.monotonic() + self._heartbeat
        self._next_sample = time.monotonic()
        self._ended = False

    @property
    def usage(self) -> Any:
        """Return what the worker has used so far."""
        return self._worker.usage

    def fit(self) -> None:
        """Wait until the fit lies in the scratch folder."""
        self._until("fit")

    def results(self) -> None:
        """Ask for the results table and wait until it lies in the scratch folder."""
        self._worker.send({"type": "results"})
        self._until("results")

    def close(self) -> None:
        """Let the worker end (or end it) and write the last line of progress.jsonl."""
        if not self._ended:
            self._worker.kill()
        self.progress.enter("end")
        self._progress_log.append("end", **self._state())
        self._progress_log.close()

    def finish(self) -> None:
        """Let a worker that has done its work end by itself."""
        self._worker.send({"type": "stop"})
        while (messages := self._worker.receive(SAMPLE_SECONDS)) is not None:
            for message in messages:
                self._handle(message)
        self._ended = True
        self._worker.finish()

    def _until(self, wanted: str) -> None:
        handlers: dict[str, Callable[[Message], None]] = {"failure": _raise_failure}
        while True:
            self._tick()
            messages = self._worker.receive(self._timeout())
            if messages is None:
                self._ended = True
                raise _died(self._worker.finish(), self.progress.phase)
            for message in messages:
                if message["type"] == wanted:
                    return
                handlers.get(message["type"], self._handle)(message)

    def _handle(self, message: Message) -> None:
        kind = message["type"]
        if kind == "phase":
            self.progress.enter(str(message["name"]))
            self._log.line(f"phase: {self.progress.phase}")
            self._progress_log.append("phase", **self._state())
        elif kind == "progress":
            self.progress.step, self.progress.of = message["step"], message["of"]
            self.progress.metrics = message["metrics"]
        elif kind == "checkpoint":
            self._store_checkpoint(message)
        else:
            raise TrainingError(
                "the worker sent something that is no message",
                category=Category.IMPLEMENTATION,
                where="model code",
                remedy="Model code must not write to file descriptors it did not open.",
                details=str(message)[:400],
            )

    def _store_checkpoint(self, message: Message) -> None:
        name = f"{next(self._numbers):05d}_{message['name']}.npz"
        target = self._evidence / "checkpoints" / name
        target.parent.mkdir(exist_ok=True)
        (self._scratch / message["file"]).replace(target)
        self.progress.checkpoints += 1
        self._progress_log.append(
            "checkpoint",
            file=f"checkpoints/{name}",
            digest=digest_file(target),
            bytes=target.stat().st_size,
            meta=message["meta"],
        )

    def _tick(self) -> None:
        now = time.monotonic()
        if now >= self._next_sample:
            self._worker.sample()
            self._on_sample(self._state())
            self._next_sample = now + SAMPLE_SECONDS
        if now >= self._next_heartbeat:
            state = self._state()
            self._progress_log.append("heartbeat", **state)
            self._log.heartbeat(state)
            self._on_heartbeat()
            self._next_heartbeat = now + self._heartbeat

    def _timeout(self) -> float:
        return max(0.0, min(self._next_sample, self._next_heartbeat) - time.monotonic())

    def _state(self) -> dict[str, Any]:
        return {
            "phase": self.progress.phase,
            "step": self.progress.step,
            "of": self.progress.of,
            "metrics": self.progress.metrics,
            "eta_seconds": self.progress.eta_seconds(),
            "checkpoints": self.progress.checkpoints,
            **self._worker.usage.as_json(),
        }


class WorkerFailedError(TrainingError):
    """A failure the worker reported itself.

    Attributes:
        stage: import, fit or results.
    """

    stage: str = "fit"


def _raise_failure(message: Message) -> None:
    failure = WorkerFailedError(
        message["summary"],
        category=Category(message["category"]),
        where=message["where"],
        remedy=message["remedy"],
        details=message["details"],
    )
    failure.stage = message["stage"]
    raise failure


def _died(how: str, phase: str) -> TrainingError:
    killed = how.startswith("it was killed")
    return TrainingError(
        f"the worker died while in phase {phase}: {how or 'it closed its line'}",
        category=Category.RESOURCE if killed else Category.IMPLEMENTATION,
        where=f"worker, phase {phase}",
        remedy="If the machine ran out of memory, raise resources.memory_mb in the design or run "
        "fewer models at once (-j). The training log holds what the worker printed.",
    )
