"""Validating one model in the workflow: the verdict's files, and the gate behind them."""

from assay.files import digest_file, write_text
from assay.publication import PublicationRefusedError, disapprove
from assay.validation.judge import validate_model
from assay.validation.report import validation_report
from assay.validation.stored import approval_text, judged_files, read_verdict, serialise
from assay.validation.subject import Options
from assay.validation.verdict import Verdict
from assay.workspace import Workspace


def write_validation(workspace: Workspace, model: int, options: Options, title: str) -> Verdict:
    """Judge a model and write verdict and report; what rests on an approval goes if it is lost.

    A verdict that refuses is no error here: it must outlive the job that ends on it.
    """
    verdict = validate_model(workspace, model, options)
    if verdict.verdict != "APPROVE":
        disapprove(workspace, model)
    write_text(workspace.validation_report(model), validation_report(verdict, title))
    record = {**verdict.as_json(), "files": judged_files(workspace, model)}
    write_text(workspace.verdict(model), serialise(record))
    return verdict


def approve(workspace: Workspace, model: int) -> None:
    """Write a model's approval if its verdict is APPROVE and still speaks of these results.

    Raises:
        PublicationRefusedError: it is not; the message gives verdict, reasons and action.
    """
    record = read_verdict(workspace.verdict(model))
    if record is None:
        raise PublicationRefusedError(f"model {model} has no verdict that is whole; run again")
    if record["verdict"] != "APPROVE":
        reasons = [
            f"  {finding['check']}"
            + (f" [red flag {finding['red_flag']}]" if finding["red_flag"] else "")
            + f": {finding['message']}"
            for finding in record["findings"]
            if finding["status"] == "fail" or finding.get("doubt")
        ]
        raise PublicationRefusedError(
            f"model {model} is not approved: {record['verdict']}, action {record['action']}\n"
            + "\n".join(reasons)
            + f"\nSee {workspace.validation_report(model)}. To train it again, delete "
            f"{workspace.evidence(model)} and run again."
        )
    results = workspace.results(model)
    name = results.relative_to(workspace.root).as_posix()
    if not results.exists() or record["files"].get(name) != digest_file(results):
        raise PublicationRefusedError(f"model {model}: its results changed since they were judged")
    write_text(workspace.approval(model), approval_text(record))
