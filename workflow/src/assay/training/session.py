"""One training session: the worker runs, the recorder writes down what happens."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from assay.core.errors import AssayError, Category, TrainingError
from assay.core.files import digest_file
from assay.documents.training_log import TrainingLog, clock_set, resumption, stoppage
from assay.evidence import progress as told
from assay.evidence.attempt import CHECKPOINTS, KEPT, Interrupted
from assay.evidence.progress import PROGRESS, Metric, ProgressLog, State, Used
from assay.evidence.sessions import phase_seconds
from assay.worker import messages
from assay.worker.messages import TRAINING, Fitted, MakeResults, Results, Stop, check_message
from assay.worker.process import WorkerProcess, was_killed
from assay.worker.usage import Usage

SAMPLE_SECONDS = 1.0
STOP_SECONDS = 1.5  # within which a signal sent to all processes has reached this one, too


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
    metrics: dict[str, Metric] = field(default_factory=dict)
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
        return round(max(0.0, spent * (self.of - self.step) / self.step), 1)


class Session:
    """Runs a worker through its two steps, fit and results.

    Attributes:
        progress: how far it is.
        remarks: what happened on the way, a sentence each.

    Raises (from `fit` and `results`):
        TrainingError: the worker reported a failure, died, or said what cannot be understood.
    """

    def __init__(
        self,
        task: messages.Task,
        evidence: Path,
        log: TrainingLog,
        *,
        on_heartbeat: Callable[[], None],
        stop: Callable[[], str],
        interrupted: Interrupted | None = None,
        on_sample: Callable[[State], None] = lambda _: None,
    ) -> None:
        """Start the worker.

        Args:
            task: what it is to do.
            evidence: where checkpoints and progress.jsonl go.
            log: the log for people.
            on_heartbeat: called after each heartbeat.
            stop: returns why to stop, or nothing.
            interrupted: the training that this one carries on.
            on_sample: called about once a second with the state.
        """
        self.progress = Progress()
        self._evidence = evidence
        self._scratch = Path(task.scratch)
        self._heartbeat = task.heartbeat_seconds
        self._log = log
        self._on_heartbeat = on_heartbeat
        self._stop = stop
        earlier = () if interrupted is None else interrupted.records
        stored = {} if interrupted is None else interrupted.checkpoints
        self._known = {name: digest_file(path) for name, path in stored.items()}
        self.progress.phases = {k: round(v, 3) for k, v in phase_seconds(earlier).items()}
        self.progress.checkpoints = len(self._known)
        self.remarks: list[str] = []
        self._progress_log = ProgressLog(evidence / PROGRESS, earlier, on_jump=self._clock_was_set)
        self._on_sample = on_sample
        self._worker = WorkerProcess(task, self._scratch, log.model_output)
        if interrupted is None:
            used = self._worker.usage.so_far()
            self._progress_log.append(told.Start, used, phase="start")
        else:
            self._worker.usage.carry(next(r for r in reversed(earlier) if isinstance(r, Used)))
            log.line(resumption(interrupted.reason))
            used = self._worker.usage.so_far()
            self._progress_log.append(told.Resume, used, phase="start", reason=interrupted.reason)
        self._next_heartbeat = time.monotonic() + self._heartbeat
        self._next_sample = time.monotonic()
        self._ended = False
        self._stop_reason = ""

    @property
    def usage(self) -> Usage:
        """Return what the worker has used so far."""
        return self._worker.usage

    def fit(self) -> None:
        """Wait until the fit lies in the scratch folder."""
        self._until(Fitted)

    def _clock_was_set(self, seconds: float) -> None:
        self.remarks.append(clock_set(seconds))
        self._log.line(clock_set(seconds))

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        """Go on with heartbeats while the recorder itself does something long."""
        done = threading.Event()

        def beat() -> None:
            with suppress(StoppedError):  # the main thread will ask as well
                while not done.wait(max(0.05, self._timeout())):
                    self._tick()

        thread = threading.Thread(target=beat)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def results(self) -> None:
        """Ask for the results table and wait until it lies in the scratch folder."""
        self._worker.send(MakeResults())
        self._until(Results)

    def close(self) -> None:
        """Let the worker end (or end it) and write the last line of progress.jsonl."""
        if not self._ended:
            self._worker.kill()
        self.progress.enter("end")
        if self._stop_reason:
            self._progress_log.append(told.Stopped, self._state(), reason=self._stop_reason)
            self._log.line(stoppage(self._stop_reason))
        else:
            self._progress_log.append(told.End, self._state())
        self._progress_log.close()

    def finish(self) -> None:
        """Let a worker that has done its work end by itself."""
        self._worker.send(Stop())
        while (received := self._worker.receive(self._timeout())) is not None:
            self._tick()
            for message in received:
                self._handle(message)
        self._ended = True
        self._worker.finish()

    def _until(self, wanted: type[Fitted | Results]) -> None:
        while True:
            self._tick()
            received = self._worker.receive(self._timeout())
            try:
                if received is None:
                    self._ended = True
                    raise _died(self._worker.finish(), self.progress.phase)
                for message in received:
                    self._handle(message, wanted)
                    if isinstance(message, wanted):
                        return
            except TrainingError as error:
                if error.category is Category.RESOURCE:
                    self._await_stop()
                raise

    def _await_stop(self) -> None:
        """Raise StoppedError if a wish to stop comes soon.

        What ends all processes of a job, as `scancel` does, may reach the worker first.
        """
        until = time.monotonic() + STOP_SECONDS
        while not self._stop_reason and time.monotonic() < until:
            self._stop_reason = self._stop()
            time.sleep(0.02)
        if self._stop_reason:
            raise StoppedError(self._stop_reason)

    def _handle(self, message: messages.Said, *wanted: type[Fitted | Results]) -> None:
        """Take a message; one that a training's worker does not send now is an error."""
        check_message(message, (*TRAINING, *wanted), self._scratch)
        match message:
            case messages.Phase():
                self.progress.enter(message.name)
                self._progress_log.append(told.Phase, self._state())
                self._log.line(f"phase: {self.progress.phase}")
            case messages.Progress():
                self.progress.step, self.progress.of = message.step, message.of
                self.progress.metrics = message.metrics
            case messages.Checkpoint():
                self._store_checkpoint(message)
            case messages.Keep():
                self._keep(message)
            case messages.Failed():
                raise WorkerFailedError(message)

    def _store_checkpoint(self, message: messages.Checkpoint) -> None:
        fresh = self._scratch / message.file
        if message.name in self._known:
            _check_same(message.name, self._known[message.name], digest_file(fresh))
            fresh.unlink()
            return
        name = f"{self.progress.checkpoints:05d}_{message.name}.npz"
        target = self._evidence / CHECKPOINTS / name
        target.parent.mkdir(exist_ok=True)
        fresh.replace(target)
        self.progress.checkpoints += 1
        digest = self._known[message.name] = digest_file(target)
        self._progress_log.append(
            told.Checkpoint,
            file=f"{CHECKPOINTS}/{name}",
            digest=digest,
            bytes=target.stat().st_size,
            meta=message.meta,
        )

    def _keep(self, message: messages.Keep) -> None:
        target = self._evidence / KEPT / f"{message.name}.npz"
        target.parent.mkdir(exist_ok=True)
        (self._scratch / message.file).replace(target)

    def _tick(self) -> None:
        now = time.monotonic()
        if now >= self._next_sample:
            self._stop_reason = self._stop_reason or self._stop()
            if self._stop_reason:
                raise StoppedError(self._stop_reason)
            self._worker.sample()
            self._on_sample(self._state())
            self._next_sample = now + SAMPLE_SECONDS
        if now >= self._next_heartbeat:
            state = self._state()
            self._progress_log.append(told.Heartbeat, state)
            self._log.heartbeat(state)
            self._on_heartbeat()
            self._next_heartbeat = now + self._heartbeat

    def _timeout(self) -> float:
        return max(0.0, min(self._next_sample, self._next_heartbeat) - time.monotonic())

    def _state(self) -> State:
        return State(
            phase=self.progress.phase,
            step=self.progress.step,
            of=self.progress.of,
            metrics=self.progress.metrics,
            eta_seconds=self.progress.eta_seconds(),
            checkpoints=self.progress.checkpoints,
            **dict(self._worker.usage.so_far()),
        )


class StoppedError(AssayError):
    """The training was asked to stop; it can be carried on."""


class WorkerFailedError(TrainingError):
    """A failure the worker reported itself.

    Attributes:
        stage: import, fit or results.
    """

    def __init__(self, message: messages.Failed) -> None:
        super().__init__(
            message.summary,
            category=message.category,
            where=message.where,
            remedy=message.remedy,
            details=message.details,
        )
        self.stage = message.stage


def _check_same(name: str, before: str, again: str) -> None:
    if before != again:
        raise TrainingError(
            f"carried on after an interruption, the model gave another {name} than before it",
            category=Category.IMPLEMENTATION,
            where="model code",
            remedy="The same inputs must give the same numbers: take randomness from `rng` only, "
            "and nothing from the clock. Then train again.",
        )


def _died(how: str, phase: str) -> TrainingError:
    killed = was_killed(how)
    return TrainingError(
        f"the worker died while in phase {phase}: {how or 'it closed its line'}",
        category=Category.RESOURCE if killed else Category.IMPLEMENTATION,
        where=f"worker, phase {phase}",
        remedy="If the machine ran out of memory, raise resources.memory_mb in the design or run "
        "fewer models at once (-j). The training log holds what the worker printed.",
    )
