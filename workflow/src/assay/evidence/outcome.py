"""The record of how one training ended: `evidence/{i}/outcome.json`, read by every report."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from assay.core.criteria import Criterion
from assay.core.errors import Category
from assay.core.files import write_text


@dataclass(frozen=True)
class Failure:
    """Why a training published nothing.

    Attributes:
        category: 1 implementation, 2 data, 3 resource, 4 convergence.
        stage: where it stopped: admission, import, build, fit, convergence, results or sanity.
        summary: one sentence.
        where: file, line and function, or the variable, constraint or input concerned.
        remedy: what to do next.
        details: traceback or further lines; may be empty.
        violations: every sanity violation, one sentence each, with row and value.
    """

    category: Category
    stage: str
    summary: str
    where: str = ""
    remedy: str = ""
    details: str = ""
    violations: tuple[str, ...] = ()

    @property
    def transient(self) -> bool:
        """Return whether the same inputs may succeed another time (a resource was missing)."""
        return self.category is Category.RESOURCE


@dataclass(frozen=True)
class Timing:
    """When training ran; wall times as ISO 8601 in UTC, durations in seconds.

    Attributes:
        requested: when the job began, before inputs were read.
        started: when the worker began.
        finished: when the outcome was known.
        wall_seconds: from started to finished, by the monotonic clock.
        phases: seconds spent in each phase the method announced (build, compile, sample ...).
        cpu_seconds: processor time of the worker and its children.
        cpu_source: how that was measured.
        peak_rss_bytes: largest resident memory seen.
        rss_source: how that was measured.
    """

    requested: str
    started: str
    finished: str
    wall_seconds: float
    phases: dict[str, float] = field(default_factory=dict)
    cpu_seconds: float | None = None
    cpu_source: str = ""
    peak_rss_bytes: int | None = None
    rss_source: str = ""


@dataclass(frozen=True)
class Outcome:
    """How one training ended.

    Attributes:
        model: the model's number.
        title: the design's title; empty if the design could not be read.
        method: one of `assay.methods.METHODS`; empty likewise.
        status: "trained" (results stored in the evidence) or "failed" (see `failure`).
        attempt: 1 for the first training of this model in this workspace, and so on.
        timing: when it ran and what it used.
        inputs: digests ("sha256:...") of design, code, helpers, features, upstream, by name.
        seed: hex seed derived from them.
        parameters: what was asked for (draws, chains, solver, replicates ...), for people.
        iterations: draws, solver iterations, steps or replicates completed, as a phrase.
        criteria: every convergence criterion; empty if training never got there.
        rows, columns: shape of the results; 0 when there are none.
        results_digest: "sha256:..." of the results CSV; empty when there are none.
        checkpoints: how many checkpoints were recorded.
        issues: remarks for the consultation ("R-hat of tau is 1.02, above 1.01").
        failure: why nothing is published; None when trained.
        emergency: of a training with an emergency fix: the failed attempt that justified it, how
            severe that was, and each parameter before and after.
    """

    model: int
    title: str
    method: str
    status: Literal["trained", "failed"]
    attempt: int
    timing: Timing
    inputs: dict[str, str] = field(default_factory=dict)
    seed: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    iterations: str = ""
    criteria: tuple[Criterion, ...] = ()
    rows: int = 0
    columns: int = 0
    results_digest: str = ""
    checkpoints: int = 0
    issues: tuple[str, ...] = ()
    failure: Failure | None = None
    emergency: dict[str, Any] = field(default_factory=dict)


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Store an outcome atomically."""
    record = asdict(outcome)
    record["criteria"] = [criterion.as_json() for criterion in outcome.criteria]
    write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def read_outcome(path: Path) -> Outcome:
    """Read an outcome back.

    Raises:
        FileNotFoundError: there is none.
        KeyError, TypeError, ValueError: the file is not an outcome.
    """
    record = json.loads(path.read_text(encoding="utf-8"))
    failure = record["failure"]
    if failure is not None:
        failure = Failure(
            **{
                **failure,
                "category": Category(failure["category"]),
                "violations": tuple(failure["violations"]),
            }
        )
    return Outcome(
        **{
            **record,
            "timing": Timing(**record["timing"]),
            "criteria": tuple(Criterion(**criterion) for criterion in record["criteria"]),
            "issues": tuple(record["issues"]),
            "failure": failure,
        }
    )
