"""The verdict as a file: what it speaks of, and reading it back."""

import math
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from assay.core.files import digest_bytes, digest_file
from assay.core.workspace import Workspace
from assay.evidence.fix_manifest import EmergencyError, Entry, read_manifest
from assay.evidence.record import EvidenceError, Number, Part, Record, read, to_bytes
from assay.evidence.seal import evidence_files
from assay.evidence.verdict import (
    Action,
    Attempts,
    Conditions,
    Finding,
    RedFlag,
    Replay,
    Status,
    Verdict,
    Word,
)


class StoredFinding(Part):
    """One thing that was looked at, without what is only of use while judging."""

    check: str
    status: Status
    red_flag: RedFlag | None
    message: str
    measured: JsonValue
    required: JsonValue
    doubt: bool


class VerdictFile(Record):
    """The content of `verdict_{i}.json`.

    Attributes:
        model, verdict, action, provisional: the verdict, and what the director should do.
        findings: everything that was looked at, in order.
        not_established: why it is not approved, short of a failure: names of checks.
        replay, attempts, conditions: as `Verdict` has them.
        evidence: "sha256:..." of the manifest that was judged: the verdict belongs to this sealed
            run and to no other. Empty if there was none.
        files: digests of the files that were judged, by name below the workspace.
        digest: "sha256:..." of this record with an empty digest.
    """

    model: Number
    verdict: Word
    action: Action
    provisional: bool
    findings: tuple[StoredFinding, ...]
    not_established: tuple[str, ...]
    replay: Replay
    attempts: Attempts
    conditions: Conditions
    evidence: str
    files: dict[str, str]
    digest: str = ""

    @property
    def reasons(self) -> list[StoredFinding]:
        """Return the findings that keep the verdict from APPROVE, in order."""
        return [finding for finding in self.findings if finding.status == "fail" or finding.doubt]

    def speaks_of(self, manifest: Path) -> bool:
        """Return whether it was given on the sealed run whose manifest lies there."""
        return manifest.is_file() and self.evidence == digest_file(manifest)

    @property
    def sealed(self) -> "VerdictFile":
        """Return the verdict closed by its own digest."""
        content = to_bytes(self.model_copy(update={"digest": ""}))
        return self.model_copy(update={"digest": digest_bytes(content)})


def verdict_file(verdict: Verdict, files: Mapping[str, str]) -> VerdictFile:
    """Return a verdict as it is stored.

    Args:
        verdict: what was found.
        files: digests of the files it speaks of besides those that were judged.
    """
    return VerdictFile(
        model=verdict.model,
        verdict=verdict.verdict,
        action=verdict.action,
        provisional=verdict.provisional,
        findings=tuple(map(_stored, verdict.findings)),
        not_established=tuple(verdict.doubts),
        replay=verdict.replay,
        attempts=verdict.attempts,
        conditions=verdict.conditions,
        evidence=verdict.evidence,
        files={_text(name): digest for name, digest in {**verdict.files, **files}.items()},
    ).sealed


def read_verdict(path: Path) -> VerdictFile | None:
    """Return a stored verdict; None if there is none that is whole."""
    try:
        record = read(VerdictFile, path.read_bytes(), path.name)
    except (OSError, EvidenceError):
        return None
    return record if record == record.sealed else None


def approval_text(verdict: VerdictFile) -> str:
    """Return the content of a model's approval: the same whenever the same results are approved.

    Models that read these results depend on it, and are not trained again for a new verdict.
    """
    results = Workspace(Path()).results(verdict.model).as_posix()
    return (
        f'{{"model": {verdict.model}, "verdict": "{verdict.verdict}", '
        f'"results": "{verdict.files.get(results, "")}"}}\n'
    )


def judged_files(workspace: Workspace, model: int) -> dict[str, str]:
    """Return the digest of every file that a verdict speaks of, by path below the workspace."""
    paths = [
        workspace.results(model),
        workspace.training_log(model),
        workspace.convergence_log(model),
        workspace.validation_report(model),
        workspace.manifest(model),
        workspace.signature(model),
        *evidence_files(workspace.evidence(model)),
    ]
    digests = {
        _text(path.relative_to(workspace.root).as_posix()): digest_file(path)
        for path in paths
        if path.is_file() and not path.is_symlink()
    }
    return digests | fix_digest(model, _entries(workspace, model))


def fix_digest(model: int, entries: tuple[Entry, ...] | None) -> dict[str, str]:
    """Return the digest of a model's entries in VERSION_MANIFEST.json, if it has any, by its name.

    Args:
        model: its number.
        entries: what the manifest says of it; None for one that is damaged.
    """
    name = Workspace(Path()).version_manifest.as_posix()
    if entries is None:
        return {name: "damaged"}
    digests = " ".join(entry.digest() for entry in entries)
    return {f"{name} (model {model})": digests} if entries else {}


def _entries(workspace: Workspace, model: int) -> tuple[Entry, ...] | None:
    try:
        return read_manifest(workspace.version_manifest).entries(model)
    except EmergencyError:
        return None


def _stored(finding: Finding) -> StoredFinding:
    return StoredFinding(
        check=finding.check,
        status=finding.status,
        red_flag=finding.red_flag,
        message=_text(finding.message),
        measured=_plain(finding.measured),
        required=_plain(finding.required),
        doubt=finding.doubt,
    )


def _plain(value: object) -> JsonValue:
    """Return a value as JSON has it: NaN and infinities, and whatever it does not know, as text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {_text(str(name)): _plain(each) for name, each in value.items()}
    return _text(str(value))


def _text(text: str) -> str:
    """Return text that a file can hold: names from a file system may have bytes that are none."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
