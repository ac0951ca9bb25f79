"""What a validator found, and what it adds up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from assay.core.criteria import Criterion
from assay.evidence.record import Count, Part

Status = Literal["pass", "fail", "warn", "skipped"]
Word = Literal["APPROVE", "REJECT", "INVESTIGATE"]
Action = Literal["PROCEED", "RERUN", "INVESTIGATE"]
Replay = Literal["challenge", "full", "none"]
RedFlag = Literal[
    "short_duration",
    "no_checkpoints",
    "log_gap",
    "log_too_dense",
    "zero_variance",
    "results_before_training",
]


class Attempts(Part):
    """Trainings of a model on record: how many were begun, with how many seeds."""

    begun: Count = 0
    seeds: Count = 0


class Conditions(Part):
    """Whose word was taken for what, and where this was checked.

    Attributes:
        asked: how much was to be done again.
        key, nonce: "the director's" or "the workspace's".
        inputs_frozen: whether the inputs were compared with a list of the director's.
        python, machine, packages: with what it was checked.
    """

    asked: Replay = "none"
    key: str = ""
    nonce: str = ""
    inputs_frozen: bool = False
    python: str = ""
    machine: str = ""
    packages: dict[str, str | None] = Field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: its name; several findings may share one.
        status: pass; fail (the run is refused); warn; skipped (it could not be looked at).
        message: what was found and, unless all is well, what it means and what to do.
        measured, required: as numbers or words, where there are such.
        red_flag: the protocol's red flag that this is, if it is one.
        doubt: for warn and skipped: True if nothing may be approved with it.
        action: for fail: what the director should do; None: what the table of checks says.
        transient: for skipped: True if looking again may show it (a resource was missing).
    """

    check: str
    status: Status
    message: str
    measured: Any = None
    required: Any = None
    red_flag: RedFlag | None = None
    doubt: bool = False
    action: Action | None = None
    transient: bool = False

    @property
    def provisional(self) -> bool:
        """Return whether all is in order but for a decision of the director's."""
        return self.check == "emergency" and self.status == "warn" and not self.doubt


@dataclass(frozen=True)
class Verdict:
    """The verdict on one model.

    Attributes:
        model: its number.
        findings: everything that was looked at, in order.
        required: checks without a pass of which nothing is approved, whatever else was found.
        replay: "full", "challenge" or "none": how much was done again.
        attempts: trainings of this model on record.
        conditions: where thresholds, nonce and key came from, and with what this was checked.
        evidence: digest of the manifest that was judged; empty if there was none.
        files: digests of the files that were judged, by name below the workspace.
    """

    model: int
    findings: tuple[Finding, ...]
    required: tuple[str, ...]
    replay: Replay = "none"
    attempts: Attempts = field(default_factory=Attempts)
    conditions: Conditions = field(default_factory=Conditions)
    evidence: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Word:
        """Return the verdict; nothing checked, nothing approved."""
        if any(finding.status == "fail" for finding in self.findings):
            return "REJECT"
        return "INVESTIGATE" if self.doubts else "APPROVE"

    @property
    def doubts(self) -> list[str]:
        """Return why this cannot be approved, short of a failure."""
        passed = {finding.check for finding in self.findings if finding.status == "pass"}
        passed |= {finding.check for finding in self.findings if finding.provisional}
        doubted = [finding.check for finding in self.findings if finding.doubt]
        return list(
            dict.fromkeys([*doubted, *(name for name in self.required if name not in passed)])
        )

    @property
    def provisional(self) -> bool:
        """Return whether what is approved here still awaits the director's decision."""
        return any(finding.provisional for finding in self.findings)

    @property
    def cut_short(self) -> str:
        """Return why this had better be judged again, such as a worker killed; empty if not."""
        if self.verdict == "REJECT":
            return ""
        return next((finding.message for finding in self.findings if finding.transient), "")

    @property
    def action(self) -> Action:
        """Return what the director should do."""
        if self.verdict == "APPROVE":
            return "PROCEED"
        actions = {finding.action for finding in self.findings if finding.status == "fail"}
        return "RERUN" if actions == {"RERUN"} else "INVESTIGATE"

    @property
    def reasons(self) -> list[Finding]:
        """Return the findings that keep the verdict from APPROVE, the worst first."""
        failed = [finding for finding in self.findings if finding.status == "fail"]
        return failed + [f for f in self.findings if f.doubt and f.status != "fail"]


def from_criteria(
    check: str, criteria: Iterable[Criterion], passed: str, *, doubt: bool = True
) -> list[Finding]:
    """Return findings for criteria: one for each that is not met, else one that all are.

    Args:
        check: the findings' name.
        criteria: what was measured. One that does not gate leaves a doubt.
        passed: the message if all is well.
        doubt: False if criteria that do not gate are remarks only.
    """
    criteria = list(criteria)
    findings = []
    for criterion in criteria:
        if criterion.passed:
            continue
        place = f" ({criterion.where})" if criterion.where else ""
        record = criterion.as_json()
        findings.append(
            Finding(
                check,
                "fail" if criterion.gates else "warn",
                f"{criterion.name}{place}: {record['value']} is not {criterion.comparison} "
                f"{record['threshold']}. {criterion.advice}".strip(),
                measured=record["value"],
                required=f"{criterion.comparison} {record['threshold']}",
                doubt=doubt and not criterion.gates,
            )
        )
    gates = sum(criterion.gates for criterion in criteria)
    if not gates:
        findings.append(Finding(check, "skipped", "there was nothing to measure", doubt=True))
    elif not any(finding.status == "fail" for finding in findings):
        findings.append(Finding(check, "pass", passed, measured=gates, required=gates))
    return findings
