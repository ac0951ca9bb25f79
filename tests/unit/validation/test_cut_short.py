"""A validation that the machine ended is no verdict."""

import pytest

from assay.commands import validate
from assay.core.errors import Category
from assay.core.workspace import Workspace
from assay.evidence.verdict import REQUIRED, Finding, Verdict
from assay.validation.replay import CutShortError, await_message
from assay.validation.subject import Options
from assay.worker.process import WorkerProcess
from toys import DESCENT, iterative, write_workspace

PASSES = tuple(Finding(name, "pass", "") for name in REQUIRED)
CUT = Finding("recomputation", "skipped", "the worker died", doubt=True, transient=True)


class Worker(WorkerProcess):
    """Says what it is told to, then ends."""

    def __init__(self, messages, end):
        self._said, self._end = [messages], end

    def receive(self, timeout):
        return self._said.pop() if self._said else None

    def finish(self):
        return self._end


@pytest.mark.parametrize(
    ("category", "end"),
    [(None, "it was killed by SIGKILL"), (Category.RESOURCE, "")],
)
def test_a_killed_worker_and_a_missing_resource_say_nothing_of_the_run(category, end):
    said = [] if category is None else [{"type": "failure", "category": category, "summary": "no"}]
    with pytest.raises(CutShortError):
        await_message(Worker(said, end), "replayed")


def test_a_worker_that_ends_by_itself_says_something_of_the_model():
    message = await_message(Worker([], "it ended with status 9"), "replayed")
    assert message["type"] == "failure"


@pytest.mark.parametrize("older", [None, "REJECT"])
def test_nothing_is_written_unless_something_else_refuses_the_run(tmp_path, monkeypatch, older):
    workspace = Workspace(write_workspace(tmp_path, [iterative(1, DESCENT)]))
    refused = (Finding("files", "fail", "changed"),) if older else ()
    verdict = Verdict(1, (*PASSES, CUT, *refused))
    monkeypatch.setattr(validate, "validate_model", lambda *_: verdict)
    if older:
        assert validate.write_validation(workspace, 1, Options(), "x").verdict == older
    else:
        with pytest.raises(CutShortError, match=r"model 1 is not validated yet.*run again"):
            validate.write_validation(workspace, 1, Options(), "x")
    assert workspace.verdict(1).exists() == bool(older)
