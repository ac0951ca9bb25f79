"""Running Snakemake for real on small workspaces."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TRAINING = ("--until", "publish_results")  # and no validation; not where models read others


@dataclass(frozen=True)
class Campaign:
    """A workspace and what `snakemake` said of it."""

    root: Path
    run: subprocess.CompletedProcess

    @property
    def text(self) -> str:
        return self.run.stdout + self.run.stderr

    def results(self, model: int) -> Path:
        return self.root / "implementation" / "data" / f"results_{model}.csv"

    def incident(self, model: int) -> Path:
        return self.root / "docs" / "reports" / f"incident_{model}.md"

    def reasons(self, model: int) -> str:
        """Return what was recorded as the cause of a failure, without what passed beside it."""
        path = self.root / "implementation" / "evidence" / str(model) / "outcome.json"
        failure = json.loads(path.read_text(encoding="utf-8"))["failure"]
        return "\n".join([failure["summary"], failure["details"], *failure["violations"]])

    def logs(self, model: int) -> list[Path]:
        folder = self.root / "implementation" / "logs"
        return [folder / f"training_{model}.log", folder / f"convergence_{model}.log"]


def project_of(workspace: Path) -> Path:
    """Return the project folder from which a workspace is run."""
    return workspace.parent / f"project of {workspace.name}"


def snakemake(workspace: Path, *arguments: str, **options):
    """Run Snakemake on a workspace as a user would and wait for its end."""
    process = start_snakemake(workspace, *arguments, **options)
    try:
        out, err = process.communicate(timeout=900)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def start_snakemake(
    workspace: Path,
    *arguments: str,
    cores: int = 2,
    env: dict | None = None,
    settings: dict | None = None,
    python: str = sys.executable,
    stdout: Any = subprocess.PIPE,
    stderr: Any = subprocess.PIPE,
) -> subprocess.Popen:
    """Start Snakemake on a workspace, from a project folder of its own.

    The project's files are linked, so that campaigns of several tests do not share .snakemake.
    """
    project = project_of(workspace)
    if not project.exists():
        project.mkdir()
        for name in ("Snakefile", "workflow", "scripts", "profiles"):
            (project / name).symlink_to(ROOT / name)
        shutil.copytree(ROOT / "config", project / "config")
    pairs = [
        f"{key}={value}" for key, value in {"workspace": workspace, **(settings or {})}.items()
    ]
    return subprocess.Popen(
        [python, "-m", "snakemake", f"-j{cores}", "--config", *pairs, *arguments],
        cwd=project,
        env={**os.environ, **(env or {})},
        stdout=stdout,
        stderr=stderr,
        text=True,
        encoding="utf-8",
    )
