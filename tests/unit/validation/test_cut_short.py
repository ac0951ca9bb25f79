"""A validation that the machine ended is no verdict."""

import pytest

from assay.commands import validate
from assay.core.workspace import Workspace
from assay.evidence.verdict import Finding, Verdict
from assay.validation.case import Options
from assay.validation.checks import REQUIRED
from assay.worker.replies import CutShortError
from toys import DESCENT, iterative, write_workspace

PASSES = tuple(Finding(name, "pass", "") for name in REQUIRED)
CUT = Finding("recomputation", "skipped", "the worker died", doubt=True, transient=True)


@pytest.mark.parametrize("older", [None, "REJECT"])
def test_nothing_is_written_unless_something_else_refuses_the_run(tmp_path, monkeypatch, older):
    workspace = Workspace(write_workspace(tmp_path, [iterative(1, DESCENT)]))
    refused = (Finding("files", "fail", "changed"),) if older else ()
    verdict = Verdict(1, (*PASSES, CUT, *refused), REQUIRED)
    monkeypatch.setattr(validate, "validate_model", lambda *_: verdict)
    if older:
        assert validate.write_validation(workspace, 1, Options(), "x").verdict == older
    else:
        with pytest.raises(CutShortError, match=r"model 1 is not validated yet.*run again"):
            validate.write_validation(workspace, 1, Options(), "x")
    assert workspace.verdict(1).exists() == bool(older)
