"""Entries of the development diary: what was tried, measured and changed, attempt by attempt."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.core.criteria import Value
from assay.core.errors import Category
from assay.core.text import document, duration, fenced, number, plain, safe, utc
from assay.documents.criteria import brief, failed
from assay.documents.incident import recipient
from assay.evidence.fix_manifest import fix_words
from assay.evidence.ledger import Ended
from assay.evidence.outcome import Failure, Outcome

HEADER = """# Development diary

Every failed attempt, what was measured, what changed afterwards, and what that gave. Entries are
appended by the workflow; it never changes what stands here. Write wherever you like.
"""
SHOWN = 80  # lines of a diff


@dataclass(frozen=True)
class Changes:
    """What changed between two attempts.

    Attributes:
        diffs: unified diffs by file: the design, and code.
        inputs: names of other inputs that changed (features, upstream results).
        conditions: whatever else changed (the nonce, assay itself), in words.
        known: False if nothing was kept of the attempt before to compare with.
    """

    diffs: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    known: bool = True


def attempt_entry(outcome: Outcome, before: Ended | None, changes: Changes | None) -> str:
    """Return the entry of an attempt.

    Args:
        outcome: how it ended.
        before: the attempt before it, if there was one.
        changes: what changed since then, if there was one.
    """
    facts = {"Tried": _tried(outcome)}
    if before is not None and changes is not None:
        facts["Before"] = _before(before)
        facts["Changed since"] = _changed(outcome, before, changes)
    facts["Measured"] = _measured(outcome, before)
    if outcome.failure is not None:
        facts["Failed"] = _failed(outcome.failure)
        facts["Likely cause"] = _cause(outcome, outcome.failure, before, changes)
        to = recipient(outcome.failure)
        facts["Goes back to"] = f"the {to.role}, because {to.why}"
    if outcome.issues:
        facts["Noted"] = "; ".join(safe(issue) for issue in outcome.issues)
    return document(
        f"## Model {outcome.model}, attempt {outcome.attempt}: {outcome.status} "
        f"({utc(outcome.timing.finished)})",
        "\n".join(f"- **{name}:** {text}" for name, text in facts.items()),
        *([_shortened(diff) for diff in changes.diffs.values()] if changes else []),
        "Remarks:",
    )


def _tried(outcome: Outcome) -> str:
    if not outcome.method:
        return "nothing: the inputs were refused"
    settings = ", ".join(f"{name} {plain(value)}" for name, value in outcome.parameters.items())
    spent = duration(outcome.timing.wall_seconds)
    return f"{safe(outcome.method)}: {safe(settings)}; {spent}"


def _before(before: Ended) -> str:
    if before.status == "trained":
        return f"attempt {before.attempt} was trained"
    if before.criteria:
        return f"attempt {before.attempt} failed; what it measured stands below"
    why = "" if before.failure is None else before.failure.summary
    return f"attempt {before.attempt} failed: {safe(why)}"


def _failed(failure: Failure) -> str:
    words = "" if failure.stage == "convergence" else f": {safe(failure.summary)}"
    return f"at {safe(failure.stage)}{words}"


def _changed(outcome: Outcome, before: Ended, changes: Changes) -> str:
    parts = []
    if outcome.emergency:
        parts.append(f"the emergency fix, {fix_words(outcome.emergency.parameters)}")
    elif tuned := _tuned(outcome, before):
        parts.append(tuned)
    parts += [f"{name} (below)" for name in changes.diffs]
    for name in changes.inputs:
        parts.append(f"{name} ({_in_short(before.inputs[name], outcome.inputs[name])})")
    parts += changes.conditions
    if not changes.known:
        parts.append("design and code cannot be compared: nothing was kept of that attempt")
    return safe("; ".join(parts)) or "nothing: the same inputs once more"


def _tuned(outcome: Outcome, before: Ended) -> str:
    old, new = before.parameters, outcome.parameters
    if not old or not new:
        return ""
    return ", ".join(
        f"{name} {plain(old.get(name))} -> {plain(new.get(name))}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    )


def _in_short(old: str, new: str) -> str:
    return " -> ".join(digest.removeprefix("sha256:")[:12] for digest in (old, new))


def _measured(outcome: Outcome, before: Ended | None) -> str:
    """Return what decided: gates that failed in either attempt, before and after."""
    if not outcome.criteria:
        return "nothing: training ended before convergence could be judged"
    old = {c.name: c for c in before.criteria} if before is not None else {}
    bad = {criterion.name for criterion in failed(outcome.criteria)}
    bad |= {name for name, c in old.items() if c.gates and not c.passed}
    parts = []
    for criterion in outcome.criteria:
        if criterion.name in old and criterion.name in bad:
            was = number(old[criterion.name].value)
            parts.append(f"{criterion.name} {was} -> {number(criterion.value)}")
        elif criterion.name in bad or (not bad and criterion.gates):
            parts.append(brief(criterion))
    shares = [_divergent({c.name: c.value for c in outcome.criteria})]
    return safe("; ".join(parts + [share for share in shares if share]))


def _divergent(values: Mapping[str, Value]) -> str:
    diverged, draws = values.get("divergences"), values.get("draws")
    if not isinstance(diverged, int | float) or not isinstance(draws, int | float):
        return ""
    if not diverged or not draws:
        return ""
    return f"{number(100 * diverged / draws, 2)} % of the draws diverged"


def _cause(
    outcome: Outcome, failure: Failure, before: Ended | None, changes: Changes | None
) -> str:
    parts = [c.advice for c in failed(outcome.criteria) if c.advice]
    if failure.category is not Category.CONVERGENCE or not parts:
        parts = [f"{failure.where}: {failure.remedy}" if failure.where else failure.remedy]
    if before is not None and before.status == "trained" and changes is not None:
        changed = [*changes.diffs, *changes.inputs, *changes.conditions]
        if changed:
            parts.insert(0, f"attempt {before.attempt} was trained: look at {', '.join(changed)}.")
    return safe(" ".join(dict.fromkeys(part for part in parts if part))) or "not known"


def _shortened(diff: str) -> str:
    lines = diff.splitlines()
    more = [f"... and {len(lines) - SHOWN:,} more lines"] if len(lines) > SHOWN else []
    return fenced("\n".join(lines[:SHOWN] + more))
