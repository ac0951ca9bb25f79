"""A run with other parameters than the design's: was its emergency fix allowed, and justified?

The fix is judged by the design, by VERSION_MANIFEST.json and by the failed attempt that it rests
on: that attempt's line in the ledger, and its fit, which the evidence keeps, measured again.
"""

from collections.abc import Iterator
from typing import Any

from assay.evidence.arrays import load_fit
from assay.evidence.fix_manifest import EmergencyError, Entry, fix_words, read_manifest
from assay.evidence.verdict import Finding
from assay.methods import load
from assay.repair.attempts import PREVIOUS
from assay.repair.severity import severity
from assay.repair.use import changed_parameters
from assay.validation.claims import unlike
from assay.validation.subject import Subject

FAILED_FIT = "the fit of the failed attempt"


def check_emergency(subject: Subject) -> Iterator[Finding]:
    """See whether the run used an emergency fix, and whether it was entitled to it."""
    used = subject.emergency
    if used != subject.outcome.emergency:
        message = "admission and outcome name different emergency fixes"
        yield Finding("emergency", "fail", message, subject.outcome.emergency, used)
        return
    if not used:
        yield Finding("emergency", "pass", "trained with the design's own parameters, unrepaired")
        return
    try:
        entries = read_manifest(subject.workspace.version_manifest).entries(subject.model)
    except EmergencyError as error:
        yield Finding("emergency", "fail", f"no emergency fix can be shown to be allowed: {error}")
        return
    wrong = [*_of_design(subject), *_of_manifest(subject, entries), *_of_attempt(subject)]
    if wrong:
        message = f"an emergency fix that was not allowed: {'; '.join(wrong)}"
        yield Finding("emergency", "fail", message, wrong, [])
        return
    yield _decided(entries[0])


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


def _of_design(subject: Subject) -> Iterator[str]:
    """Hold the parameters that were changed against what the design allows."""
    if not subject.design.emergency_fix:
        yield "the design offers none"
    elif subject.emergency.get("parameters") != changed_parameters(subject.design):
        yield "the design's emergency_fix says otherwise"


def _of_manifest(subject: Subject, entries: tuple[Entry, ...]) -> Iterator[str]:
    """Hold the one entry that there must be against the evidence."""
    if len(entries) != 1:
        yield f"VERSION_MANIFEST.json has {len(entries)} entries for the model instead of one"
        return
    entry, outcome = entries[0], subject.outcome
    told = {
        "attempt": entry.attempt,
        "severity": entry.severity,
        "parameters": {name: change.model_dump() for name, change in entry.parameters.items()},
    }
    pairs = {
        **{name: (value, subject.emergency.get(name)) for name, value in told.items()},
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


def _of_attempt(subject: Subject) -> Iterator[str]:
    """Hold the attempt that is said to justify the fix against ledger and stored fit."""
    number = subject.emergency.get("attempt")
    ended = [line for line in subject.ledger if line.get("event") == "ended"]
    line: dict[str, Any] = next((e for e in ended if e.get("attempt") == number), {})
    # Attempts that were interrupted may lie between the two, but none that ended.
    between = [e for e in ended if line and number < e["attempt"] < subject.outcome.attempt]
    if line.get("status") != "failed" or between or line["attempt"] >= subject.outcome.attempt:
        yield f"attempt {number} is not the failed attempt before this one"
        return
    if (line["inputs"], line["seed"]) != (subject.outcome.inputs, subject.outcome.seed):
        yield f"attempt {number} was of other inputs"
    design = subject.design
    if line["parameters"] != load(design.method, "settings").describe(design.training):
        yield f"attempt {number} did not run with the design's parameters"
    if not severity(line) or severity(line) != subject.emergency.get("severity"):
        found = severity(line) or "no critical failure"
        yield f"attempt {number} shows {found}, not {subject.emergency.get('severity')}"
    elif line["failure"]["stage"] == "convergence":
        yield from _of_fit(subject, line)


def _of_fit(subject: Subject, line: dict[str, Any]) -> Iterator[str]:
    folder, design = subject.evidence / PREVIOUS, subject.design
    if not (folder / "fit.npz").is_file():
        yield f"{FAILED_FIT} is not there"
        return
    measured = load(design.method, "diagnose").diagnose(
        load_fit(folder), design.training, design.convergence
    )
    differing = unlike(line["criteria"], measured)
    if differing:
        yield f"{FAILED_FIT} gives other values than the ledger claims: {', '.join(differing)}"
