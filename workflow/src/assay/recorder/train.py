"""Training one model from admission to a recorded outcome."""

import shutil
import traceback
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from assay.admission import ADMISSION, Admission, admit, write_admission
from assay.criteria import Criterion, all_passed
from assay.errors import Category, TrainingError
from assay.evidence.arrays import load_fit
from assay.evidence.keys import KeyUnusableError, publish_key, signing_key
from assay.evidence.ledger import append_ledger, count_attempts
from assay.evidence.outcome import Failure, Outcome, write_outcome
from assay.evidence.progress import ProgressLog
from assay.evidence.seal import write_seal
from assay.files import digest_bytes, write_bytes, write_text
from assay.methods import load
from assay.publication import withdraw
from assay.recorder.clock import Stopwatch
from assay.recorder.live import SCRATCH, Onlookers
from assay.recorder.lock import NAME as LOCK
from assay.recorder.lock import model_lock
from assay.recorder.session import Session, WorkerFailedError
from assay.recorder.tracked_time import TrackedTime
from assay.recorder.training_log import TrainingLog
from assay.reporting.convergence_log import convergence_log
from assay.reporting.criteria import brief
from assay.reporting.incident import incident_report
from assay.sanity.check import check_results
from assay.sanity.table import to_csv_bytes
from assay.worker.table import read_table
from assay.workspace import Workspace


@dataclass(frozen=True)
class Request:
    """What is asked of one training.

    Attributes:
        workspace: where the model lives.
        model: its number.
        worker: the number N of the worker it counts for.
        cores: how many processes or threads it may keep busy.
        heartbeat_seconds: seconds between heartbeats.
        nonce: the director's word that goes into the seed.
        package: digest of assay's own source.
        problems: what planning found wrong with the model's place among the others.
    """

    workspace: Workspace
    model: int
    worker: int
    cores: int
    heartbeat_seconds: float
    nonce: str
    package: str
    problems: tuple[str, ...] = ()

    @property
    def agent(self) -> str:
        """Return the worker's name in the time tracker."""
        return f"model_trainer{self.worker}"


class _Refused(Exception):  # noqa: N818  (a way out with the failure, caught in this module)
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.summary)
        self.failure = failure


def train_model(request: Request) -> Outcome:
    """Train a model and record how it ended; what it measures, it never fails for.

    Older results of the model are withdrawn first. Afterwards the evidence folder holds the
    outcome, and `logs/` both logs; a failure has its incident report as well. The results are
    published by a later step, and only if the outcome allows it.

    Raises:
        TrainingError: another process is training this model; nothing was touched.
    """
    with model_lock(request.workspace.evidence(request.model), request.model):
        return _train(request)


def _train(request: Request) -> Outcome:
    workspace, model = request.workspace, request.model
    evidence = workspace.evidence(model)
    signer = _signer()
    withdraw(workspace, model)
    _clear(evidence)
    attempt = count_attempts(evidence) + 1
    watch = Stopwatch()
    append_ledger(evidence, event="begun", attempt=attempt, at=watch.requested)
    log = TrainingLog(workspace.training_log(model))
    tracked = TrackedTime(workspace.timing, request.agent, model, log)
    blank = Outcome(
        model=model, title="", method="", status="failed", attempt=attempt, timing=watch.timing()
    )
    try:
        outcome = _Training(request, log, watch, blank, tracked).run()
        tracked.end("completed" if outcome.failure is None else "failed")
    finally:
        log.close()
        shutil.rmtree(evidence / SCRATCH, ignore_errors=True)
    outcome = replace(outcome, issues=(*outcome.issues, *tracked.issues))
    _write(request, outcome)
    _seal(request, outcome, signer)
    return outcome


class _Training:
    """One run through admission, fit, convergence, results and sanity."""

    def __init__(
        self,
        request: Request,
        log: TrainingLog,
        watch: Stopwatch,
        outcome: Outcome,
        tracked: TrackedTime,
    ) -> None:
        self._request = request
        self._evidence = request.workspace.evidence(request.model)
        self._log = log
        self._watch = watch
        self._outcome = outcome
        self._tracked = tracked
        self._stage = "admission"

    def run(self) -> Outcome:
        """Return the outcome, whatever happens to the model."""
        try:
            self._admit_and_train()
            self._outcome = replace(self._outcome, status="trained")
            self._log.line("trained; every gate passed")
        except _Refused as refused:
            self._fail(refused.failure)
        except TrainingError as error:
            stage = error.stage if isinstance(error, WorkerFailedError) else self._stage
            self._fail(
                Failure(
                    category=error.category,
                    stage=stage,
                    summary=str(error),
                    where=error.where,
                    remedy=error.remedy,
                    details=error.details,
                )
            )
        except OSError as error:
            self._fail(_no_resource(error, self._stage))
        except Exception as error:  # a fault of assay's own still ends in a report
            self._fail(_own_fault(error, self._stage))
        return replace(self._outcome, timing=self._watch.timing())

    def _fail(self, failure: Failure) -> None:
        self._outcome = replace(self._outcome, failure=failure)
        self._log.line(f"failed at {failure.stage}: {failure.summary}")
        if failure.details:
            self._log.line(failure.details)

    def _admit_and_train(self) -> None:
        request = self._request
        self._log.line(f"model {request.model}, attempt {self._outcome.attempt}: admission")
        admission = admit(request.workspace, request.model, request.nonce, request.problems)
        write_admission(
            self._evidence / ADMISSION,
            admission,
            nonce=request.nonce,
            package=request.package,
            heartbeat_seconds=request.heartbeat_seconds,
            cores=request.cores,
        )
        self._describe(admission)
        self._stage = "fit"
        session = self._start(admission)
        try:
            self._follow(session, admission)
            session.finish()
        finally:
            session.close()
            self._watch.finish(session.progress.phases, session.usage)
            self._outcome = replace(self._outcome, checkpoints=session.progress.checkpoints)

    def _describe(self, admission: Admission) -> None:
        design = admission.design
        settings = load(design.method, "settings")
        self._outcome = replace(
            self._outcome,
            title=design.title,
            method=design.method,
            inputs=admission.digests,
            seed=admission.seed,
            parameters=settings.describe(design.training),
        )
        for name, digest in admission.digests.items():
            self._log.line(f"input {name}: {digest}")
        self._log.line(f"seed: {admission.seed}")

    def _start(self, admission: Admission) -> Session:
        workspace = self._request.workspace
        scratch = self._evidence / SCRATCH
        scratch.mkdir(parents=True)
        design = admission.design
        job = {
            "type": "job",
            "scratch": str(scratch.resolve()),
            "heartbeat_seconds": self._request.heartbeat_seconds,
            "method": design.method,
            "code": str(admission.code.resolve()),
            "features": str(admission.features.resolve()),
            "upstream": {
                str(number): [str(path.resolve()), str(workspace.design(number).resolve())]
                for number, path in admission.upstream.items()
            },
            "design": admission.front_matter,
            "training": design.training.model_dump(mode="json"),
            "convergence": design.convergence.model_dump(mode="json"),
            "digests": admission.digests,
            "seed": admission.seed,
            "cores": self._request.cores,
        }
        self._watch.start()
        Thread(target=_import_judges, args=(design.method,), daemon=True).start()
        progress_log = ProgressLog(self._evidence / "progress.jsonl")
        onlookers = Onlookers(self._request.model, scratch)
        return Session(
            job,
            self._evidence,
            self._log,
            progress_log,
            self._tracked.alive,
            on_sample=onlookers.look,
        )

    def _follow(self, session: Session, admission: Admission) -> None:
        scratch, design = self._evidence / SCRATCH, admission.design
        session.fit()
        for name in ("fit.npz", "fit.json"):
            (scratch / name).replace(self._evidence / name)
        self._stage = "convergence"
        self._judge_convergence(admission)
        self._stage = "results"
        session.results()
        self._stage = "sanity"
        table = read_table(scratch / "results.json")
        violations = check_results(table, design)
        if violations:
            raise _Refused(_insane([violation.message for violation in violations]))
        content = to_csv_bytes(table, design)
        write_bytes(self._evidence / "results.csv", content)
        self._outcome = replace(
            self._outcome,
            rows=len(table),
            columns=len(table.columns),
            results_digest=digest_bytes(content),
        )

    def _judge_convergence(self, admission: Admission) -> None:
        design = admission.design
        fit = load_fit(self._evidence)
        criteria = load(design.method, "diagnose").diagnose(
            fit, design.training, design.convergence
        )
        remarks = [c for c in criteria if not c.gates and not c.passed]
        self._outcome = replace(
            self._outcome,
            criteria=tuple(criteria),
            iterations=str(fit.meta.get("iterations", "")),
            issues=tuple(f"{brief(remark)}. {remark.advice}".strip() for remark in remarks),
        )
        for criterion in criteria:
            self._log.line(f"{'pass' if criterion.passed else 'FAIL'}: {brief(criterion)}")
        if not all_passed(criteria):
            raise _Refused(_unconverged(criteria))


def _import_judges(method: str) -> None:
    """Import what judges the fit while the worker is busy making it."""
    load(method, "diagnose")
    import_module("pandas")


def _unconverged(criteria: list[Criterion]) -> Failure:
    failed = [criterion for criterion in criteria if criterion.gates and not criterion.passed]
    return Failure(
        category=Category.CONVERGENCE,
        stage="convergence",
        summary="not converged: " + "; ".join(brief(criterion) for criterion in failed),
        where=", ".join(dict.fromkeys(c.where for c in failed if c.where)),
        remedy=" ".join(dict.fromkeys(c.advice for c in failed if c.advice)),
    )


def _no_resource(error: OSError, stage: str) -> Failure:
    return Failure(
        category=Category.RESOURCE,
        stage=stage,
        summary=f"the machine refused: {error.strerror or error}",
        where=str(error.filename or ""),
        remedy="Make room on the disk or correct the permissions, and run again.",
        details=traceback.format_exc(),
    )


def _own_fault(error: Exception, stage: str) -> Failure:
    return Failure(
        category=Category.IMPLEMENTATION,
        stage=stage,
        summary=f"a fault in assay itself: {type(error).__name__}: {error}",
        where="assay",
        remedy="Report this with the details below; the model is not to blame.",
        details=traceback.format_exc(),
    )


def _insane(messages: list[str]) -> Failure:
    more = "" if len(messages) == 1 else f" (and {len(messages) - 1} more)"
    return Failure(
        category=Category.IMPLEMENTATION,
        stage="sanity",
        summary=f"the results violate the design: {messages[0]}{more}",
        where="results",
        remedy="Correct what `results` computes, or the design where it says something wrong.",
        violations=tuple(messages),
    )


def _write(request: Request, outcome: Outcome) -> None:
    """Write everything that says how it ended; the outcome last, since it completes the rest."""
    workspace, model = request.workspace, request.model
    write_text(workspace.convergence_log(model), convergence_log(outcome))
    if outcome.failure is not None:
        write_text(workspace.incident(model), incident_report(outcome))
    append_ledger(
        workspace.evidence(model),
        event="ended",
        attempt=outcome.attempt,
        at=outcome.timing.finished,
        status=outcome.status,
        inputs=outcome.inputs,
        seed=outcome.seed,
        parameters=outcome.parameters,
        criteria=[criterion.as_json() for criterion in outcome.criteria],
        failure=None if outcome.failure is None else asdict(outcome.failure),
    )
    write_outcome(workspace.outcome(model), outcome)


def _signer() -> Any:
    """Return the key before anything is touched, so that no training ends without a seal."""
    try:
        return signing_key()
    except KeyUnusableError as error:
        raise TrainingError(
            str(error), category=Category.RESOURCE, where="signing key", remedy="Then run again."
        ) from error


def _seal(request: Request, outcome: Outcome, signer: Any) -> None:
    """Sign what the evidence holds now; nothing in it changes after this."""
    workspace, model = request.workspace, request.model
    publish_key(signer, workspace.keys)
    predicate = {
        "model": model,
        "attempt": outcome.attempt,
        "status": outcome.status,
        "method": outcome.method,
        "seed": outcome.seed,
        "nonce": request.nonce,
        "inputs": outcome.inputs,
        "package": request.package,
        "started": outcome.timing.started,
        "finished": outcome.timing.finished,
        "results": outcome.results_digest,
    }
    logs = [workspace.training_log(model), workspace.convergence_log(model)]
    write_seal(workspace.root, workspace.evidence(model), logs, predicate, signer)


def _clear(evidence: Path) -> None:
    """Remove an earlier attempt's evidence; the ledger of attempts stays."""
    for path in sorted(evidence.iterdir()):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in ("attempts.jsonl", LOCK):
            path.unlink()
