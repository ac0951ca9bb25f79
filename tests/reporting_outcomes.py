"""Outcomes to report on."""

from assay.core.criteria import Criterion, judge
from assay.core.errors import Category
from assay.evidence.outcome import Failure, Outcome, Timing
from evidence_samples import replace

NASTY = "Gold | *bold* _x_ `c` <b>|日本 naïve\n# [a](http://b) &lt; ~~s~~"

PASSED: tuple[Criterion, ...] = (
    judge("rhat", 1.0123456, "<", 1.05, where="tau"),
    judge("ess_bulk", 1834.2, ">", 400.0, where="theta[3]"),
    judge("divergences", 0, "==", 0),
    judge("tree_depth", 3, "<=", 0, advice="harmless, but slow", gates=False),
)
FAILED: tuple[Criterion, ...] = (
    judge("ess_bulk", 1834.2, ">", 400.0, where="theta[3]"),
    judge("rhat", 1.0500004, "<", 1.05, where="tau", advice="Draw more."),
    judge("divergences", 12, "==", 0, advice="Raise target_accept."),
    judge("ebfmi", float("nan"), ">", 0.3, where="chain 2"),
)


def trained(model: int = 3) -> Outcome:
    """Return a successful training of 5,400 s."""
    return Outcome(
        model=model,
        title="Medals per country",
        method="bayesian",
        status="trained",
        attempt=2,
        timing=Timing(
            requested="2025-06-01T13:59:00+02:00",
            started="2025-06-01T12:00:00+00:00",
            finished="2025-06-01T13:30:00.25Z",
            wall_seconds=5400.25,
            phases={"compile": 12.34, "sample": 5000.0},
            cpu_seconds=9000.0,
            cpu_source="cgroup",
            peak_rss_bytes=536_000_000,
            rss_source="ru_maxrss",
        ),
        inputs={"design": "sha256:aa", "code": "sha256:bb", "upstream_1": "sha256:cc"},
        seed="f0f0",
        parameters={"draws": 1000, "target_accept": 0.95, "precision": {"top": {"rel": 0.02}}},
        iterations="4,000 draws",
        criteria=PASSED,
        rows=90,
        columns=6,
        results_digest="sha256:dd",
        checkpoints=7,
        issues=("R-hat of tau is 1.012, above 1.01",),
    )


def failed(model: int = 3, **change: object) -> Outcome:
    """Return a training that failed to converge; `change` alters its failure."""
    failure = Failure(
        category=Category.CONVERGENCE,
        stage="convergence",
        summary="3 of 4 criteria failed",
        where="tau",
        remedy="Draw more.",
    )
    return replace(
        trained(model),
        status="failed",
        criteria=FAILED,
        rows=0,
        columns=0,
        results_digest="",
        issues=(),
        failure=replace(failure, **change),
    )


def never_fitted(model: int = 3) -> Outcome:
    """Return a training whose code stopped while building."""
    stopped = failed(
        model,
        category=Category.IMPLEMENTATION,
        stage="build",
        summary="build raised NameError: name 'np' is not defined",
        where=f"model_{model}.py:12 in build",
        details="Traceback (most recent call last):\n```\nNameError",
    )
    return replace(stopped, criteria=())
