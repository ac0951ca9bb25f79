"""Doing a run again in a worker. All that it gets was read into the case: nothing is read twice."""

import math
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from assay.evidence.arrays import digest_arrays, load_arrays, load_fit, save_arrays
from assay.evidence.verdict import Replay
from assay.methods import load
from assay.methods.base import Challenge, affordable_share
from assay.validation.case import PLACES, Case
from assay.validation.claims import unlike_arrays
from assay.validation.effort import NO_WORK, work
from assay.validation.replayed import FailedAgain, Replayed, Tables
from assay.worker import messages
from assay.worker.process import Start, WorkerProcess
from assay.worker.replies import TooLongError, await_message
from assay.worker.table import read_table

SHORT_SECONDS = 60.0  # of work; what was shorter is always done again in full
PATIENCE_SECONDS = 120.0  # with a failed attempt: a minute of work, and starting and compiling


def replay(case: Case, start: Start) -> Replayed:
    """Do again what is to be done again, certify the fit, and rebuild the results.

    How long the run took is its owner's word. So a part that was done again tells here how long
    all of it takes; where that is short, all of it is done.

    Raises:
        CutShortError: the machine ended it.
    """
    failed = repeat_failed_attempt(case, start)
    outcome = _replay(case, start, *choose(case))
    if outcome.mode == "challenge" and _is_short(outcome):
        outcome = _replay(case, start, "full", None)
    return replace(outcome, failed_attempt=failed)


def choose(case: Case) -> tuple[Replay, Challenge | None]:
    """Return how much to do again, and what: the validator's own choice, made now.

    The evidence is fixed by its digests before this is called, and the choice comes from the
    system's randomness, so nobody can have prepared for it.
    """
    asked = case.options.replay
    if asked == "none":
        return "none", None
    cpu, wall = work(case.progress)
    if asked == "full" or max(cpu, wall) < SHORT_SECONDS:
        return "full", None
    method = load(case.design.method, "recompute")
    share = affordable_share(cpu, method.FIXED_SECONDS)
    challenge = method.challenge(
        case.fit, case.training, case.checkpoints, np.random.default_rng(), share
    )
    return ("challenge", challenge) if challenge else ("none", None)


def repeat_failed_attempt(case: Case, start: Start) -> FailedAgain | None:
    """Train with the design's own parameters, where a fix rests on that this failed.

    It is done where it takes no longer than PATIENCE_SECONDS here, or on demand; elsewhere the
    stored fit, measured again, must do. How long it is said to have taken does not count: that is
    its owner's word.
    """
    if case.emergency is None:
        return None
    number = case.emergency.attempt
    if not case.exact:
        return FailedAgain(number, not_done="bits need not agree on this machine")
    if case.options.replay == "none":
        return FailedAgain(number, not_done="--replay none")
    patience = math.inf if case.options.replay == "full" else PATIENCE_SECONDS
    own = case.design.training.model_dump(mode="json")
    try:
        with _asked(case, start, "full", None, training=own) as asked:
            message = await_message(asked.worker, messages.Replayed, asked.scratch, patience)
            return _failed_again(case, number, message, asked.scratch)
    except TooLongError as error:
        return FailedAgain(number, not_done=str(error))


def _failed_again(
    case: Case, number: int, message: messages.Replayed | messages.Failed, scratch: Path
) -> FailedAgain:
    """Return how an attempt ended, as recorded and as it ends now."""
    ended = case.ledger.end_of(number)
    failure = ended.failure if ended else None
    stopped = failure is not None and failure.stage == "fit"
    told = failure.summary if failure and stopped else "the kept fit"
    if isinstance(message, messages.Failed):
        return FailedAgain(number, told, message.summary)
    if stopped:
        return FailedAgain(number, told, "a fit")
    fresh = load_arrays(scratch / "fit.npz")
    differing = ", ".join(unlike_arrays(case.failed_fit.arrays, fresh)[:3])
    return FailedAgain(number, told, f"another fit ({differing} differ)" if differing else told)


def _is_short(outcome: Replayed) -> bool:
    """Return whether a challenge was met, and all of the work takes less than SHORT_SECONDS."""
    met = not outcome.error and all(criterion.passed for criterion in outcome.met)
    spent = [each for name, each in outcome.phases.items() if name not in NO_WORK]
    longest = max(sum(each.wall for each in spent), sum(each.cpu for each in spent))
    return met and longest < SHORT_SECONDS * outcome.share


def _replay(case: Case, start: Start, mode: Replay, challenge: Challenge | None) -> Replayed:
    with _asked(case, start, mode, challenge) as asked:
        again = await_message(asked.worker, messages.Replayed, asked.scratch)
        if isinstance(again, messages.Failed):
            return Replayed(mode, challenge, error=again.summary)
        done = Replayed(mode, challenge, phases=again.phases, peak_rss=again.peak_rss)
        done = _compared(case, done, again.checkpoints, asked.scratch)
        for name in ("fit.npz", "fit.json"):
            _put(asked.scratch / "stored" / name, case.content(case.evidence / name))
        asked.worker.send(messages.Check())
        checked = await_message(asked.worker, messages.Checked, asked.scratch)
        if isinstance(checked, messages.Failed):
            return replace(done, error=checked.summary)
        tables = _tables(asked.scratch, checked)
        return replace(done, certificates=checked.criteria, tables=tables)


def _compared(
    case: Case, done: Replayed, checkpoints: Mapping[str, str], scratch: Path
) -> Replayed:
    """Hold what came out against what was stored."""
    method = load(case.design.method, "recompute")
    if done.mode == "full":
        fresh = load_fit(scratch)
        differences = unlike_arrays(case.fit.arrays, fresh.arrays)
        differences += ["fit.json"] if case.fit.meta != fresh.meta else []
        differences += [
            f"checkpoint {name}"
            for name, digest in checkpoints.items()
            if name not in case.checkpoints or digest_arrays(case.checkpoints[name]) != digest
        ]
        agreement = method.agree(case.fit, fresh, case.training) if differences else []
        return replace(done, differences=tuple(differences), agreement=tuple(agreement))
    if done.challenge is None:
        return done
    replayed = load_arrays(scratch / "replayed.npz")
    met = method.compare(done.challenge, case.fit, case.checkpoints, replayed)
    return replace(done, met=tuple(met))


def _tables(scratch: Path, checked: messages.Checked) -> Tables:
    def tables(kind: str) -> tuple[Any, ...]:
        return tuple(read_table(path) for path in sorted(scratch.glob(f"results_{kind}.json")))

    return Tables(
        rebuilt=next(iter(tables("0")), None),
        again=next(iter(tables("1")), None),
        perturbed=tables("perturbed_*"),
        distorted=tables("distorted_*"),
        nudged=tables("nudged_*"),
        strangers=checked.strangers,
        own=checked.own,
        broken=checked.broken,
    )


@dataclass(frozen=True)
class _Asked:
    """A worker that was asked to do a run again, and the folder in which it puts what it made."""

    worker: WorkerProcess
    scratch: Path


@contextmanager
def _asked(
    case: Case, start: Start, mode: Replay, challenge: Challenge | None, **other: Any
) -> Iterator[_Asked]:
    """Start a worker on a task, with `other` in place of parts of it; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="assay-validate-") as name:
        folder = Path(name).resolve()
        scratch = folder / "scratch"
        scratch.mkdir()
        if challenge is not None:
            save_arrays(scratch / "challenge.npz", challenge.arrays)
        task = _task(case, mode, challenge, folder).model_copy(update=other)
        worker = WorkerProcess(task, scratch, lambda _: None, start)
        try:
            yield _Asked(worker, scratch)
        finally:
            worker.kill()


def _task(
    case: Case, mode: Replay, challenge: Challenge | None, folder: Path
) -> messages.Recompute:
    """Return what a worker is asked to do again; its inputs are put into the folder."""
    design, given = case.design, folder / "inputs"
    for name, file in case.below(case.frozen_code).items():
        _put(given / "code" / name, file.read())
    upstream = [(PLACES.results(j), PLACES.design(j)) for j in design.depends_on]
    features = case.inputs["features"]
    for path in (features, *(path for pair in upstream for path in pair)):
        _put(given / path.name, case.content(path))
    return messages.Recompute(
        mode=mode,
        request=dict(challenge.request) if challenge else {},
        checkpoints=tuple(sorted(case.checkpoints)),
        given=tuple(design.results.given),
        order=secrets.randbits(63),
        scratch=str(folder / "scratch"),
        heartbeat_seconds=case.admission.heartbeat_seconds,
        method=design.method,
        code=str(given / "code" / PLACES.code(case.model).name),
        features=str(given / features.name),
        upstream={
            str(j): (str(given / results.name), str(given / types.name))
            for j, (results, types) in zip(design.depends_on, upstream, strict=True)
        },
        design=design.front_matter(),
        training=case.training.model_dump(mode="json"),
        convergence=design.convergence.model_dump(mode="json"),
        digests=case.digests,
        seed=case.outcome.seed,
        cores=case.options.cores,
    )


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
