"""Verdicts for people: lines in a terminal, and `time_validator_{i}.md`."""

from collections.abc import Iterator

from assay.core.text import count, document, number, safe, table
from assay.evidence.verdict import Finding, Verdict

_SIGNS = {"pass": "pass", "fail": "FAIL", "warn": "note", "skipped": "skipped"}
_NEXT = {
    "PROCEED": "Go on: the results may be used.",
    "RERUN": "Train the model again with assay; do not use these results.",
    "INVESTIGATE": "Do not use these results. Ask who made them, with the findings below.",
}
SHOWN = 60


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """Yield the verdict and what keeps it from APPROVE, a line each."""
    replayed = {"full": "done again in full", "challenge": "done again in part"}
    how = replayed.get(verdict.replay, "nothing done again")
    word = verdict.verdict + (", PROVISIONAL" if verdict.provisional else "")
    yield f"model {verdict.model}: {word} ({how}; action {verdict.action})"
    yield from (f"  note {f.check}: {f.message}" for f in verdict.findings if f.provisional)
    for finding in verdict.reasons:
        flag = f" [{finding.red_flag}]" if finding.red_flag else ""
        yield f"  {_SIGNS[finding.status]} {finding.check}{flag}: {finding.message}"
    named = {finding.check for finding in verdict.reasons}
    missing = [check for check in verdict.doubts if check not in named]
    if missing and verdict.verdict != "APPROVE":
        yield f"  not established: {', '.join(missing)}"


def validation_report(verdict: Verdict, title: str) -> str:
    """Return the report of phase 5.5 on one model.

    Args:
        verdict: what was found.
        title: the model's title.
    """
    passed = sum(finding.status == "pass" for finding in verdict.findings)
    reasons = [f"- {_reason(finding)}" for finding in verdict.reasons]
    missing = ", ".join(verdict.doubts)
    sections = [
        f"# Validation: model {verdict.model}, {safe(title)}",
        f"Director, the verdict on model {verdict.model} is **{verdict.verdict}**. "
        f"{_NEXT[verdict.action]}",
    ]
    sections += [f"**{safe(f.message)}.**" for f in verdict.findings if f.provisional]
    if reasons:
        sections += ["## Why", "\n".join(reasons)]
    if missing and verdict.verdict != "APPROVE":
        sections.append(f"Not established, and required: {missing}.")
    sections += [
        "## What was looked at",
        f"{passed} of {len(verdict.findings)} findings are in order.",
        table(
            ["Check", "Status", "Finding", "Measured", "Required"],
            [_row(finding) for finding in verdict.findings],
        ),
        "## Whose word was taken",
        _conditions(verdict),
        "Reported by time_validator.",
    ]
    return document(*sections)


def _reason(finding: Finding) -> str:
    flag = f" (red flag {finding.red_flag})" if finding.red_flag else ""
    return f"**{finding.check}**{flag}: {safe(finding.message)}"


def _row(finding: Finding) -> list[str]:
    return [
        finding.check,
        _SIGNS[finding.status],
        safe(finding.message),
        _short(finding.measured),
        _short(finding.required),
    ]


def _short(value: object) -> str:
    if value is None:
        return ""
    text = number(value) if isinstance(value, int | float) else str(value)
    return safe(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…")


def _conditions(verdict: Verdict) -> str:
    said = verdict.conditions
    begun, seeds = verdict.attempts.begun, verdict.attempts.seeds
    lines = [
        f"Signing key: {said.key}. Nonce: {said.nonce}.",
        f"Inputs compared with a frozen list: {'yes' if said.inputs_frozen else 'no'}.",
        f"Done again: {verdict.replay} (asked for: {said.asked}).",
        f"Attempts on record: {begun}, with {count(seeds, 'seed')}.",
    ]
    return "\n".join(f"- {line}" for line in lines)
