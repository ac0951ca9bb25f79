"""`director_summary.md`: all models of a workspace at a glance, failures first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from assay.core.text import count, document, duration, line, ranges, safe, table
from assay.documents.criteria import brief, worst
from assay.documents.incident import recipient
from assay.evidence.outcome import Outcome

SHOWN = 30  # issues
State = Literal[
    "failed", "rejected", "investigate", "waiting", "unjudged", "provisional", "approved"
]

# Status in the table, and what is said of such models in the headline, in order of urgency.
_WORDS: dict[State, tuple[str, str]] = {
    "failed": ("**FAILED**", "failed"),
    "rejected": ("**REJECTED**", "rejected by validation"),
    "investigate": ("**INVESTIGATE**", "to be investigated"),
    "waiting": ("not trained", "not trained"),
    "unjudged": ("trained, not validated", "trained but not validated"),
    "provisional": ("**PROVISIONAL**", "provisional"),
    "approved": ("approved", "approved"),
}
_BY_VERDICT: dict[str, State] = {
    "APPROVE": "approved",
    "REJECT": "rejected",
    "INVESTIGATE": "investigate",
}
_NEXT: dict[State, str] = {
    "rejected": "Read why in `validation/time_validator_{{i}}.md` and train again: {models}.",
    "investigate": "Look into `validation/time_validator_{{i}}.md` and decide: {models}.",
    "waiting": "Train what is not trained yet: {models}.",
    "unjudged": "Validate (Phase 5.5): {models}.",
}


@dataclass(frozen=True)
class _Entry:
    model: int
    state: State
    outcome: Outcome | None
    note: str


def director_summary(
    outcomes: Mapping[int, Outcome | None],
    waiting: Mapping[int, str],
    *,
    verdicts: Mapping[int, str] | None = None,
    provisional: Mapping[int, str] | None = None,
    decisions: Sequence[str] = (),
    designed: Mapping[int, tuple[str, str]] | None = None,
) -> str:
    """Return the summary over all models.

    Args:
        outcomes: by model number; None where there is no outcome yet.
        waiting: what a model without outcome waits for ("waits for model 3").
        verdicts: APPROVE, REJECT or INVESTIGATE by model, as far as validated.
        provisional: why the results of a model await the director's decision, a clause each.
        decisions: further things the director must decide, a sentence each (such as an emergency
            fix that is provisional).
        designed: title and method by model, for those of which no outcome tells them.
    """
    entries = [
        _entry(model, outcomes[model], waiting.get(model, ""), (verdicts or {}).get(model))
        for model in sorted(outcomes)
    ]
    entries = [_held(entry, (provisional or {}).get(entry.model, "")) for entry in entries]
    order = list(_WORDS)
    urgent_first = sorted(entries, key=lambda entry: order.index(entry.state))
    return document(
        "# Phase 5: training summary",
        _headline(entries, decisions),
        "## What to do next",
        _next_steps(urgent_first, decisions),
        "## Models",
        _table(urgent_first, designed or {}),
        *_issues(entries),
        "## Totals",
        _totals([entry.outcome for entry in entries if entry.outcome is not None]),
    )


def _entry(model: int, outcome: Outcome | None, note: str, verdict: str | None) -> _Entry:
    if outcome is None:
        return _Entry(model, "waiting", None, note)
    if outcome.status == "failed":
        return _Entry(model, "failed", outcome, note)
    if verdict is None:
        return _Entry(model, "unjudged", outcome, note)
    # A verdict nobody knows is no approval.
    return _Entry(model, _BY_VERDICT.get(verdict, "investigate"), outcome, note)


def _held(entry: _Entry, reason: str) -> _Entry:
    """Return an approved model as provisional, if there is a reason."""
    if not reason or entry.state != "approved":
        return entry
    return replace(entry, state="provisional", note=reason)


def _headline(entries: Sequence[_Entry], decisions: Sequence[str]) -> str:
    if not entries:
        return "**Phase 5 is not complete:** there is no model."
    numbers = Counter(entry.state for entry in entries)
    of_all = count(len(entries), "model")
    if numbers["approved"] == len(entries):
        whole = "The one model is" if len(entries) == 1 else f"All {of_all} are"
        if decisions:
            return f"**Phase 5 is not complete.** {whole} approved, but a decision is open."
        return f"**Phase 5 is complete.** {whole} trained and approved."
    parts = [f"{numbers[state]:,} {_WORDS[state][1]}" for state in _WORDS if numbers[state]]
    return f"**Phase 5 is not complete.** Of {of_all}: {', '.join(parts)}."


def _next_steps(entries: Sequence[_Entry], decisions: Sequence[str]) -> str:
    steps = [f"Decide: {safe(decision)}" for decision in decisions]
    steps += _failures_by_role([entry.outcome for entry in entries if entry.outcome is not None])
    for state, sentence in _NEXT.items():
        models = [entry.model for entry in entries if entry.state == state]
        if models:
            steps.append(sentence.format(models=_named(models)))
    if not entries:
        steps.append("Put a design into the workspace as `model/model_design_1.md`.")
    return "\n".join(f"- {step}" for step in steps) or "Nothing: go on to the next phase."


def _failures_by_role(outcomes: Sequence[Outcome]) -> list[str]:
    models: dict[str, list[int]] = {}
    for outcome in outcomes:
        if outcome.failure is not None:
            models.setdefault(recipient(outcome.failure).role, []).append(outcome.model)
    return [
        f"To the {role}, with the incident report{'' if len(own) == 1 else 's'}: {_named(own)}."
        for role, own in sorted(models.items())
    ]


def _named(models: Sequence[int]) -> str:
    return f"model{'' if len(models) == 1 else 's'} {ranges(models)}"


def _table(entries: Sequence[_Entry], designed: Mapping[int, tuple[str, str]]) -> str:
    if not entries:
        return "None."
    header = ["Model", "Title", "Method", "Status", "Time", "Worst criterion", "Report"]
    return table(header, (_row(entry, *designed.get(entry.model, ("", ""))) for entry in entries))


def _row(entry: _Entry, title: str, method: str) -> list[str]:
    outcome, status = entry.outcome, _WORDS[entry.state][0]
    if outcome is None:
        note = f": {safe(entry.note)}" if entry.note else " yet"
        named = [str(entry.model), safe(title) or "not known", safe(method) or "not known"]
        return [*named, status + note, "none yet", "not measured", "none yet"]
    if outcome.failure is not None:
        status += f" at {safe(outcome.failure.stage)}: {safe(_short(outcome.failure.summary))}"
    if entry.state == "provisional":
        status += f": {safe(entry.note)}"
    criterion = worst(outcome.criteria)
    return [
        str(entry.model),
        safe(outcome.title or title) or "not known",
        safe(outcome.method or method) or "not known",
        status,
        duration(outcome.timing.wall_seconds),
        "not measured" if criterion is None else safe(brief(criterion)),
        _report(entry),
    ]


def _report(entry: _Entry) -> str:
    """Return a link to the report that there is; a completion report follows on an approval."""
    number = entry.model
    if entry.state == "failed":
        return f"[incident](reports/incident_{number}.md)"
    if entry.state in ("rejected", "investigate"):
        return f"[validation](validation/time_validator_{number}.md)"
    if entry.state == "unjudged":
        return "none yet"
    return f"[completion](reports/completion_{number}.md)"


def _issues(entries: Sequence[_Entry]) -> list[str]:
    """Return what was noted while the models were trained, the first of it."""
    issues = [
        f"- model {entry.model}: {safe(issue)}"
        for entry in entries
        if entry.outcome is not None
        for issue in entry.outcome.issues
    ]
    more = [f"- and {len(issues) - SHOWN:,} more, in the consultations"]
    listed = issues[:SHOWN] + (more if len(issues) > SHOWN else [])
    return ["## Noted on the way", "\n".join(listed)] if issues else []


def _short(text: str, limit: int = 120) -> str:
    text = line(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _totals(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return "Nothing was trained."
    walls = sum(outcome.timing.wall_seconds for outcome in outcomes)
    cpus = [o.timing.cpu_seconds for o in outcomes if o.timing.cpu_seconds is not None]
    measured = "" if len(cpus) == len(outcomes) else f" (measured for {len(cpus):,} of them)"
    text = (
        f"- **Training time, added up:** {duration(walls)} over {count(len(outcomes), 'model')}\n"
        f"- **Processor time:** {duration(sum(cpus)) if cpus else 'not measured'}"
    )
    return text + (measured if cpus else "") + _from_first_to_last(outcomes)


def _from_first_to_last(outcomes: Sequence[Outcome]) -> str:
    """Return a line with the wall time from the first start to the last end, where known."""
    try:
        starts = [datetime.fromisoformat(outcome.timing.started) for outcome in outcomes]
        ends = [datetime.fromisoformat(outcome.timing.finished) for outcome in outcomes]
        seconds = (max(ends) - min(starts)).total_seconds()
    except (ValueError, TypeError):  # no time, or some with and some without a zone
        return ""
    if seconds < 0:
        return ""
    return f"\n- **From the first start to the last end:** {duration(seconds)}"
