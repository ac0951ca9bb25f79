"""Records of evidence as a small training would leave them, for tests that read or write them."""

from typing import Any

from assay.evidence.admission import Admission, Environment, FixUse
from assay.evidence.fix_manifest import Change
from assay.evidence.ledger import Ended
from assay.evidence.outcome import Outcome, Timing
from assay.evidence.progress import Bytes, MaybeSeconds, Seconds, State, Used
from assay.evidence.seal import Predicate

DIGEST = "sha256:" + "1" * 64
ENVIRONMENT = Environment(
    python="3.11.9",
    implementation="cpython",
    platform="Linux",
    machine="x86_64",
    processor="a processor",
    cores=2,
    pinned={"TZ": "UTC"},
    packages={"numpy": "2.0.0", "pymc": None},
)
FIX = FixUse(attempt=1, severity="R-hat 1.9", parameters={"tune": Change(before=10, after=4000)})


def used(cpu=1.0, rss=1_000_000):
    """Return what a worker has used, `cpu` seconds and `rss` bytes of it."""
    return Used(
        cpu_seconds=Seconds(value=cpu, source="psutil"),
        waited_seconds=MaybeSeconds(value=None, source="not available"),
        rss_bytes=Bytes(value=rss, source="psutil"),
        peak_rss_bytes=Bytes(value=rss, source="psutil"),
    )


def state(phase="sample", step=None, of=None, *, cpu=1.0, rss=1_000_000, **others):
    """Return how far a training is."""
    more: dict[str, Any] = {"metrics": {}, "eta_seconds": None, "checkpoints": 0} | others
    return State(phase=phase, step=step, of=of, **more, **dict(used(cpu, rss)))


def admission(**others):
    """Return an admission, with `others` in place of its values."""
    values: dict[str, Any] = {
        "design": {"depends_on": [], "expected": {"minutes": [1, 5]}},
        "digests": {"design": DIGEST},
        "seed": "ab" * 32,
        "nonce": "",
        "source": DIGEST,
        "heartbeat_seconds": 60.0,
        "cores": 2,
        "emergency_fix": None,
        "environment": ENVIRONMENT,
    }
    return Admission(**values | others)


def timing(**others):
    """Return the times of a training of a second and a half."""
    values: dict[str, Any] = {
        "requested": "a",
        "started": "b",
        "finished": "c",
        "wall_seconds": 1.5,
    }
    return Timing(**values | others)


def outcome(**others):
    """Return the outcome of a training, with `others` in place of its values."""
    values: dict[str, Any] = {
        "model": 1,
        "title": "Eight schools",
        "method": "bayesian",
        "status": "trained",
        "attempt": 1,
        "timing": timing(),
    }
    return Outcome(**values | others)


def ended(**others):
    """Return a ledger's line of an attempt that was trained."""
    values: dict[str, Any] = {
        "attempt": 1,
        "at": "c",
        "status": "trained",
        "inputs": {"design": DIGEST},
        "seed": "ab" * 32,
        "parameters": {"draws": 1000},
        "criteria": (),
        "failure": None,
        "wall_seconds": 1.5,
    }
    return Ended(**values | others)


def predicate(**others):
    """Return what a manifest says of a training."""
    values: dict[str, Any] = {
        "model": 1,
        "attempt": 1,
        "status": "trained",
        "method": "bayesian",
        "seed": "ab" * 32,
        "nonce": "",
        "inputs": {"design": DIGEST},
        "source": DIGEST,
        "started": "b",
        "finished": "c",
        "results": DIGEST,
    }
    return Predicate(**values | others)


def replace(record, **values):
    """Return a record with other values."""
    return record.model_copy(update=values)
