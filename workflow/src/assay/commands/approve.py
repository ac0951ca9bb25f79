"""The gate behind a verdict."""

import shlex

from assay.core.files import digest_file, write_text
from assay.core.workspace import Workspace
from assay.evidence.publication import PublicationRefusedError
from assay.evidence.verdict_file import approval_text, read_verdict


def approve(workspace: Workspace, model: int) -> None:
    """Write a model's approval if its verdict is APPROVE and speaks of this run and these results.

    Raises:
        PublicationRefusedError: it is not; the message gives verdict, reasons and action.
    """
    record = read_verdict(workspace.verdict(model))
    if record is None:
        raise PublicationRefusedError(f"model {model} has no verdict that is whole; run again")
    if record.verdict != "APPROVE":
        reasons = [
            f"  {finding.check}"
            + (f" [red flag {finding.red_flag}]" if finding.red_flag else "")
            + f": {finding.message}"
            for finding in record.reasons
        ]
        raise PublicationRefusedError(
            f"model {model} is not approved: {record.verdict}, action {record.action}\n"
            + "\n".join(reasons)
            + f"\nSee {workspace.validation_report(model)}. To train it again: "
            f"snakemake -j5 --forcerun {shlex.quote(str(workspace.outcome(model)))}"
        )
    results = workspace.results(model)
    name = results.relative_to(workspace.root).as_posix()
    if not record.speaks_of(workspace.manifest(model)):
        raise PublicationRefusedError(f"model {model}: its verdict is of another run; run again")
    if not results.exists() or record.files.get(name) != digest_file(results):
        raise PublicationRefusedError(f"model {model}: its results changed since they were judged")
    write_text(workspace.approval(model), approval_text(record))
