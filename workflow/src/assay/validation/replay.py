"""Doing a run again in a worker, and comparing what comes out with what was stored."""

import json
import math
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.criteria import Criterion
from assay.core.errors import AssayError, Category
from assay.evidence.arrays import digest_arrays, load_arrays, load_fit, save_arrays
from assay.evidence.verdict import Finding, from_criteria
from assay.methods import load, traits_of
from assay.methods.base import Challenge, affordable_share
from assay.results.check import check_results
from assay.results.table import to_csv_bytes
from assay.validation.claims import same_arrays
from assay.validation.flags import NO_WORK, work
from assay.validation.subject import Subject
from assay.worker.process import WorkerProcess, was_killed
from assay.worker.table import read_table

SHORT_SECONDS = 60.0  # of work; what was shorter is always done again in full
WAIT_SECONDS = 1.0


class CutShortError(AssayError):
    """The machine ended what was being done again; that says nothing about the run."""


class TooLongError(AssayError):
    """What is done again takes longer than it may."""


@dataclass
class Replayed:
    """What doing it again gave.

    Attributes:
        mode: full, challenge or none.
        challenge: what was chosen, for a challenge.
        phases: wall and CPU seconds by phase.
        peak_rss: the largest memory of its first process, in bytes; 0 if unknown.
        checkpoints: digests of the checkpoints that it gave, by name.
        differences: arrays (or "fit.json", or checkpoints) that differ from those stored, after a
            full replay.
        agreement: criteria of a comparison with a fresh run but for rounding, if one differs.
        replayed: criteria of a challenge.
        certificates: criteria measured on the model itself.
        rebuilt: the table that `results` makes of the stored fit; None if it raised.
        again: the same once more.
        perturbed: tables that it makes of other fits.
        distorted: tables that it makes of fits that need not make sense.
        nudged: tables that it makes of fits which differ in the twelfth digit.
        strangers: `given` columns with a value that is not in the inputs.
        own: rows whose value is not in the inputs, by column of the others.
        broken: what `results` raised, by fit.
        error: why the replay could not be done, if it could not.
    """

    mode: str
    challenge: Challenge | None = None
    phases: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    peak_rss: int = 0
    checkpoints: Mapping[str, str] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    agreement: list[Criterion] = field(default_factory=list)
    replayed: list[Criterion] = field(default_factory=list)
    certificates: list[Criterion] = field(default_factory=list)
    rebuilt: Any = None
    again: Any = None
    perturbed: list[Any] = field(default_factory=list)
    distorted: list[Any] = field(default_factory=list)
    nudged: list[Any] = field(default_factory=list)
    strangers: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, list[int]] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def share(self) -> float:
        """Return the part of the work that was done again."""
        if self.mode == "full":
            return 1.0
        return self.challenge.share if self.challenge else 0.0


def choose(subject: Subject) -> tuple[str, Challenge | None]:
    """Return how much to do again, and what: the validator's own choice, made now.

    The evidence is fixed by its digests before this is called, and the choice comes from the
    system's randomness, so nobody can have prepared for it.
    """
    asked = subject.options.replay
    if asked == "none":
        return "none", None
    cpu, wall = work(subject.records)
    if asked == "full" or max(cpu, wall) < SHORT_SECONDS:
        return "full", None
    method = load(subject.design.method, "recompute")
    share = affordable_share(cpu, method.FIXED_SECONDS)
    challenge = method.challenge(
        subject.fit, subject.training, subject.checkpoints, np.random.default_rng(), share
    )
    return ("challenge", challenge) if challenge else ("none", None)


def replay(subject: Subject) -> Replayed:
    """Do again what is to be done again, certify the fit, and rebuild the results.

    How long the run took is its owner's word. So a part that was done again tells here how long
    all of it takes; where that is short, all of it is done.
    """
    outcome = _replay(subject, *choose(subject))
    if outcome.mode == "challenge" and _is_short(outcome):
        return _replay(subject, "full", None)
    return outcome


def _is_short(outcome: Replayed) -> bool:
    """Return whether a challenge was met, and all of the work takes less than SHORT_SECONDS."""
    met = not outcome.error and all(criterion.passed for criterion in outcome.replayed)
    spent = [time for name, time in outcome.phases.items() if name not in NO_WORK]
    longest = max(sum(time[clock] for time in spent) for clock in ("wall", "cpu"))
    return met and longest < SHORT_SECONDS * outcome.share


def _replay(subject: Subject, mode: str, challenge: Challenge | None) -> Replayed:
    outcome = Replayed(mode, challenge)
    with tempfile.TemporaryDirectory(prefix="assay-validate-") as folder:
        scratch = Path(folder)
        if challenge is not None:
            save_arrays(scratch / "challenge.npz", challenge.arrays)
        task = replay_task(subject, outcome, scratch)
        lines: list[str] = []
        worker = WorkerProcess(task, scratch, lines.append, subject.start)
        try:
            outcome.error = _converse(subject, worker, outcome, scratch)
        finally:
            worker.kill()
    return outcome


def replay_task(subject: Subject, outcome: Replayed, scratch: Path) -> dict[str, Any]:
    """Return what a worker is asked to do again, with `scratch` as its folder."""
    design, workspace = subject.design, subject.workspace
    return {
        "type": "recompute",
        "mode": outcome.mode,
        "request": dict(outcome.challenge.request) if outcome.challenge else {},
        "checkpoints": sorted(subject.checkpoints),
        "before": {},
        "kept": {},
        "given": list(design.results.given),
        "order": secrets.randbits(63),
        "scratch": str(scratch.resolve()),
        "heartbeat_seconds": float(subject.admission["heartbeat_seconds"]),
        "method": design.method,
        "code": str(subject.frozen_code.resolve()),
        "features": str(subject.inputs["features"].resolve()),
        "upstream": {
            str(j): [str(workspace.results(j).resolve()), str(workspace.design(j).resolve())]
            for j in design.depends_on
        },
        "design": design.front_matter(),
        "training": subject.training.model_dump(mode="json"),
        "convergence": design.convergence.model_dump(mode="json"),
        "digests": subject.digests,
        "seed": str(subject.outcome.seed),
        "cores": subject.options.cores,
    }


def _converse(subject: Subject, worker: WorkerProcess, outcome: Replayed, scratch: Path) -> str:
    """Follow the worker to its end; return what went wrong, if anything did."""
    message = await_message(worker, "replayed")
    if message["type"] != "replayed":
        return str(message["summary"])
    outcome.phases, outcome.checkpoints = message["phases"], message["checkpoints"]
    outcome.peak_rss = message["peak_rss"]
    _compare(subject, outcome, scratch)
    stored = scratch / "stored"
    stored.mkdir()
    for name in ("fit.npz", "fit.json"):
        shutil.copyfile(subject.evidence / name, stored / name)
    worker.send({"type": "check"})
    message = await_message(worker, "checked")
    if message["type"] != "checked":
        return str(message["summary"])
    outcome.certificates = [Criterion(**criterion) for criterion in message["criteria"]]
    outcome.strangers, outcome.broken = message["strangers"], message["broken"]
    outcome.own = message["own"]
    outcome.rebuilt, outcome.again = (_table(scratch, name) for name in ("0", "1"))
    outcome.perturbed, outcome.distorted, outcome.nudged = (
        [read_table(path) for path in sorted(scratch.glob(f"results_{kind}_*.json"))]
        for kind in ("perturbed", "distorted", "nudged")
    )
    return ""


def await_message(worker: WorkerProcess, wanted: str, seconds: float = math.inf) -> dict[str, Any]:
    """Return the message wanted, or one of type "failure" that says why it did not come.

    Args:
        worker: who sends it.
        wanted: its type.
        seconds: how long to wait for it.

    Raises:
        CutShortError: the worker was killed, or lacked memory or another resource.
        TooLongError: it did not come in time.
    """
    latest = time.monotonic() + seconds
    while (messages := worker.receive(WAIT_SECONDS)) is not None:
        for message in messages:
            if message["type"] == "failure" and message["category"] == Category.RESOURCE:
                raise CutShortError(str(message["summary"]))
            if message["type"] in (wanted, "failure"):
                return message
        if time.monotonic() > latest:
            raise TooLongError(f"it takes more than {seconds:,.0f} s")
    how = worker.finish()
    if was_killed(how):
        raise CutShortError(f"the worker died: {how}")
    return {"type": "failure", "summary": f"the worker died: {how}"}


def _compare(subject: Subject, outcome: Replayed, scratch: Path) -> None:
    if outcome.mode == "full":
        outcome.differences = same_arrays(subject.evidence / "fit.npz", scratch / "fit.npz")
        stored, fresh = (
            json.loads((folder / "fit.json").read_text(encoding="utf-8"))
            for folder in (subject.evidence, scratch)
        )
        if stored != fresh:
            outcome.differences.append("fit.json")
        outcome.differences += [
            f"checkpoint {name}"
            for name, digest in outcome.checkpoints.items()
            if name not in subject.checkpoints or digest_arrays(subject.checkpoints[name]) != digest
        ]
        if outcome.differences:
            outcome.agreement = load(subject.design.method, "recompute").agree(
                subject.fit, load_fit(scratch), subject.training
            )
    elif outcome.challenge is not None:
        outcome.replayed = load(subject.design.method, "recompute").compare(
            outcome.challenge,
            subject.fit,
            subject.checkpoints,
            load_arrays(scratch / "replayed.npz"),
        )


def _table(scratch: Path, name: str) -> Any:
    path = scratch / f"results_{name}.json"
    return read_table(path) if path.exists() else None


def check_recomputation(subject: Subject, outcome: Replayed, exact: bool) -> Iterator[Finding]:
    """Judge what doing it again showed.

    Args:
        subject: what is judged.
        outcome: what came out.
        exact: whether this machine must agree with the recording one to the last bit.
    """
    if outcome.error:
        message = f"doing it again failed: {outcome.error}"
        yield Finding("recomputation", "fail" if exact else "warn", message, doubt=not exact)
        return
    yield from _certificates(outcome)
    status: Any = "fail" if exact else "warn"
    if outcome.mode == "full":
        if outcome.differences:
            names = ", ".join(outcome.differences[:5])
            message = f"done again from its seed, the run gives another fit: {names} differ"
            yield Finding(
                "recomputation", status, message, outcome.differences, [], doubt=not exact
            )
            if not exact:
                yield from from_criteria(
                    "fresh_run", outcome.agreement, "a fresh run agrees with it"
                )
        else:
            message = "done again in full from its seed, the run gives the same fit to the last bit"
            yield Finding("recomputation", "pass", message, 1.0, 1.0)
    elif outcome.challenge is not None:
        what = f"{outcome.challenge.what}, {100 * outcome.share:.2g} % of the work"
        criteria = outcome.replayed
        if not exact:
            criteria = [Criterion(**{**vars(c), "gates": False}) for c in criteria]
        passed = f"done again from its seed ({what}), it agrees to the last bit"
        yield from from_criteria("recomputation", criteria, passed)
    elif traits_of(subject.design.method).proves_itself and outcome.certificates:
        if all(criterion.passed for criterion in outcome.certificates if criterion.gates):
            message = "the answer proves itself on the problem built again from the code"
            yield Finding("recomputation", "pass", message)
    else:
        asked = subject.options.replay
        message = f"nothing was done again (--replay {asked}): only that can show that it ran"
        yield Finding("recomputation", "skipped", message, doubt=True)


def _certificates(outcome: Replayed) -> Iterator[Finding]:
    """Judge the certificates; a doubt they leave is overruled by an exact replay in full."""
    overruled = outcome.mode == "full" and not outcome.differences
    passed = "on the model itself, the fit is one of its answers"
    for finding in from_criteria("certificate", outcome.certificates, passed, doubt=not overruled):
        if finding.status == "skipped":
            message = "this method has no certificate; only doing it again shows anything"
            yield Finding("certificate", "skipped", message)
        else:
            yield finding


def check_results_rebuilt(subject: Subject, outcome: Replayed, exact: bool) -> Iterator[Finding]:
    """Rebuild the table from the stored fit and compare it with the published one."""
    if outcome.rebuilt is None or outcome.again is None:
        reasons = [outcome.error, *(outcome.broken.get(name, "") for name in ("0", "1"))]
        reason = next(filter(None, reasons), "no table came back")
        status: Any = "skipped" if outcome.error else "fail"
        message = f"the results cannot be rebuilt: {reason}"
        yield Finding("results", status, message, doubt=True)
        return
    tables = [outcome.rebuilt, outcome.again]
    violations = [check_results(table, subject.design) for table in tables]
    if any(violations):
        first = next(filter(None, violations))[0]
        yield Finding("results", "fail", f"rebuilt, the results break the design: {first.message}")
        return
    rebuilt, again = (to_csv_bytes(table, subject.design) for table in tables)
    if rebuilt != again:
        message = "two calls of `results` on the same fit give different tables"
        yield Finding("results", "fail", message)
    elif rebuilt == subject.published:
        yield Finding("results", "pass", "rebuilt from the stored fit, every cell agrees")
    else:
        yield _differing(subject, rebuilt, exact)


def _differing(subject: Subject, rebuilt: bytes, exact: bool) -> Finding:
    """Say where published and rebuilt results differ."""
    published, fresh = (text.decode("utf-8", "replace") for text in (subject.published, rebuilt))
    pairs = list(zip(published.splitlines(), fresh.splitlines(), strict=False))
    cells = [
        (row, old, new)
        for row, (left, right) in enumerate(pairs)
        for old, new in zip(left.split(","), right.split(","), strict=False)
        if old != new
    ]
    where = (
        f"row {cells[0][0]}: {cells[0][1]} published, {cells[0][2]} rebuilt" if cells else "rows"
    )
    if not exact and cells and all(_near(old, new) for _, old, new in cells):
        message = "rebuilt on another kind of machine, the results agree but for rounding"
        return Finding("results", "pass", message, len(cells), 0)
    count = max(1, len(cells))
    many = f"{count} cells differ" if count > 1 else "1 cell differs"
    message = f"rebuilt from the stored fit, {many} ({where})"
    return Finding("results", "fail", message, len(cells), 0)


def _near(old: str, new: str) -> bool:
    try:
        return bool(np.isclose(float(old), float(new), rtol=1e-6, atol=1e-9))
    except ValueError:
        return False
