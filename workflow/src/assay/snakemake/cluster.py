"""Following on SLURM what an earlier Snakemake submitted, instead of submitting it again.

Jobs outlive the Snakemake that submitted them. The next one plans them anew, since their outputs
are missing or incomplete, and its plugin cannot recognise them: it draws a new name for its jobs at
each start. Here the name is that of the campaign, so jobs that still wait or run under it are
found, and those that are planned again are waited for like any other.
"""

import getpass
import hashlib
import re
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snakemake.exceptions import WorkflowError

from assay.core.errors import ClusterError
from assay.snakemake.internals import before_planning, slurm_jobs_of

ALIVE = ("PENDING", "CONFIGURING", "RUNNING", "SUSPENDED", "STOPPED", "REQUEUED", "RESIZING")
ENDING = ("COMPLETING", "SIGNALING", "STAGE_OUT")
PATIENCE = 60.0  # seconds until a job that is ending is taken for gone
FORMAT = "%i|%T|%k"  # job id, state, comment


def follow_earlier_jobs(workflow: Any, workspace: Path) -> None:
    """Let the SLURM plugin follow jobs of this campaign that are there already.

    They are looked up before the jobs are planned: what ended before that has its outputs, so it
    is not planned; what ends later is still known to SLURM and is followed.

    Args:
        workflow: the `workflow` of a Snakefile.
        workspace: the folder with the models.

    Raises (while planning, and only with `--executor slurm`):
        WorkflowError: SLURM does not answer, or its plugin is not one that is supported.
    """

    def look() -> None:
        jobs = slurm_jobs_of(workflow)
        if jobs is None:
            return
        name = "_".join(filter(None, (jobs.prefix, campaign_name(Path.cwd(), workspace))))
        try:
            jobs.follow(name, earlier_jobs(name))
        except ClusterError as error:
            raise WorkflowError(f"assay: {error}") from error

    before_planning(workflow, look)


def campaign_name(project: Path, workspace: Path) -> str:
    """Return the name of all jobs of a workspace that is trained from a project folder."""
    places = f"{project.resolve()}\0{workspace.resolve()}"
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", workspace.resolve().name)[:40]
    return f"assay_{readable}_{hashlib.sha256(places.encode()).hexdigest()[:8]}"


def earlier_jobs(name: str) -> dict[str, str]:
    """Return the SLURM ids of the jobs that wait or run under a name, by their comment.

    The comment is the plugin's: rule and wildcards. A job that is just ending is waited for, so
    that what is submitted now does not meet it.

    Raises:
        ClusterError: SLURM does not answer.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        lines = [line.split("|", 2) for line in _squeue(name)]
        if time.monotonic() > deadline or not any(state in ENDING for _, state, _ in lines):
            return alive(lines)
        time.sleep(1)


def alive(lines: Iterable[list[str]]) -> dict[str, str]:
    """Return ids by comment of single jobs (no part of an array) that wait or run."""
    return {
        comment: number
        for number, state, comment in lines
        if state in ALIVE and number.isdecimal() and "_wildcards_" in comment
    }


def _squeue(name: str) -> list[str]:
    command = ["squeue", "--noheader", f"--user={getpass.getuser()}", f"--name={name}"]
    try:
        asked = subprocess.run(
            [*command, f"--format={FORMAT}"], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        raise ClusterError(
            f"SLURM does not say which jobs of this campaign it holds already ({said}); nothing "
            "was submitted. Run `squeue` yourself, and this again when it answers."
        ) from error
    return asked.stdout.splitlines()
