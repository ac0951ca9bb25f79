"""The verdict as a file: what it speaks of, and reading it back."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assay.core.files import digest_bytes, digest_file
from assay.core.workspace import Workspace
from assay.evidence.seal import evidence_files


def serialise(record: Mapping[str, Any]) -> str:
    """Return a verdict's text, closed by the digest of everything before it."""
    body = json.dumps(record, ensure_ascii=False, sort_keys=True)
    sealed = {**record, "digest": digest_bytes(body.encode("utf-8", "surrogatepass"))}
    return json.dumps(sealed, indent=1, ensure_ascii=False) + "\n"


def read_verdict(path: Path) -> dict[str, Any] | None:
    """Return a stored verdict without its digest; None if there is none that is whole."""
    try:
        text = path.read_text(encoding="utf-8")
        record: dict[str, Any] = json.loads(text)
        record.pop("digest")
        return record if serialise(record) == text else None
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None


def approval_text(verdict: Mapping[str, Any]) -> str:
    """Return the content of a model's approval: the same whenever the same results are approved.

    Models that read these results depend on it, and are not trained again for a new verdict.
    """
    name = next((n for n in verdict["files"] if n.startswith("implementation/data/")), "")
    record = {
        "model": verdict["model"],
        "verdict": verdict["verdict"],
        "results": verdict["files"].get(name, ""),
    }
    return json.dumps(record) + "\n"


def judged_files(workspace: Workspace, model: int) -> dict[str, str]:
    """Return the digest of every file that a verdict speaks of, by path below the workspace."""
    evidence = workspace.evidence(model)
    paths = [
        workspace.results(model),
        workspace.training_log(model),
        workspace.convergence_log(model),
        workspace.validation_report(model),
        workspace.manifest(model),
        workspace.signature(model),
        *evidence_files(evidence),
    ]
    digests = {
        path.relative_to(workspace.root).as_posix(): digest_file(path)
        for path in paths
        if path.is_file()
    }
    return digests | fix_digest(workspace, model)


def fix_digest(workspace: Workspace, model: int) -> dict[str, str]:
    """Return the digest of a model's entry in VERSION_MANIFEST.json, if it has one, by its name."""
    path = workspace.version_manifest
    if not path.exists():
        return {}
    from assay.evidence.fix_manifest import EmergencyError, read_manifest

    try:
        entries = read_manifest(path).entries(model)
    except EmergencyError:
        return {path.relative_to(workspace.root).as_posix(): "damaged"}
    name = f"{path.relative_to(workspace.root).as_posix()} (model {model})"
    return {name: " ".join(entry.digest() for entry in entries)} if entries else {}
