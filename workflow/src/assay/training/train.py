"""Training one model from admission to a recorded outcome."""

import shutil
import sys
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import Any

from assay.campaign.admission import Admitted, admit
from assay.core.criteria import all_passed
from assay.core.errors import TrainingError
from assay.core.files import digest_bytes, write_bytes
from assay.core.timestamps import iso_now
from assay.documents.criteria import brief
from assay.documents.incident import rewind
from assay.documents.training_log import TrainingLog, admission_lines
from assay.evidence.admission import ADMISSION, Admission, environment_now
from assay.evidence.arrays import load_fit
from assay.evidence.attempt import Attempt, Interrupted
from assay.evidence.ledger import Begun, Stopped, append_ledger
from assay.evidence.lock import model_lock
from assay.evidence.outcome import Failure, Outcome
from assay.evidence.publication import withdraw
from assay.evidence.record import to_bytes
from assay.evidence.sessions import active_seconds
from assay.methods import load
from assay.repair.attempts import keep_attempt, note_attempt
from assay.repair.use import Fix, assess, claim, conclude, unfinished
from assay.results.check import check_results
from assay.results.table import to_csv_bytes
from assay.training.clock import Stopwatch
from assay.training.failures import insane, no_resource, own_fault, unconverged
from assay.training.finalise import clear, seal, usable_key, write_conclusion
from assay.training.live_status import SCRATCH, LiveStatus
from assay.training.request import Request
from assay.training.resume import keep_log, look_back, reopen, to_carry_on
from assay.training.session import Session, StoppedError, WorkerFailedError
from assay.training.task import training_task
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
        attempt = look_back(request)
        fix = unfinished(request.workspace, request.model, attempt)
        outcome = _train(request, attempt, fix)
        if fix is None and (fix := claim(request.workspace, outcome)):
            outcome = _train(request, look_back(request), fix)
        return outcome


def _train(request: Request, attempt: Attempt, fix: Fix | None) -> Outcome:
    workspace, model = request.workspace, request.model
    evidence = workspace.evidence(model)
    signer = usable_key()
    withdraw(workspace, model)
    interrupted = to_carry_on(workspace, model, attempt, fix.use if fix else None)
    watch = Stopwatch(interrupted)
    if interrupted is None:
        keep_attempt(evidence, attempt.ledger, with_fit=fix is not None)
        clear(evidence)
        number = attempt.number
        append_ledger(evidence, Begun(attempt=number, at=watch.requested))
        log = TrainingLog(workspace.training_log(model))
    else:
        number = interrupted.attempt
        log = reopen(workspace, model, interrupted)
    keep_log(workspace, model)
    tracked = TrackedTime(workspace.timing, request.agent, model, log)
    blank = Outcome(
        model=model, title="", method="", status="failed", attempt=number, timing=watch.timing()
    )
    try:
        training = _Training(request, log, watch, blank, tracked, fix=fix, interrupted=interrupted)
        outcome = training.run()
        due, said = assess(workspace, outcome)
        tracked.close(outcome.failure, "" if due else rewind(outcome.failure))
    except StoppedError as stopped:
        append_ledger(evidence, Stopped(attempt=number, at=iso_now(), reason=str(stopped)))
        tracked.end("failed")
        raise
    finally:
        log.close()
        shutil.rmtree(evidence / SCRATCH, ignore_errors=True)
    outcome = _noted(outcome, *filter(None, (said, *tracked.issues)))
    outcome = _noted(outcome, *note_attempt(workspace, outcome, attempt.ledger))
    conclude(workspace, outcome)
    write_conclusion(request, outcome)
    seal(request, outcome, signer)
    return outcome


def _noted(outcome: Outcome, *issues: str) -> Outcome:
    return outcome.model_copy(update={"issues": (*outcome.issues, *issues)})


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

    def _know(self, **values: Any) -> None:
        """Take into the outcome what is known by now."""
        self._outcome = self._outcome.model_copy(update=values)

    def run(self) -> Outcome:
        """Return the outcome, whatever happens to the model."""
        shutil.rmtree(self._evidence / SCRATCH, ignore_errors=True)  # a crash may have left it
        try:
            self._admit_and_train()
            self._know(status="trained")
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
        self._know(timing=self._watch.timing())
        return self._outcome

    def _fail(self, failure: Failure) -> None:
        self._know(failure=failure)
        with suppress(OSError):  # on a full disk the incident report still may find a place
            self._log.line(f"failed at {failure.stage}: {failure.summary}")
            if failure.details:
                self._log.line(failure.details)

    def _admit_and_train(self) -> None:
        request = self._request
        admitted = admit(request.workspace, request.model, request.nonce, request.problems)
        admitted = self._fix.apply(admitted) if self._fix else admitted
        if self._interrupted is None:
            admission = Admission(
                design=admitted.front_matter,
                digests=admitted.digests,
                seed=admitted.seed,
                nonce=request.nonce,
                source=request.source,
                heartbeat_seconds=request.heartbeat_seconds,
                cores=request.cores,
                emergency_fix=self._fix.use if self._fix else None,
                environment=environment_now(),
            )
            write_bytes(self._evidence / ADMISSION, to_bytes(admission))
        self._describe(admitted)
        self._stage = "fit"
        watchdog = self._watchdog(admitted)
        session = self._start(admitted, watchdog)
        try:
            self._follow(session, admitted)
            session.finish()
        finally:
            session.close()
            watchdog.end()
            self._watch.finish(session.progress.phases, session.usage)
            issues = (*self._outcome.issues, *watchdog.issues, *session.remarks)
            self._know(checkpoints=session.progress.checkpoints, issues=issues)

    def _describe(self, admitted: Admitted) -> None:
        design = admitted.design
        settings = load(design.method, "settings")
        self._know(
            title=design.title,
            method=design.method,
            inputs=admitted.digests,
            seed=admitted.seed,
            parameters=settings.describe(design.training),
            emergency=self._fix.use if self._fix else None,
            issues=(self._fix.words,) if self._fix else (),
        )
        if self._interrupted is None:
            for line in admission_lines(
                self._request.model, self._outcome.attempt, admitted.digests, admitted.seed
            ):
                self._log.line(line)
        for issue in self._outcome.issues:
            self._log.line(issue)

    def _watchdog(self, admitted: Admitted) -> Watchdog:
        request, minutes = self._request, admitted.design.expected.minutes
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

    def _start(self, admitted: Admitted, watchdog: Watchdog) -> Session:
        scratch = self._evidence / SCRATCH
        scratch.mkdir(parents=True)
        task = training_task(self._request, admitted, self._interrupted, scratch)
        self._watch.start()
        Thread(target=_import_judges, args=(task.method,), daemon=True).start()

        def beat() -> None:
            self._tracked.alive()
            watchdog.heartbeat(session.progress, session.usage.total_cpu_seconds)

        session = Session(
            task,
            self._evidence,
            self._log,
            on_heartbeat=beat,
            stop=self._request.stop,
            interrupted=self._interrupted,
            on_sample=LiveStatus(self._request.model, scratch).look,
        )
        return session

    def _follow(self, session: Session, admitted: Admitted) -> None:
        scratch, design = self._evidence / SCRATCH, admitted.design
        session.fit()
        for name in ("fit.npz", "fit.json"):
            (scratch / name).replace(self._evidence / name)
        self._stage = "convergence"
        with session.meanwhile():
            self._judge_convergence(admitted)
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
        self._know(
            rows=len(table),
            columns=len(table.columns),
            results_digest=digest_bytes(content),
        )

    def _judge_convergence(self, admitted: Admitted) -> None:
        design = admitted.design
        fit = load_fit(self._evidence)
        criteria = load(design.method, "diagnose").diagnose(
            fit, design.training, design.convergence
        )
        remarks = [c for c in criteria if not c.gates and not c.passed]
        self._know(
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
