"""Writing the documents: outcomes are read from the evidence, texts come from `reporting`."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.core.files import write_text
from assay.core.text import ranges
from assay.core.workspace import Workspace
from assay.documents.completion import completion_report
from assay.documents.consultation import consultation
from assay.documents.director import director_summary
from assay.evidence.admission import ADMISSION, read_admission
from assay.evidence.fix_manifest import EmergencyError, fix_words
from assay.evidence.ledger import Stopped, read_ledger
from assay.evidence.outcome import Outcome, read_outcome
from assay.evidence.publication import PublicationRefusedError
from assay.evidence.record import EvidenceError
from assay.evidence.verdict_file import read_verdict
from assay.repair.standing import provisional, undecided

if TYPE_CHECKING:  # reports need no plan, and are not made again when it is edited
    from assay.campaign.plan import Plan

OLDEST = 1  # seconds since 1970: older than any input, so that the summary is made again


def write_completion(workspace: Workspace, model: int, trainer: int, target: Path) -> None:
    """Write the completion report of a published model."""
    outcome = read_outcome(workspace.outcome(model))
    design = _design(workspace, model)
    columns = {
        name: column
        for name, column in design["results"]["columns"].items()
        if column["type"] in ("number", "integer")
    }
    report = completion_report(
        outcome,
        trainer,
        _expected(design),
        found=[path.name for path in _files(workspace, model) if path.exists()],
        may_be_negative=[name for name, column in columns.items() if column["min"] is None],
        without_range=[name for name, column in columns.items() if column["max"] is None],
        verdict=_verdict(workspace, model),
        provisional=provisional(workspace, [model]).get(model, ""),
    )
    write_text(target, report)


def write_consultation(
    workspace: Workspace, models: Iterable[int], trainer: int, target: Path
) -> None:
    """Write the consultation of the models that share one.

    Raises:
        PublicationRefusedError: none of them is trained.
    """
    outcomes = {model: read_outcome(workspace.outcome(model)) for model in models}
    if all(outcome.failure is not None for outcome in outcomes.values()):
        names = ", ".join(f"model {model}" for model in outcomes)
        raise PublicationRefusedError(
            f"no consultation: {names} not trained; see the incident report"
        )
    texts = []
    for model, outcome in outcomes.items():
        files = [str(p.relative_to(workspace.root)) for p in _files(workspace, model) if p.exists()]
        expected = _expected(_design(workspace, model)) if outcome.inputs else None
        texts.append(consultation(outcome, trainer, expected, files))
    write_text(target, "\n---\n\n".join(texts))


def write_summary(workspace: Workspace, models: Iterable[int], target: Path) -> None:
    """Write the director's summary of a campaign whose models are all published."""
    outcomes = {model: read_outcome(workspace.outcome(model)) for model in models}
    write_text(target, _summary(workspace, outcomes, {}))


def decision_lines(workspace: Workspace, models: Iterable[int]) -> list[str]:
    """Return what the director has to decide on, a sentence each."""
    try:
        entries = undecided(workspace, models)
    except EmergencyError as error:
        return [f"what to do about the emergency fixes: {error}"]
    return [
        f"`assay approve {model}` or `assay reject {model}`: model {model} is PROVISIONAL, trained "
        f"with its emergency fix ({fix_words(entry.parameters)}) after {entry.severity}"
        for model, entry in sorted(entries.items())
    ]


def _summary(
    workspace: Workspace,
    outcomes: Mapping[int, Outcome | None],
    waiting: Mapping[int, str],
    designed: Mapping[int, tuple[str, str]] | None = None,
) -> str:
    return director_summary(
        outcomes,
        waiting,
        designed=designed,
        verdicts=_verdicts(workspace, outcomes),
        provisional=provisional(workspace, outcomes),
        decisions=decision_lines(workspace, outcomes),
    )


def summarise_unfinished(plan: "Plan") -> str:
    """Write the director's summary of a campaign that did not finish; return it in short.

    The file gets a time older than any input, so that the next run makes it again.
    """
    import os

    workspace = plan.workspace
    outcomes = {model: _current(workspace, model) for model in plan.models}
    waiting = {model: _waits_for(plan, model) for model in plan.models}
    verdicts = _verdicts(workspace, plan.models)
    outlines = plan.campaign.outlines
    designed = {model: (outlines[model].title, outlines[model].method) for model in plan.models}
    lines = []
    try:
        text = _summary(workspace, outcomes, waiting, designed)
        write_text(workspace.director_summary, text)
        os.utime(workspace.director_summary, (OLDEST, OLDEST))
    except OSError as error:  # a full disk: what failed is still said
        lines.append(f"assay: the director's summary cannot be written: {error.strerror}")
    lines += [
        f"assay: model {model} failed: {outcome.failure.summary} -> {workspace.incident(model)}"
        for model, outcome in outcomes.items()
        if outcome is not None and outcome.failure is not None
    ]
    lines += [
        f"assay: model {model}: {verdict} -> {workspace.validation_report(model)}"
        for model, verdict in verdicts.items()
        if verdict != "APPROVE"
    ]
    lines += [
        f"assay: model {model} was not trained: {waiting[model]}"
        for model, outcome in outcomes.items()
        if outcome is None and waiting[model]
    ]
    lines += [f"assay: decide: {line}" for line in decision_lines(workspace, plan.models)]
    return "\n".join(lines)


def _current(workspace: Workspace, model: int) -> Outcome | None:
    """Return how a model's training ended; None if it did not, or nobody can read how."""
    for path in (workspace.outcome(model), workspace.transient_outcome(model)):
        if path.exists():
            with suppress(EvidenceError):
                return read_outcome(path)
    return None


def _waits_for(plan: "Plan", model: int) -> str:
    blocked = [
        number
        for number in plan.campaign.depends_on.get(model, ())
        if not plan.workspace.approval(number).exists()
    ]
    if blocked:
        return f"waits for model{'' if len(blocked) == 1 else 's'} {ranges(blocked)}"
    try:
        last = read_ledger(plan.workspace.evidence(model)).last
    except EvidenceError as error:
        return str(error)
    stopped = isinstance(last, Stopped)
    return "interrupted, and goes on when snakemake runs again" if stopped else ""


def _verdict(workspace: Workspace, model: int) -> str | None:
    """Return the word of a model's verdict; None if it has none."""
    path = workspace.verdict(model)
    record = read_verdict(path)
    return record.verdict if record else ("INVESTIGATE" if path.exists() else None)


def _verdicts(workspace: Workspace, models: Iterable[int]) -> dict[int, str]:
    found = {model: _verdict(workspace, model) for model in models}
    return {model: word for model, word in found.items() if word is not None}


def _design(workspace: Workspace, model: int) -> dict[str, Any]:
    return read_admission(workspace.evidence(model) / ADMISSION).design


def _expected(design: dict[str, Any]) -> tuple[float, float] | None:
    minutes = design["expected"]["minutes"]
    return None if minutes == "auto" else (minutes[0], minutes[1])


def _files(workspace: Workspace, model: int) -> tuple[Path, ...]:
    return (
        workspace.results(model),
        workspace.training_log(model),
        workspace.convergence_log(model),
    )
