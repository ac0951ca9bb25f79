"""Validating one model in the workflow: the verdict's files."""

import os
from pathlib import Path

from assay.core.files import digest_bytes, write_bytes, write_text
from assay.core.workspace import Workspace
from assay.documents.verdict import validation_report
from assay.evidence.publication import PublicationRefusedError, disapprove
from assay.evidence.record import to_bytes
from assay.evidence.verdict import Finding, Verdict
from assay.evidence.verdict_file import fix_digest, read_verdict, verdict_file
from assay.validation.case import Options
from assay.validation.checks import REQUIRED
from assay.validation.emergency import check_emergency
from assay.validation.model import validate_model
from assay.validation.reading import read_case
from assay.worker.replies import CutShortError


def write_validation(workspace: Workspace, model: int, options: Options, title: str) -> Verdict:
    """Judge a model and write verdict and report; what rests on an approval goes if it is lost.

    A verdict that refuses is no error here: it must outlive the job that ends on it.

    Raises:
        CutShortError: the machine ended it; nothing was written, and the next run judges again.
    """
    verdict = validate_model(workspace, model, options)
    if verdict.cut_short:
        raise CutShortError(
            f"model {model} is not validated yet: {verdict.cut_short}. If the machine ran out of "
            "memory, raise resources.memory_mb in the design or run fewer models at once (-j). "
            "Then run again"
        )
    if verdict.verdict != "APPROVE":
        disapprove(workspace, model)
    report = validation_report(verdict, title)
    write_text(workspace.validation_report(model), report)
    write_bytes(workspace.verdict(model), _stored(verdict, workspace, report))
    return verdict


def renew_decision(workspace: Workspace, model: int) -> Verdict:
    """Bring a model's verdict up to what was decided on its emergency fix.

    Nothing else is judged again, so the digests of everything else stay as they were judged. The
    files keep their times: nothing that rests on the approval is to be trained again for this.

    Raises:
        PublicationRefusedError: there is no verdict, it is of another run, or the fix is not in
            order after all.
    """
    record = read_verdict(workspace.verdict(model))
    if record is None:
        raise PublicationRefusedError(f"model {model} has no verdict that is whole; run again")
    case = read_case(workspace, model, Options())
    if case.sealed_as != record.evidence:
        raise PublicationRefusedError(f"model {model}: its verdict is of another run; run again")
    others = (Finding(**dict(f)) for f in record.findings if f.check != "emergency")
    entries = None if case.fixes.problem else case.fixes.entries
    verdict = Verdict(
        model=model,
        findings=(*others, *check_emergency(case)),
        required=REQUIRED,
        replay=record.replay,
        attempts=record.attempts,
        conditions=record.conditions,
        evidence=record.evidence,
        files=record.files | fix_digest(model, entries),
    )
    path = workspace.validation_report(model)
    report = validation_report(verdict, case.design.title)
    _rewrite(path, report.encode("utf-8"))
    _rewrite(workspace.verdict(model), _stored(verdict, workspace, report))
    if verdict.verdict != "APPROVE":
        disapprove(workspace, model)
        raise PublicationRefusedError(f"model {model} is no longer approved; see {path}")
    return verdict


def _stored(verdict: Verdict, workspace: Workspace, report: str) -> bytes:
    """Return the bytes of a verdict's file, which speaks of its report as well."""
    name = workspace.validation_report(verdict.model).relative_to(workspace.root).as_posix()
    return to_bytes(verdict_file(verdict, {name: digest_bytes(report.encode("utf-8"))}))


def _rewrite(path: Path, content: bytes) -> None:
    times = path.stat()
    write_bytes(path, content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
