"""Training one model from admission to a recorded outcome."""

import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from threading import Thread

from assay.campaign.admission import ADMISSION, Admission, admit, write_admission
from assay.core.criteria import all_passed
from assay.core.errors import TrainingError
from assay.core.files import digest_bytes, write_bytes
from assay.core.timestamps import iso_now
from assay.documents.criteria import brief
from assay.documents.incident import rewind
from assay.documents.training_log import TrainingLog, admission_lines
from assay.evidence.arrays import load_fit
from assay.evidence.ledger import append_ledger, count_attempts
from assay.evidence.lock import model_lock
from assay.evidence.outcome import Failure, Outcome
from assay.evidence.publication import withdraw
from assay.evidence.sessions import active_seconds
from assay.methods import load
from assay.repair.attempts import keep_attempt
from assay.repair.diary import note_attempt
from assay.repair.use import Fix, assess, claim, conclude, unfinished
from assay.results.check import check_results
from assay.results.table import to_csv_bytes
from assay.training.clock import Stopwatch
from assay.training.failures import insane, no_resource, own_fault, unconverged
from assay.training.finalise import clear, seal, usable_key, write_conclusion
from assay.training.live_status import SCRATCH, LiveStatus
from assay.training.request import Request
from assay.training.resume import Interrupted, keep_log, reopen, to_carry_on
from assay.training.session import Session, StoppedError, WorkerFailedError
from assay.training.tracked_time import TrackedTime
from assay.training.watchdog import Patience, Watchdog
from assay.worker.table import read_table


class _Refused(Exception):  # noqa: N818  (a way out with the failure, caught in this module)
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.summary)
        self.failure = failure


def train_model(request: Request) -> Outcome:
    """Train a model and record how it ended; what it measures, it never fails for.

    An interrupted training of the same inputs is carried on from what it left. Older results of
    the model are withdrawn first. Afterwards the evidence folder holds the
    outcome, and `logs/` both logs; a failure has its incident report as well. The results are
    published by a later step, and only if the outcome allows it. After a critical failure the
    model is trained once more with the emergency fix that its design offers.

    Raises:
        TrainingError: another process is training this model; nothing was touched.
        StoppedError: it was asked to stop; run again, it goes on from its last checkpoint.
    """
    with model_lock(request.workspace.evidence(request.model), request.model):
        fix = unfinished(request.workspace, request.model, request.nonce)
        outcome = _train(request, fix)
        if fix is None and (fix := claim(request.workspace, outcome)):
            outcome = _train(request, fix)
        return outcome


def _train(request: Request, fix: Fix | None) -> Outcome:
    workspace, model = request.workspace, request.model
    evidence = workspace.evidence(model)
    signer = usable_key()
    withdraw(workspace, model)
    interrupted = to_carry_on(
        workspace, model, request.nonce, request.source, fix.record if fix else {}
    )
    watch = Stopwatch(interrupted)
    if interrupted is None:
        keep_attempt(evidence, with_fit=fix is not None)
        clear(evidence)
        attempt = count_attempts(evidence) + 1
        append_ledger(evidence, event="begun", attempt=attempt, at=watch.requested)
        log = TrainingLog(workspace.training_log(model))
    else:
        attempt = interrupted.attempt
        log = reopen(workspace, model, interrupted)
    keep_log(workspace, model)
    tracked = TrackedTime(workspace.timing, request.agent, model, log)
    blank = Outcome(
        model=model, title="", method="", status="failed", attempt=attempt, timing=watch.timing()
    )
    try:
        training = _Training(request, log, watch, blank, tracked, fix=fix, interrupted=interrupted)
        outcome = training.run()
        due, said = assess(workspace, outcome)
        tracked.close(outcome.failure, "" if due else rewind(outcome.failure))
    except StoppedError as stopped:
        append_ledger(evidence, event="stopped", attempt=attempt, at=iso_now(), reason=str(stopped))
        tracked.end("failed")
        raise
    finally:
        log.close()
        shutil.rmtree(evidence / SCRATCH, ignore_errors=True)
    outcome = replace(outcome, issues=(*outcome.issues, *filter(None, (said, *tracked.issues))))
    outcome = replace(outcome, issues=(*outcome.issues, *note_attempt(workspace, outcome)))
    conclude(workspace, outcome)
    write_conclusion(request, outcome)
    seal(request, outcome, signer)
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
        *,
        fix: Fix | None,
        interrupted: Interrupted | None,
    ) -> None:
        self._request = request
        self._evidence = request.workspace.evidence(request.model)
        self._log = log
        self._watch = watch
        self._outcome = outcome
        self._tracked = tracked
        self._fix = fix
        self._interrupted = interrupted
        self._stage = "admission"

    def run(self) -> Outcome:
        """Return the outcome, whatever happens to the model."""
        shutil.rmtree(self._evidence / SCRATCH, ignore_errors=True)  # a crash may have left it
        try:
            self._admit_and_train()
            self._outcome = replace(self._outcome, status="trained")
            self._log.line("trained; every gate passed")
        except StoppedError:
            raise
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
            self._fail(no_resource(error, self._stage))
        except Exception as error:  # a fault of assay's own still ends in a report
            self._fail(own_fault(error, self._stage))
        return replace(self._outcome, timing=self._watch.timing())

    def _fail(self, failure: Failure) -> None:
        self._outcome = replace(self._outcome, failure=failure)
        with suppress(OSError):  # on a full disk the incident report still may find a place
            self._log.line(f"failed at {failure.stage}: {failure.summary}")
            if failure.details:
                self._log.line(failure.details)

    def _admit_and_train(self) -> None:
        request = self._request
        admission = admit(request.workspace, request.model, request.nonce, request.problems)
        admission = self._fix.apply(admission) if self._fix else admission
        if self._interrupted is None:
            write_admission(
                self._evidence / ADMISSION,
                admission,
                nonce=request.nonce,
                source=request.source,
                heartbeat_seconds=request.heartbeat_seconds,
                cores=request.cores,
                emergency_fix=self._fix.record if self._fix else {},
            )
        self._describe(admission)
        self._stage = "fit"
        watchdog = self._watchdog(admission)
        session = self._start(admission, watchdog)
        try:
            self._follow(session, admission)
            session.finish()
        finally:
            session.close()
            watchdog.end()
            self._watch.finish(session.progress.phases, session.usage)
            issues = (*self._outcome.issues, *watchdog.issues, *session.remarks)
            checkpoints = session.progress.checkpoints
            self._outcome = replace(self._outcome, checkpoints=checkpoints, issues=issues)

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
            emergency=self._fix.record if self._fix else {},
            issues=(self._fix.words,) if self._fix else (),
        )
        if self._interrupted is None:
            for line in admission_lines(
                self._request.model, self._outcome.attempt, admission.digests, admission.seed
            ):
                self._log.line(line)
        for issue in self._outcome.issues:
            self._log.line(issue)

    def _watchdog(self, admission: Admission) -> Watchdog:
        request, minutes = self._request, admission.design.expected.minutes
        return Watchdog(
            request.model,
            Patience(
                None if minutes == "auto" else minutes[1],
                request.slow_after_hours,
                request.stall_heartbeats,
            ),
            request.workspace.slow_report(request.model),
            self._say,
            already=active_seconds(self._interrupted.records) if self._interrupted else 0.0,
        )

    def _say(self, text: str) -> None:
        """Write a line into the log, and where people look while snakemake runs."""
        self._log.line(text)
        print(f"assay: model {self._request.model}: {text}", file=sys.stderr, flush=True)

    def _start(self, admission: Admission, watchdog: Watchdog) -> Session:
        workspace = self._request.workspace
        scratch = self._evidence / SCRATCH
        scratch.mkdir(parents=True)
        design, interrupted = admission.design, self._interrupted
        resuming = {
            "before": {} if interrupted is None else interrupted.checkpoints,
            "kept": {} if interrupted is None else interrupted.kept,
        }
        heartbeat = self._request.heartbeat_seconds
        if interrupted is not None:  # the one that its record is judged by
            heartbeat = float(interrupted.admission["heartbeat_seconds"])
        job = {
            "type": "job",
            "scratch": str(scratch.resolve()),
            "heartbeat_seconds": heartbeat,
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
            **{
                part: {name: str(path.resolve()) for name, path in files.items()}
                for part, files in resuming.items()
            },
        }
        self._watch.start()
        Thread(target=_import_judges, args=(design.method,), daemon=True).start()

        def beat() -> None:
            self._tracked.alive()
            watchdog.heartbeat(session.progress, session.usage.total_cpu_seconds)

        session = Session(
            job,
            self._evidence,
            self._log,
            on_heartbeat=beat,
            stop=self._request.stop,
            interrupted=interrupted,
            on_sample=LiveStatus(self._request.model, scratch).look,
        )
        return session

    def _follow(self, session: Session, admission: Admission) -> None:
        scratch, design = self._evidence / SCRATCH, admission.design
        session.fit()
        for name in ("fit.npz", "fit.json"):
            (scratch / name).replace(self._evidence / name)
        self._stage = "convergence"
        with session.meanwhile():
            self._judge_convergence(admission)
        self._stage = "results"
        session.results()
        self._stage = "sanity"
        table = read_table(scratch / "results.json")
        with session.meanwhile():
            violations = check_results(table, design)
        if violations:
            raise _Refused(insane([violation.message for violation in violations]))
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
            issues=(
                *self._outcome.issues,
                *(f"{brief(remark)}. {remark.advice}".strip() for remark in remarks),
            ),
        )
        for criterion in criteria:
            self._log.line(f"{'pass' if criterion.passed else 'FAIL'}: {brief(criterion)}")
        if not all_passed(criteria):
            raise _Refused(unconverged(criteria))


def _import_judges(method: str) -> None:
    """Import what judges the fit while the worker is busy making it."""
    load(method, "diagnose")
    import_module("pandas")
