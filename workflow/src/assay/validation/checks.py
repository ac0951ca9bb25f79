"""The checks of a validation: one table, in the order in which they are made.

Checks are pure: a case goes in, and from the second table on what doing the run again gave;
findings come out. No disk, no clock, nothing is changed. A check that breaks on odd evidence is
a finding as well, for that evidence is a stranger's.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from assay.core.errors import TrainingError
from assay.evidence.record import EvidenceError
from assay.evidence.verdict import Action, Finding, RedFlag
from assay.validation import (
    claims,
    effort,
    emergency,
    features,
    flags,
    provenance,
    recomputation,
    record,
    sensitivity,
    structure,
)
from assay.validation.case import PLACES, Case
from assay.validation.replayed import Replayed

Reading = Callable[[Case], Iterable[Finding]]
Comparing = Callable[[Case, Replayed], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """What is looked at under one name.

    Attributes:
        name: of its findings. Several checks may share one.
        reads: a function of the case; or
        compares: one of the case and of the run done again.
        required: without a pass of this name nothing is approved.
        red_flags: the protocol's red flags that it may raise.
        action: what the director should do where it fails, unless the finding says otherwise.
        needs: parts of the case (names of its properties) without which it cannot be made; the
            checks named `structure`, `chain`, `inputs`, `published` and `fit` say why one is not
            there.
    """

    name: str
    reads: Reading | None = None
    compares: Comparing | None = None
    required: bool = False
    red_flags: tuple[RedFlag, ...] = ()
    action: Action = "INVESTIGATE"
    needs: tuple[str, ...] = ()


RUN = ("outcome", "admission")
TIMES = ("progress", *RUN)
CHECKS = (
    Check("structure", structure.check_structure, required=True),
    Check("signature", structure.check_signature, required=True, needs=("seal",)),
    Check("files", structure.check_files, required=True, needs=("seal",)),
    Check("published", structure.check_published, needs=("seal",)),
    Check("chain", structure.check_chain, required=True),
    Check("inputs", provenance.check_inputs, required=True, needs=("seal", *RUN)),
    Check("frozen", provenance.check_frozen, needs=("digests",), action="RERUN"),
    Check("seed", provenance.check_seed, required=True, needs=("seal", "digests", *RUN)),
    Check("attempt", provenance.check_attempt, required=True, needs=("seal", "ledger", "outcome")),
    Check("shopping", provenance.check_shopping, needs=("ledger",)),
    Check("claims", record.check_outcome, needs=("seal", "ledger", "fit", "published", *TIMES)),
    Check("environment", provenance.check_environment, needs=("admission",)),
    Check("source", provenance.check_source, needs=("admission",)),
    Check("design", claims.check_design, required=True, needs=RUN),
    Check("emergency", emergency.check_emergency, required=True, needs=("ledger", *RUN)),
    Check(
        "duration",
        flags.check_duration,
        required=True,
        red_flags=("short_duration",),
        action="RERUN",
        needs=("progress",),
    ),
    Check(
        "checkpoints",
        flags.check_checkpoints,
        required=True,
        red_flags=("no_checkpoints",),
        needs=("progress",),
    ),
    Check(
        "heartbeats",
        flags.check_heartbeats,
        required=True,
        red_flags=("log_gap", "log_too_dense"),
        needs=("progress", "admission"),
    ),
    Check(
        "interruptions",
        flags.check_interruptions,
        red_flags=("log_gap",),
        needs=("progress", "ledger", "outcome"),
    ),
    Check(
        "order",
        flags.check_order,
        required=True,
        red_flags=("results_before_training",),
        needs=("progress", "published", "outcome"),
    ),
    Check("clocks", flags.check_clocks, needs=("progress",)),
    Check("convergence", claims.check_convergence, required=True, needs=("fit", "admission")),
    Check("claims", claims.check_claims, needs=("fit", *RUN)),
    Check("fit", claims.check_fit, needs=("admission",)),
    Check(
        "sanity",
        claims.check_sanity,
        required=True,
        red_flags=("zero_variance",),
        needs=("published",),
    ),
    Check("claims", record.check_training_log, needs=("progress", "outcome")),
    Check("code", record.check_code, needs=("digests",)),
    Check("features", features.check_features, needs=("digests",)),
    Check("failed_attempt", compares=recomputation.check_failed_attempt),
    Check("certificate", compares=recomputation.check_certificate),
    Check("recomputation", compares=recomputation.check_recomputation, required=True),
    Check("fresh_run", compares=recomputation.check_fresh_run),
    Check("results", compares=recomputation.check_results_rebuilt, required=True),
    Check("sensitivity", compares=sensitivity.check_sensitivity, required=True),
    Check("given", compares=sensitivity.check_given),
    Check("constant", compares=sensitivity.check_constants),
    Check("effort", compares=effort.check_effort),
    Check("duration", compares=effort.check_padding, red_flags=("short_duration",), action="RERUN"),
    Check("phases", compares=effort.check_phases),
    Check("memory", compares=effort.check_memory),
)
REQUIRED = tuple(check.name for check in CHECKS if check.required)
DONE_AGAIN = tuple(check.name for check in CHECKS if check.required and check.compares)
# What else leaves nothing to do again, or nothing to hold it against, where it could not be seen.
NO_REPLAY = frozenset({"structure", "files", "inputs", "attempt", "seed", "design", "emergency"})
# How long a run takes at least is its author's guess: where only that fails, doing it again tells
# a guess that was too high from a run that stopped early.
GUESSED = frozenset({"duration"})


def read_findings(case: Case) -> list[Finding]:
    """Return what is found by reading alone."""
    untrained = _untrained(case)
    if untrained:
        return [untrained]
    found: list[Finding] = []
    for check in CHECKS:
        if check.reads:
            found += _made(check, case, lambda reads=check.reads: reads(case))  # type: ignore[misc]
    return found


def compared_findings(case: Case, replayed: Replayed) -> list[Finding]:
    """Return what is found by holding the run done again against the record."""
    found: list[Finding] = []
    for check in CHECKS:
        if compares := check.compares:
            found += _made(check, case, lambda c=compares: c(case, replayed))  # type: ignore[misc]
    return found


def settled(findings: Iterable[Finding]) -> list[Finding]:
    """Return why nothing is to be done again, one finding for each check that would do it.

    What is refused already stays refused, whatever else came out: so no code of a stranger is run
    for it, but where it is a guess that refuses it.
    """
    names = {f.check for f in findings if f.status == "fail"} - GUESSED
    names |= {f.check for f in findings if f.status == "skipped"} & NO_REPLAY
    message = f"not done again, since this failed already: {', '.join(sorted(names))}"
    return [Finding(check, "skipped", message, doubt=True) for check in DONE_AGAIN if names]


def broken_off(name: str, error: Exception) -> Finding:
    """Return the finding that evidence broke what was made of it; nothing can lift the doubt."""
    if isinstance(error, TrainingError):
        return Finding(name, "fail", f"{error}. {error.remedy}", action="RERUN")
    if isinstance(error, EvidenceError):
        return Finding(name, "fail", str(error))
    message = f"it could not be checked: {type(error).__name__}: {error}"
    return Finding(name, "skipped", message, doubt=True)


def _untrained(case: Case) -> Finding | None:
    """Return that there is nothing to validate, if so."""
    transient = case.has(PLACES.transient_outcome(case.model))
    if transient and not case.has(PLACES.outcome(case.model)):
        message = "training failed for want of a resource; train the model again"
    elif not case.below(case.evidence):
        message = "there is no evidence of any training; train the model with assay"
    else:
        return None
    return Finding("structure", "fail", message, action="RERUN")


def _made(check: Check, case: Case, make: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """Yield the findings of one check; those that fail have their action."""
    missing = [part for part in check.needs if case.problem(part)]
    if missing:
        message = f"it could not be checked without {' and '.join(missing)}"
        yield Finding(check.name, "skipped", message, doubt=True)
        return
    try:
        for finding in make():
            failed = finding.status == "fail" and finding.action is None
            yield replace(finding, action=check.action) if failed else finding
    except Exception as error:  # evidence is a stranger's: whatever it provokes is a finding
        yield broken_off(check.name, error)
