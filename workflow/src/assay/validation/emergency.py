"""A run with other parameters than the design's: was its emergency fix allowed, and justified?

The fix is judged by the design, by VERSION_MANIFEST.json and by the failed attempt that it rests
on: that attempt's line in the ledger, and its fit, which the evidence keeps, measured again.
"""

from collections.abc import Iterator

from assay.evidence.admission import FixUse
from assay.evidence.fix_manifest import Entry, fix_words
from assay.evidence.ledger import Ended
from assay.evidence.verdict import Finding
from assay.methods import load
from assay.repair.severity import severity
from assay.repair.use import changed_parameters
from assay.validation.case import Case
from assay.validation.claims import unlike

FAILED_FIT = "the fit of the failed attempt"


def check_emergency(case: Case) -> Iterator[Finding]:
    """See whether the run used an emergency fix, and whether it was entitled to it."""
    used = case.emergency
    if used != case.outcome.emergency:
        message = "admission and outcome name different emergency fixes"
        yield Finding("emergency", "fail", message, _plain(case.outcome.emergency), _plain(used))
    elif used is None:
        yield Finding("emergency", "pass", "trained with the design's own parameters, unrepaired")
    elif case.fixes.problem:
        message = f"no emergency fix can be shown to be allowed: {case.fixes.problem}"
        yield Finding("emergency", "fail", message)
    elif wrong := [*_of_design(case, used), *_of_manifest(case, used), *_of_attempt(case, used)]:
        message = f"an emergency fix that was not allowed: {'; '.join(wrong)}"
        yield Finding("emergency", "fail", message, wrong, [])
    else:
        yield _decided(case.fixes.entries[0])


def _plain(used: FixUse | None) -> object:
    return used.model_dump(mode="json") if used else None


def _decided(entry: Entry) -> Finding:
    fix = f"trained with the emergency fix ({fix_words(entry.parameters)}), which attempt "
    fix += f"{entry.attempt} justifies: {entry.severity}"
    if entry.status == "rejected":
        message = f"{fix}; {entry.decided_by} rejected it on {entry.decided_at[:10]}"
        return Finding("emergency", "fail", message, entry.status, "approved", action="RERUN")
    if entry.status == "approved":
        message = f"{fix}; {entry.decided_by} approved it on {entry.decided_at[:10]}"
        return Finding("emergency", "pass", message, entry.status, "approved")
    message = (
        f"PROVISIONAL: {fix}. The director decides: assay approve {entry.model}, or "
        f"assay reject {entry.model}"
    )
    return Finding("emergency", "warn", message, entry.status, "approved")


def _of_design(case: Case, used: FixUse) -> Iterator[str]:
    """Hold the parameters that were changed against what the design allows."""
    if not case.design.emergency_fix:
        yield "the design offers none"
    elif used.parameters != changed_parameters(case.design):
        yield "the design's emergency_fix says otherwise"


def _of_manifest(case: Case, used: FixUse) -> Iterator[str]:
    """Hold the one entry that there must be against the evidence."""
    entries, outcome = case.fixes.entries, case.outcome
    if len(entries) != 1:
        yield f"VERSION_MANIFEST.json has {len(entries)} entries for the model instead of one"
        return
    (entry,) = entries
    pairs = {
        "attempt": (entry.attempt, used.attempt),
        "severity": (entry.severity, used.severity),
        "parameters": (entry.parameters, used.parameters),
        "inputs": (entry.inputs, outcome.inputs),
        "seed": (entry.seed, outcome.seed),
    }
    if entry.status not in ("applied", "failed"):
        pairs["results"] = (entry.results, outcome.results_digest)
    wrong = [name for name, (entered, shown) in pairs.items() if entered != shown]
    if entry.status in ("approved", "rejected") and not (entry.decided_by and entry.decided_at):
        wrong.append("who decided, and when")
    if wrong:
        yield f"VERSION_MANIFEST.json is of another run: {', '.join(wrong)}"


def _of_attempt(case: Case, used: FixUse) -> Iterator[str]:
    """Hold the attempt that is said to justify the fix against ledger and stored fit."""
    number, newest = used.attempt, case.outcome.attempt
    line = case.ledger.end_of(number)
    # Attempts that were interrupted may lie between the two, but none that ended.
    between = [end for end in case.ledger.ended if number < end.attempt < newest]
    if line is None or line.status != "failed" or between or number >= newest:
        yield f"attempt {number} is not the failed attempt before this one"
        return
    if (line.inputs, line.seed) != (case.outcome.inputs, case.outcome.seed):
        yield f"attempt {number} was of other inputs"
    if line.parameters != load(case.design.method, "settings").describe(case.design.training):
        yield f"attempt {number} did not run with the design's parameters"
    found = severity(line)
    if not found or found != used.severity:
        yield f"attempt {number} shows {found or 'no critical failure'}, not {used.severity}"
    elif line.failure is not None and line.failure.stage == "convergence":
        yield from _of_fit(case, line)


def _of_fit(case: Case, line: Ended) -> Iterator[str]:
    if problem := case.problem("failed_fit"):
        yield f"{FAILED_FIT} is not there: {problem}"
        return
    design = case.design
    measured = load(case.design.method, "diagnose").diagnose(
        case.failed_fit, design.training, design.convergence
    )
    if differing := unlike(line.criteria, measured):
        yield f"{FAILED_FIT} gives other values than the ledger claims: {', '.join(differing)}"
