"""One Snakemake campaign over cases, followed while it runs, and what came of each."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from case import Case, Comparison, write_workspace
from folder import ROOT

POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Ran:
    """What came of one case.

    Attributes:
        case: the case.
        root: the workspace.
        number: its model's number there.
    """

    case: Case
    root: Path
    number: int

    @property
    def outcome(self) -> dict[str, Any]:
        """Return the recorded outcome of training; empty if there is none."""
        path = self.root / "implementation" / "evidence" / str(self.number) / "outcome.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    @property
    def verdict(self) -> str:
        """Return the validator's verdict; empty if nothing was judged."""
        path = self.root / "docs" / "validation" / f"verdict_{self.number}.json"
        if not path.exists():
            return ""
        return str(json.loads(path.read_text(encoding="utf-8"))["verdict"])

    @property
    def ended(self) -> bool:
        """Return whether there is nothing left to wait for."""
        return bool(self.reasons or self.verdict)

    @property
    def published(self) -> Path:
        """Return where the results are, if they are published."""
        return self.root / "implementation" / "data" / f"results_{self.number}.csv"

    @property
    def seconds(self) -> float:
        """Return how long training took, wall time."""
        timing = self.outcome.get("timing")
        return float(timing["wall_seconds"]) if timing else float("nan")

    @property
    def reasons(self) -> str:
        """Return what was recorded as the cause of a failure."""
        failure = self.outcome.get("failure")
        if not failure:
            return ""
        return "\n".join([failure["summary"], failure["details"], *failure["violations"]])

    @property
    def comparisons(self) -> list[Comparison]:
        """Return the published results held against the answer; none where there are none."""
        if self.case.compare is None or not self.published.exists():
            return []
        return self.case.compare(pd.read_csv(self.published, keep_default_na=False))

    @property
    def worst(self) -> Comparison | None:
        """Return the comparison that needed the largest part of what is allowed."""
        return max(self.comparisons, key=lambda one: one.share, default=None)

    @property
    def problem(self) -> str:
        """Return what is wrong with this case, empty if it is as it must be."""
        return self._not_refused() if self.case.compare is None else self._not_reached()

    def _not_reached(self) -> str:
        if not self.published.exists():
            return (
                f"not published: {self.reasons.splitlines()[0] if self.reasons else 'no outcome'}"
            )
        if self.verdict != "APPROVE":
            return f"the validator says {self.verdict or 'nothing'}"
        missed = [one for one in self.comparisons if not one.holds]
        if not self.comparisons or len(missed) > self.case.misses:
            return (
                ", ".join(
                    f"{one.quantity} is {one.ours:.8g}, published {one.published:.8g}"
                    for one in missed[:3]
                )
                or "nothing was compared"
            )
        return ""

    def _not_refused(self) -> str:
        if self.published.exists():
            return "published, although it must be refused"
        if not self.reasons:
            return "neither published nor refused: no outcome"
        if not any(word in self.reasons for word in self.case.refused):
            return f"refused, but not for {' or '.join(self.case.refused)}: {self.reasons}"
        passed = {one["name"] for one in self.outcome["criteria"] if one["passed"]}
        if self.case.proof and self.case.proof not in passed:
            return f"refused without {self.case.proof}"
        return ""


def run_campaign(
    root: Path, cases: Sequence[Case], cores: int, announce: Any = None
) -> tuple[list[Ran], int]:
    """Write the cases into a new workspace, run Snakemake over it and return what came of them.

    Args:
        root: the workspace; what is there is removed.
        cases: the problems, of which the i-th is model i.
        cores: for Snakemake.
        announce: called with each case when it has ended, and how many have.

    Returns:
        A `Ran` for every case, and Snakemake's exit status. Its output is in snakemake.log.
    """
    shutil.rmtree(root, ignore_errors=True)
    write_workspace(root, cases)
    project = root.parent / f"project of {root.name}"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    for name in ("Snakefile", "workflow", "scripts", "profiles"):
        (project / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "config", project / "config")
    waiting = [Ran(case, root, number) for number, case in enumerate(cases, start=1)]
    every = list(waiting)
    command = [sys.executable, "-m", "snakemake", f"-j{cores}", "--config", f"workspace={root}"]
    with (root / "snakemake.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=project, stdout=log, stderr=subprocess.STDOUT, env=os.environ.copy()
        )
        try:
            while process.poll() is None:
                time.sleep(POLL_SECONDS)
                waiting = _announce_ended(waiting, every, announce)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    _announce_ended(waiting, every, announce)
    return every, process.returncode


def _announce_ended(waiting: list[Ran], every: list[Ran], announce: Any) -> list[Ran]:
    for ran in waiting:
        if ran.ended and announce:
            announce(ran, len(every))
    return [ran for ran in waiting if not ran.ended]
