"""The record of how one training ended: `evidence/{i}/outcome.json`, read by every report."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, TypeAdapter

from assay.core.criteria import Criterion
from assay.core.errors import Category
from assay.core.files import write_bytes
from assay.evidence.admission import FixUse
from assay.evidence.record import Count, Number, Part, Record, Seconds, read, to_bytes

Status = Literal["trained", "failed"]


class _Described:
    """Describes a criterion in JSON schemas; what it takes is imported only for that."""

    def __get_pydantic_json_schema__(self, *_: Any) -> dict[str, Any]:
        schema = TypeAdapter(Criterion).json_schema()
        return {**schema, "required": [*schema["properties"]], "additionalProperties": False}


StoredCriterion = Annotated[Criterion, PlainSerializer(Criterion.as_json), _Described()]


class Failure(Part):
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


class Timing(Part):
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
    wall_seconds: Seconds
    phases: dict[str, Seconds] = Field(default_factory=dict)
    cpu_seconds: Seconds | None = None
    cpu_source: str = ""
    peak_rss_bytes: Count | None = None
    rss_source: str = ""


class Outcome(Record):
    """How one training ended.

    Attributes:
        model: the model's number.
        title: the design's title; empty if the design could not be read.
        method: bayesian, convex, iterative or simulation; empty likewise.
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
        emergency: the emergency fix it was trained with, if any.
    """

    model: Number
    title: str
    method: str
    status: Status
    attempt: Number
    timing: Timing
    inputs: dict[str, str] = Field(default_factory=dict)
    seed: str = ""
    parameters: dict[str, Any] = Field(default_factory=dict)
    iterations: str = ""
    criteria: tuple[StoredCriterion, ...] = ()
    rows: Count = 0
    columns: Count = 0
    results_digest: str = ""
    checkpoints: Count = 0
    issues: tuple[str, ...] = ()
    failure: Failure | None = None
    emergency: FixUse | None = None


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Store an outcome atomically."""
    write_bytes(path, to_bytes(outcome))


def read_outcome(path: Path) -> Outcome:
    """Read an outcome back.

    Raises:
        OSError: it cannot be read.
        EvidenceError: the file is no outcome.
    """
    return read(Outcome, path.read_bytes(), path.name)
