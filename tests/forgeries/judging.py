"""What the validator makes of a workspace, and whether it refuses a forgery as it should."""

import pytest
from forgery import HONEST, Forgery, Workshop
from runs import copy_workspace

from assay.commands.cli import CANNOT_JUDGE, main
from assay.core.workspace import Workspace
from assay.evidence.verdict import Verdict
from assay.validation.case import Options
from assay.validation.checks import GUESSED
from assay.validation.workspace import validate_workspace
from assay.worker.process import Start, Started
from forked import FORK_SERVERS

# What is found by doing a run again, or of the models that it reads. The rest is found by reading.
DONE_AGAIN = frozenset(
    {
        "certificate",
        "effort",
        "failed_attempt",
        "fresh_run",
        "given",
        "memory",
        "phases",
        "recomputation",
        "results",
        "sensitivity",
        "upstream",
    }
)


def verdict_on(root, model: int, start: Start = FORK_SERVERS.start, **options) -> Verdict:
    """Judge a model after those that it reads."""
    asked = Options(**{"replay": "full", "cores": 1, **options})
    verdicts = list(validate_workspace(Workspace(root), [model], asked, start))
    return next(verdict for verdict in verdicts if verdict.model == model)


def told(verdict: Verdict) -> str:
    """Return what was found against a run."""
    return f"{verdict.verdict}: " + " | ".join(
        f"{finding.check} [{finding.status}, {finding.red_flag}]: {finding.message}"
        for finding in verdict.reasons
    )


def expect_refusal(forgery: Forgery, workshop: Workshop, folder) -> None:
    """Forge, and fail unless the verdict and its reason are those that the table says.

    What reading the evidence must find is to be refused for that alone: nothing is done again.
    """
    forger = workshop.forger(forgery.model, folder / "workspace")
    options = forgery.forge(forger) or {}
    if forgery.verdict == "ERROR":
        assert main(["validate", str(forger.root)]) == CANNOT_JUDGE
        return
    read = forgery.verdict == "REJECT" and not forgery.accepted_because
    read = read and not forgery.caught_by & {*DONE_AGAIN, *GUESSED}
    start = _no_worker if read else FORK_SERVERS.start
    verdict = verdict_on(forger.root, forger.model, start, **options)
    if forgery.accepted_because:
        assert verdict.verdict == "APPROVE", f"no longer accepted: {told(verdict)}"
        pytest.xfail(forgery.accepted_because)
    assert verdict.verdict == forgery.verdict, told(verdict)
    looked_at = {f.check for f in verdict.reasons if not f.message.startswith("not done again, ")}
    assert forgery.caught_by & looked_at, told(verdict)
    if forgery.red_flag:
        assert forgery.red_flag in {f.red_flag for f in verdict.reasons}, told(verdict)


def _no_worker(*_: object) -> Started:
    pytest.fail("a worker was started for what reading alone refuses")


def expect_approval(name: str, workshop: Workshop, folder) -> None:
    """Fail unless an honest run is approved."""
    root = copy_workspace(workshop.honest(name), folder / "copy")
    verdict = verdict_on(root, HONEST[name][-1].number)
    assert verdict.verdict == "APPROVE", told(verdict)
