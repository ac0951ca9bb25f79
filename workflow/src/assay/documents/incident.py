"""`incident_{i}.md`: why one training published nothing, and whom it goes back to."""

from dataclasses import dataclass
from pathlib import Path

from assay.core.criteria import Criterion
from assay.core.errors import AssayError, Category
from assay.core.text import document, duration, fenced, safe, utc
from assay.documents.criteria import criteria_table, failed, passed
from assay.evidence.outcome import Failure, Outcome

_KINDS = {
    Category.IMPLEMENTATION: ("implementation", "the code could not do what was asked"),
    Category.DATA: ("data", "an input is missing, damaged or not what the code expects"),
    Category.RESOURCE: ("resource", "the machine lacked memory, disk, time or a program"),
    Category.CONVERGENCE: ("convergence", "the training ran, but its answer cannot be trusted"),
}


@dataclass(frozen=True)
class Recipient:
    """Whom a failure goes back to, and why."""

    role: str
    why: str


_BY_CATEGORY = {
    Category.IMPLEMENTATION: Recipient(
        "code translator", "the model code stopped or broke its contract; the inputs were accepted"
    ),
    Category.DATA: Recipient(
        "data engineer", "the features (or other inputs) do not hold what the model needs"
    ),
    Category.RESOURCE: Recipient(
        "director", "the machine is at fault, not the model: the same inputs may succeed on another"
    ),
    Category.CONVERGENCE: Recipient(
        "modeler", "code and data did their part; the model as designed and tuned did not converge"
    ),
}
_DESIGN = Recipient("modeler", "the design itself is incomplete or contradicts the protocol")
_SANITY = Recipient(
    "modeler",
    "the training converged, but its results break bounds that the design declares. If the "
    "bounds are right, the code translator checks `results` against the design",
)

_ASSAY = Recipient("maintainer of assay", "assay itself failed; the model is not to blame")
_UPSTREAM = Recipient("director", "a model that this one reads has to be trained before it")
REWOUND = ("modeler", "data engineer", "code translator")  # who corrects a model's inputs


def incident_report(outcome: Outcome) -> str:
    """Return the report of a failed training.

    Raises:
        AssayError: the training did not fail.
    """
    failure = outcome.failure
    if failure is None:
        raise AssayError(f"model {outcome.model} has no failure to report")
    title = f", {safe(outcome.title)}" if outcome.title else ""
    to = recipient(failure)
    notes = [f"- {safe(issue)}" for issue in outcome.issues]
    return document(
        f"# Incident: model {outcome.model}{title}",
        f"Director, the training of model {outcome.model} failed. Nothing is published.",
        _facts(outcome, failure),
        "## What to do next",
        f"- **Next:** {safe(failure.remedy) or 'see what happened, correct it and run again.'}\n"
        f"- **Goes back to:** the {to.role}, because {to.why}.\n" + _again(failure),
        *(("## Noted on the way", "\n".join(notes)) if notes else ()),
        *_measured(outcome),
        *_violations(failure),
        *_details(failure),
    )


def recipient(failure: Failure) -> Recipient:
    """Return whom a failure goes back to: by stage where that says more, else by category."""
    if failure.category is Category.RESOURCE:
        return _BY_CATEGORY[Category.RESOURCE]
    if failure.where == "assay":
        return _ASSAY
    if failure.stage == "admission" and Path(failure.where).name.startswith("results_"):
        return _UPSTREAM
    if failure.stage == "sanity":
        return _SANITY
    if failure.stage == "admission" and "model_design_" in failure.where:
        return _DESIGN
    return _BY_CATEGORY[failure.category]


def rewind(failure: Failure | None) -> str:
    """Return to whom a model's inputs go back for correction, and why; empty if to nobody."""
    if failure is None:
        return ""
    to = recipient(failure)
    return f"back to the {to.role}: {to.why}" if to.role in REWOUND else ""


def _facts(outcome: Outcome, failure: Failure) -> str:
    timing = outcome.timing
    facts = {
        "What": safe(failure.summary),
        "Where": safe(failure.where) or "not known",
        "Kind": _kind(failure),
        "Stage": safe(failure.stage),
        "Method": safe(outcome.method) or "not known",
        "When": f"attempt {outcome.attempt}, started {utc(timing.started)}, "
        f"ended {utc(timing.finished)} after {duration(timing.wall_seconds)}",
    }
    return "\n".join(f"- **{name}:** {text}" for name, text in facts.items())


def _kind(failure: Failure) -> str:
    name, words = _KINDS[failure.category]
    if failure.stage == "sanity":
        words = "the training ended, but its results break what the design declares"
    return f"{int(failure.category)}, {name}: {words}"


def _again(failure: Failure) -> str:
    if failure.transient:
        return "- **Running again** with the same inputs may succeed."
    text = "- **Running again** with the same inputs gives the same failure: change something."
    if rewind(failure):
        text += (
            "\n- **Time tracking** pauses until the model is trained again; the attempts add up in "
            "`phase_5_timing.json`, and `dev_diary.md` tells of each."
        )
    return text


def _measured(outcome: Outcome) -> tuple[str, ...]:
    heading = "## Measured against required"
    if not outcome.criteria:
        return heading, "Nothing was measured: training ended before convergence could be judged."
    bad, good = failed(outcome.criteria), passed(outcome.criteria)
    notes = [criterion for criterion in outcome.criteria if not criterion.gates]
    return heading, criteria_table([*bad, *good, *notes]), _advice(bad)


def _advice(gates: list[Criterion]) -> str:
    return "\n".join(
        f"- **{safe(gate.name)}:** {safe(gate.advice)}" for gate in gates if gate.advice
    )


def _violations(failure: Failure) -> tuple[str, ...]:
    if not failure.violations:
        return ()
    items = "\n".join(f"{n}. {safe(text)}" for n, text in enumerate(failure.violations, 1))
    return f"## Sanity violations ({len(failure.violations):,})", items


def _details(failure: Failure) -> tuple[str, ...]:
    return ("## Details", fenced(failure.details)) if failure.details.strip() else ()
