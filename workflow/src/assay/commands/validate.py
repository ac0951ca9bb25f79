"""Validating one model in the workflow: the verdict's files."""

import os
from pathlib import Path

from assay.core.files import digest_file, write_text
from assay.core.workspace import Workspace
from assay.design import load_design
from assay.documents.verdict import validation_report
from assay.evidence.publication import PublicationRefusedError, disapprove
from assay.evidence.verdict import Finding, Verdict
from assay.evidence.verdict_file import fix_digest, judged_files, read_verdict, serialise
from assay.validation.emergency import check_emergency
from assay.validation.judge import validate_model
from assay.validation.replay import CutShortError
from assay.validation.subject import Options, Subject


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
    write_text(workspace.validation_report(model), validation_report(verdict, title))
    record = {**verdict.as_json(), "files": judged_files(workspace, model)}
    write_text(workspace.verdict(model), serialise(record))
    return verdict


def renew_decision(workspace: Workspace, model: int) -> Verdict:
    """Bring a model's verdict up to what was decided on its emergency fix.

    Nothing else is judged again, so the digests of everything else stay as they were judged. The
    files keep their times: nothing that rests on the approval is to be trained again for this.

    Raises:
        PublicationRefusedError: there is no verdict, or the fix is not in order after all.
    """
    record = read_verdict(workspace.verdict(model))
    if record is None:
        raise PublicationRefusedError(f"model {model} has no verdict that is whole; run again")
    design = load_design(workspace.design(model))
    decided = tuple(check_emergency(Subject(workspace, model, design, Options())))
    others = (Finding(**f) for f in record["findings"] if f["check"] != "emergency")
    verdict = Verdict(
        model=model,
        findings=(*others, *decided),
        replay=record["replay"],
        conditions=record["conditions"],
        attempts=record["attempts"],
    )
    report = workspace.validation_report(model)
    _rewrite(report, validation_report(verdict, design.title))
    files = record["files"] | fix_digest(workspace, model)
    files[report.relative_to(workspace.root).as_posix()] = digest_file(report)
    _rewrite(workspace.verdict(model), serialise({**verdict.as_json(), "files": files}))
    if verdict.verdict != "APPROVE":
        disapprove(workspace, model)
        raise PublicationRefusedError(f"model {model} is no longer approved; see {report}")
    return verdict


def _rewrite(path: Path, text: str) -> None:
    times = path.stat()
    write_text(path, text)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
