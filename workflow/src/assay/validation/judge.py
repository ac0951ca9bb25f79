"""The verdict on one model: every check in order, and what they add up to."""

from collections.abc import Callable, Iterator
from typing import Any

from assay.core.environment import describe_environment
from assay.core.errors import DesignError, TrainingError
from assay.core.workspace import Workspace
from assay.design import load_design
from assay.evidence.keys import KeyUnusableError
from assay.evidence.seal import evidence_files
from assay.evidence.verdict import Finding, Verdict
from assay.validation import claims, emergency, flags, record, structure
from assay.validation.failed_attempt import check_failed_attempt
from assay.validation.features import check_features
from assay.validation.replay import (
    CutShortError,
    Replayed,
    check_recomputation,
    check_results_rebuilt,
    replay,
)
from assay.validation.sensitivity import check_sensitivity
from assay.validation.subject import Options, Subject
from assay.worker.process import Start, spawn

Check = Callable[[], Iterator[Finding]]
# Failures with which doing the run again would show nothing more.
NO_REPLAY = frozenset({"structure", "files", "inputs", "attempt", "seed", "design", "emergency"})


def validate_model(
    workspace: Workspace, model: int, options: Options, start: Start = spawn
) -> Verdict:
    """Decide whether a model's published results come from a genuine run.

    Reads the workspace only; nothing in it is changed. Everything that was looked at is a
    finding, and so is everything that could not be.

    Args:
        workspace: where it lies.
        model: its number.
        options: what the director asks.
        start: starts the workers in which its code runs.

    Raises:
        DesignError: the design is broken, so that there is nothing to judge by.
        KeyUnusableError: a key the director trusts cannot be read.
    """
    subject = Subject(workspace, model, load_design(workspace.design(model)), options, start)
    inquiry = _Inquiry(subject)
    inquiry.run()
    return Verdict(
        model=model,
        findings=tuple(inquiry.findings),
        replay=inquiry.replay,
        conditions=_conditions(subject),
        attempts=_attempts(subject),
    )


class _Inquiry:
    """The checks of one model in order; a check that breaks is a finding, not the end."""

    def __init__(self, subject: Subject) -> None:
        self.findings: list[Finding] = []
        self.replay = "none"
        self._subject = subject

    def run(self) -> None:
        """Go through all checks."""
        subject = self._subject
        if not self._is_trained():
            return
        self._try("structure", lambda: structure.check_seal(subject))
        seal = subject.seal
        if seal is not None:
            self._try("files", lambda: structure.check_files(subject, seal))
        self._try("chain", lambda: structure.check_chain(subject))
        if seal is not None:
            self._try("inputs", lambda: structure.check_inputs(subject, seal))
            self._try("attempt", lambda: structure.check_attempt(subject, seal))
            self._try("claims", lambda: record.check_outcome(subject, seal))
        self._try("environment", lambda: structure.check_environment(subject))
        self._try("design", lambda: claims.check_design(subject))
        self._try("emergency", lambda: emergency.check_emergency(subject))
        for name, check in (
            ("duration", flags.check_duration),
            ("checkpoints", flags.check_checkpoints),
            ("heartbeats", flags.check_heartbeats),
            ("interruptions", flags.check_interruptions),
            ("order", flags.check_order),
            ("convergence", claims.check_convergence),
            ("fit", claims.check_fit),
            ("sanity", claims.check_sanity),
            ("claims", record.check_training_log),
            ("code", record.check_code),
            ("features", check_features),
        ):
            self._try(name, lambda check=check: check(subject))  # type: ignore[misc]
        self._recompute()

    def _is_trained(self) -> bool:
        """See whether there is anything to validate."""
        workspace, model = self._subject.workspace, self._subject.model
        evidence = self._subject.evidence
        if workspace.transient_outcome(model).exists() and not workspace.outcome(model).exists():
            message = "training failed for want of a resource; train the model again"
        elif not evidence.is_dir() or not evidence_files(evidence):
            message = "there is no evidence of any training; train the model with assay"
        else:
            return True
        self.findings.append(Finding("structure", "fail", message, action="RERUN"))
        return False

    def _recompute(self) -> None:
        subject = self._subject
        exact = structure.exact(self.findings)
        failed = {f.check for f in self.findings if f.status in ("fail", "skipped")} & NO_REPLAY
        if failed:
            message = f"not done again, since this failed already: {', '.join(sorted(failed))}"
            for check in ("recomputation", "results", "sensitivity"):
                self.findings.append(Finding(check, "skipped", message, doubt=True))
            return
        if subject.emergency:
            self._try("failed_attempt", lambda: check_failed_attempt(subject, exact))
        found: list[Replayed] = []
        self._try("recomputation", lambda: _keep(found, subject))
        if not found:
            return
        outcome = found[0]
        self.replay = outcome.mode
        self._try("recomputation", lambda: check_recomputation(subject, outcome, exact))
        self._try("results", lambda: check_results_rebuilt(subject, outcome, exact))
        self._try("sensitivity", lambda: check_sensitivity(subject, outcome))
        if outcome.share > 0:
            self._try("effort", lambda: flags.check_effort(subject, outcome.phases, outcome.share))
            self._try("phases", lambda: flags.check_phases(subject, outcome.phases, outcome.mode))
        if outcome.mode == "full" and exact and not outcome.error:
            self._try("memory", lambda: flags.check_memory(subject, outcome.peak_rss))

    def _try(self, name: str, check: Check) -> None:
        """Run a check; evidence that breaks it leaves a doubt, which nothing can lift."""
        try:
            self.findings += check()
        except (DesignError, KeyUnusableError):
            raise
        except CutShortError as error:
            message = f"doing it again was cut short, which says nothing about the run: {error}"
            self.findings.append(Finding(name, "skipped", message, doubt=True, transient=True))
        except TrainingError as error:
            self.findings.append(Finding(name, "fail", f"{error}. {error.remedy}", action="RERUN"))
        except FileNotFoundError as error:
            message = f"{error.filename} is missing"
            self.findings.append(Finding(name, "fail", message))
        except Exception as error:  # evidence is a stranger's: whatever it provokes is a finding
            message = f"it could not be checked: {type(error).__name__}: {error}"
            self.findings.append(Finding(name, "skipped", message, doubt=True))


def _keep(found: list[Replayed], subject: Subject) -> Iterator[Finding]:
    found.append(replay(subject))
    yield from ()


def _attempts(subject: Subject) -> dict[str, int]:
    ended = [line for line in subject.ledger if line.get("event") == "ended"]
    begun = sum(line.get("event") == "begun" for line in subject.ledger)
    return {"begun": begun, "seeds": len({line.get("seed") for line in ended})}


def _conditions(subject: Subject) -> dict[str, Any]:
    """Return whose word was taken for what, and where this was checked."""
    options = subject.options
    environment = describe_environment()
    return {
        "asked": options.replay,
        "key": "the director's" if options.trusted_keys else "the workspace's",
        "nonce": "the director's" if options.nonce is not None else "the workspace's",
        "inputs_frozen": options.frozen is not None,
        "python": environment["python"],
        "machine": environment["machine"],
        "packages": environment["packages"],
    }
