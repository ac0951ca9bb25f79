"""The verdict on one model: read it, check it, do it again, check that, and look once more."""

from assay.core.workspace import Workspace
from assay.evidence.verdict import Attempts, Conditions, Finding, Replay, Verdict
from assay.evidence.verdict_file import fix_digest
from assay.validation.case import Case, Options
from assay.validation.checks import (
    REQUIRED,
    broken_off,
    compared_findings,
    read_findings,
    settled,
)
from assay.validation.reading import changed_since, read_case
from assay.validation.replay import replay
from assay.validation.replayed import Replayed
from assay.worker.process import Start, spawn
from assay.worker.replies import CutShortError

SHOWN = 5


def validate_model(
    workspace: Workspace, model: int, options: Options, start: Start = spawn
) -> Verdict:
    """Decide whether a model's published results come from a genuine run.

    Reads the workspace only; nothing in it is changed. Everything that was looked at is a
    finding, and so is everything that could not be. A worker is started only for a run in which
    reading alone found nothing to refuse.

    Args:
        workspace: where it lies.
        model: its number.
        options: what the director asks.
        start: starts the workers in which its code runs.

    Raises:
        DesignError: the design is broken, so that there is nothing to judge by.
        KeyUnusableError: a key the director trusts cannot be read.
        ConfigError: the director's list of frozen inputs cannot be read.
    """
    case = read_case(workspace, model, options)
    findings = read_findings(case)
    mode: Replay = "none"
    if refused := settled(findings):
        findings += refused
    else:
        done = _again(case, start)
        if isinstance(done, Finding):
            findings.append(done)
        else:
            mode = done.mode
            findings += compared_findings(case, done)
    findings += _void(changed_since(case, workspace))
    return Verdict(
        model=model,
        findings=tuple(findings),
        required=REQUIRED,
        replay=mode,
        attempts=_attempts(case),
        conditions=_conditions(case),
        evidence=case.sealed_as,
        files=_judged(case),
    )


def _judged(case: Case) -> dict[str, str]:
    """Return the digests of what a verdict vouches for; inputs are vouched for by the manifest."""
    recorded = {n: file.digest for n, file in case.files.items() if case.is_recorded(n)}
    entries = None if case.fixes.problem else case.fixes.entries
    return recorded | fix_digest(case.model, entries)


def _again(case: Case, start: Start) -> Replayed | Finding:
    """Do the run again; return what kept it from being done, if anything did."""
    try:
        return replay(case, start)
    except CutShortError as error:
        message = f"doing it again was cut short, which says nothing about the run: {error}"
        return Finding("recomputation", "skipped", message, doubt=True, transient=True)
    except Exception as error:  # evidence is a stranger's: whatever it provokes is a finding
        return broken_off("recomputation", error)


def _void(changed: list[str]) -> list[Finding]:
    """Return the doubt that what was judged is no longer what is there."""
    if not changed:
        return []
    shown = ", ".join(changed[:SHOWN]) + (" ..." if len(changed) > SHOWN else "")
    message = f"changed while it was judged, so that the verdict speaks of nothing: {shown}"
    return [Finding("meanwhile", "skipped", message, changed, [], doubt=True)]


def _attempts(case: Case) -> Attempts:
    if case.problem("ledger"):
        return Attempts()
    seeds = {line.seed for line in case.ledger.ended}
    return Attempts(begun=len(case.ledger.begun), seeds=len(seeds))


def _conditions(case: Case) -> Conditions:
    """Return whose word was taken for what, and where this was checked."""
    options, here = case.options, case.here.environment
    return Conditions(
        asked=options.replay,
        key="the director's" if options.trusted_keys else "the workspace's",
        nonce="the director's" if options.nonce is not None else "the workspace's",
        inputs_frozen=options.frozen is not None,
        python=here.python,
        machine=here.machine,
        packages=here.packages,
    )
