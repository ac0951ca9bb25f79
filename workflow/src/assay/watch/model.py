"""One model's state from its files."""

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from assay.core.errors import Category
from assay.core.files import digest_file
from assay.core.workspace import Workspace
from assay.design.outline import Outline
from assay.evidence import ledger, progress
from assay.evidence.admission import ADMISSION, read_admission
from assay.evidence.outcome import read_outcome
from assay.evidence.progress import Checkpoint, Clock
from assay.evidence.verdict_file import read_verdict
from assay.training.live_status import LIVE, SCRATCH, Live
from assay.watch.files import Broken, Files, last_line, records_backwards, stamp
from assay.watch.life import Life
from assay.watch.state import ModelState, State

Told = (  # a line of progress.jsonl that says how far a training is
    progress.Start
    | progress.Resume
    | progress.Phase
    | progress.Heartbeat
    | progress.Stopped
    | progress.End
)
LARGE = 1 << 26  # bytes of an input from which a newer time alone counts as a change
_WORDS = {
    "APPROVE": State.APPROVED,
    "REJECT": State.REJECTED,
    "INVESTIGATE": State.INVESTIGATE,
}


@dataclass(frozen=True)
class _Ended:
    """What is shown of an outcome."""

    attempt: int
    elapsed: float
    cpu_seconds: float | None
    digest: str
    category: Category | None
    stage: str
    reason: str


@dataclass(frozen=True)
class _Admitted:
    """What admission fixed, as far as it matters here."""

    digests: dict[str, str]
    expected: tuple[float, float] | None
    heartbeat_seconds: float


@dataclass(frozen=True)
class _Verdict:
    """A stored verdict: its word, its first reason and the digests of what it judged."""

    word: str
    reason: str
    files: dict[str, str]


class ModelWatcher:
    """Tells a model's state from its files, looking into those that changed since last time."""

    def __init__(self, workspace: Workspace, model: int, files: Files) -> None:
        self._model = model
        self._files = files
        self._workspace = workspace
        self._name = workspace.results(model).relative_to(workspace.root).as_posix()
        evidence = workspace.evidence(model)
        self._outcome = str(workspace.outcome(model))
        self._transient = str(workspace.transient_outcome(model))
        self._admission = str(evidence / ADMISSION)
        self._attempts = str(evidence / ledger.LEDGER)
        self._progress = str(evidence / progress.PROGRESS)
        self._live = str(evidence / SCRATCH / LIVE)
        self._log = str(workspace.training_log(model))
        self._results = str(workspace.results(model))
        self._verdict = str(workspace.verdict(model))
        self._code = str(workspace.code_folder)
        self._design = str(workspace.design(model))
        self._features = [str(path) for path in workspace.features_candidates(model)]
        self._inputs: tuple[Any, dict[str, str]] = (None, {})

    def look(self, outline: Outline, now: float) -> ModelState:
        """Return the state at this moment, as if the model read no other."""
        blank = ModelState(self._model, outline.title, outline.method)
        ended = self._files.read(self._outcome, _read_outcome)
        if ended is None:
            ended = self._files.read(self._transient, _read_outcome)
        if ended is None:
            return self._unfinished(blank, now)
        if isinstance(ended, Broken):
            reason = f"{Path(self._outcome).name} cannot be understood; train the model again"
            return replace(blank, state=State.UNREADABLE, reason=reason)
        return self._finished(blank, ended, now)

    def last_change(self) -> int:
        """Return when anything about this model changed last, in ns since 1970; 0 for never."""
        paths = [self._outcome, self._transient, self._attempts, self._progress, self._live]
        paths += [self._results, self._verdict, self._design, *self._features]
        paths.append(str(self._workspace.code(self._model)))
        return max((found.modified for path in paths if (found := stamp(path))), default=0)

    def _finished(self, blank: ModelState, ended: _Ended, now: float) -> ModelState:
        admitted = self._admitted()
        state = replace(
            blank,
            attempt=ended.attempt,
            elapsed=ended.elapsed,
            cpu_seconds=ended.cpu_seconds,
            expected=admitted.expected if admitted else None,
        )
        if changed := self._changed(admitted):
            return replace(state, state=State.WAITING, note=f"{changed} changed since its training")
        if ended.category is not None:
            failed = {"category": ended.category, "stage": ended.stage, "reason": ended.reason}
            return replace(state, state=State.FAILED, **failed)  # type: ignore[arg-type]
        results = stamp(self._results)
        if results is None:
            done = stamp(self._outcome)
            return self._hanging(state, State.PUBLISHING, done, ended, now)
        state = replace(state, published=True)
        verdict = self._files.read(self._verdict, _read_verdict)
        if isinstance(verdict, Broken):
            reason = f"{Path(self._verdict).name} is not what the validator wrote; validate again"
            return replace(state, state=State.INVESTIGATE, reason=reason)
        if verdict is None or self._is_of_others(verdict, ended):
            return self._hanging(state, State.VALIDATING, results, ended, now)
        return replace(state, state=_WORDS[verdict.word], reason=verdict.reason)

    def _hanging(
        self, state: ModelState, doing: State, since: Any, ended: _Ended, now: float
    ) -> ModelState:
        """Return a state between two steps; a note says if the next one is long in coming."""
        waited = max(0.0, now - since.modified / 1e9) if since else 0.0
        patience = 600 + 2 * ended.elapsed  # a validation does at most the training again
        note = "for long; is snakemake running?" if waited > patience else ""
        return replace(state, state=doing, note=note, silent=waited if note else None)

    def _is_of_others(self, verdict: _Verdict, ended: _Ended) -> bool:
        """Return whether a verdict speaks of other results than those of the newest training."""
        judged = verdict.files.get(self._name)
        return judged is not None and judged != ended.digest

    def _unfinished(self, blank: ModelState, now: float) -> ModelState:
        begun = self._files.read(self._attempts, _last_attempt)
        if begun is None or isinstance(begun, Broken):
            return blank
        if isinstance(begun, ledger.Ended):  # its outcome was taken away, to train it again
            return replace(blank, attempt=begun.attempt)
        admitted = self._admitted()
        record = self._files.read(self._progress, _last_phase)
        live = self._files.read(self._live, _read_live)
        live = None if isinstance(live, Broken) else live
        record = None if isinstance(record, Broken) else record
        life = Life(
            live=live,
            signs=[
                found.modified / 1e9
                for path in (self._attempts, self._progress, self._live, self._log)
                if (found := stamp(path))
            ],
            heartbeat=admitted.heartbeat_seconds if admitted else 60.0,
        )
        state = replace(
            blank,
            state=State.TRAINING if record else State.STARTING,
            attempt=begun.attempt,
            expected=admitted.expected if admitted else None,
            elapsed=_elapsed(record, begun, now),
            log=self._last_log_line(),
            silent=life.silence(now),
        )
        state = _with_progress(state, _newer(record, live), now)
        stopped = isinstance(begun, ledger.Stopped)  # it said so itself, and no other has begun
        if (stopped or life.is_over(now)) and stamp(self._outcome) is None:
            last = max(life.signs, default=now)
            lived = max(0.0, (state.elapsed or 0) - (now - last))
            return replace(state, state=State.INTERRUPTED, elapsed=lived, eta=None)
        return state

    def _admitted(self) -> _Admitted | None:
        found = self._files.read(self._admission, _read_admission)
        return found if isinstance(found, _Admitted) else None

    def _last_log_line(self) -> str:
        found = self._files.read(self._log, last_line)
        if not isinstance(found, str):
            return ""
        stamp_, _, text = found.partition("  ")
        return text if stamp_.endswith("Z") else found

    def _changed(self, admitted: _Admitted | None) -> str:
        """Return the name of an input that is no longer what the training read; empty if none is.

        Only a newer time makes one look inside, and not into large ones.
        """
        read_at = stamp(self._admission if admitted else self._outcome)
        if read_at is None:
            return ""
        digests = admitted.digests if admitted else {}
        for name, path in self._input_paths(admitted).items():
            found = stamp(path)
            if found is None or found.modified <= read_at.modified:
                continue
            same = found.size < LARGE and self._files.read(path, _digest) == digests.get(name)
            if not same:
                return os.path.basename(path)  # noqa: PTH119
        return ""

    def _input_paths(self, admitted: _Admitted | None) -> dict[str, str]:
        if self._inputs[0] is not admitted or not self._inputs[1]:
            paths = {"design": self._design}
            for name in admitted.digests if admitted else (f"code/model_{self._model}.py",):
                if name.startswith("code/"):
                    paths[name] = f"{self._code}/{name.removeprefix('code/')}"
                elif name.startswith("upstream/"):
                    model = name.removeprefix("upstream/")
                    paths[name] = str(self._workspace.results(model))
            self._inputs = (admitted, paths)
        features = next((path for path in self._features if stamp(path)), self._features[0])
        return {**self._inputs[1], "features": features}


def _with_progress(state: ModelState, told: Told | Live | None, now: float) -> ModelState:
    """Return the state with what a heartbeat or the live file says."""
    if told is None:
        return state
    state = replace(
        state,
        phase=told.phase,
        cpu_seconds=told.cpu_seconds.value,
        rss_bytes=told.rss_bytes.value,
    )
    if not isinstance(told, progress.State):
        return state
    eta = told.eta_seconds
    return replace(
        state,
        step=told.step,
        of=told.of,
        metrics={name: value for name, value in told.metrics.items() if isinstance(value, float)},
        eta=None if eta is None else max(0.0, eta - max(0.0, now - told.timestamp)),
    )


def _newer(record: Told | None, live: Live | None) -> Told | Live | None:
    """Return the newer of the last heartbeat and the live file."""
    if record is None or live is None:
        return record or live
    return record if record.timestamp > live.timestamp else live


def _elapsed(record: Told | None, begun: ledger.LedgerLine, now: float) -> float | None:
    """Return the seconds since training began."""
    if record is not None:
        return record.elapsed_seconds + max(0.0, now - record.timestamp)
    try:
        return max(0.0, now - datetime.fromisoformat(begun.at).timestamp())
    except ValueError:
        return None


def _read_outcome(path: str) -> _Ended:
    outcome = read_outcome(Path(path))
    failure, timing = outcome.failure, outcome.timing
    return _Ended(
        attempt=outcome.attempt,
        elapsed=timing.wall_seconds,
        cpu_seconds=timing.cpu_seconds,
        digest=outcome.results_digest,
        category=None if failure is None else failure.category,
        stage="" if failure is None else failure.stage,
        reason="" if failure is None else failure.summary,
    )


def _read_admission(path: str) -> _Admitted:
    admission = read_admission(Path(path))
    minutes = admission.design["expected"]["minutes"]
    return _Admitted(
        digests=admission.digests,
        expected=None if minutes == "auto" else (float(minutes[0]), float(minutes[1])),
        heartbeat_seconds=admission.heartbeat_seconds,
    )


def _read_live(path: str) -> Live:
    return Live.model_validate_json(Path(path).read_bytes())


def _read_verdict(path: str) -> _Verdict:
    record = read_verdict(Path(path))
    if record is None:
        raise ValueError(path)
    worst = sorted(record.reasons, key=lambda finding: finding.status != "fail")
    reason = f"{worst[0].check}: {worst[0].message}" if worst else ""
    return _Verdict(record.verdict, "" if record.verdict == "APPROVE" else reason, record.files)


def _last_attempt(path: str) -> ledger.LedgerLine | None:
    return next(records_backwards(path, ledger.LINE), None)


def _last_phase(path: str) -> Told | None:
    lines = records_backwards(path, progress.LINE)
    return next((line for line in lines if not isinstance(line, Checkpoint | Clock)), None)


def _digest(path: str) -> str:
    return digest_file(Path(path))
