"""Convergence and sanity, measured again from the stored fit and the published table."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.core.criteria import Criterion, all_passed
from assay.documents.convergence_log import convergence_log
from assay.evidence.arrays import load_arrays
from assay.evidence.verdict import Finding, from_criteria
from assay.methods import load
from assay.results.check import check_results
from assay.results.table import TableError, parse_results
from assay.validation.subject import Subject

_SAME = 1e-9  # relative: the same arithmetic on another machine
SHOWN = 3


def check_design(subject: Subject) -> Iterator[Finding]:
    """See that the run was made to this design: its settings, and no changes but its own fix."""
    if subject.admission["design"] != subject.design.front_matter():
        yield Finding("design", "fail", "training was not admitted under this design")
        return
    parameters = load(subject.design.method, "settings").describe(subject.training)
    if dict(subject.outcome.parameters) != dict(parameters):
        message = "training did not run with the parameters that the design asks for"
        yield Finding("design", "fail", message, subject.outcome.parameters, parameters)
        return
    if subject.outcome.method != subject.design.method:
        yield Finding("design", "fail", "another method was trained than the design says")
        return
    yield Finding("design", "pass", "trained by the design's method with the design's parameters")


def check_convergence(subject: Subject) -> Iterator[Finding]:
    """Measure every criterion again and hold the logs' claims against it."""
    design = subject.design
    measured = load(design.method, "diagnose").diagnose(
        subject.fit, subject.training, design.convergence
    )
    passed = "every criterion is met by the stored fit, measured again"
    yield from from_criteria("convergence", measured, passed, doubt=False)
    if not all_passed(measured):
        return
    claimed = [criterion.as_json() for criterion in subject.outcome.criteria]
    differing = unlike(claimed, measured)
    written = subject.workspace.convergence_log(subject.model).read_text(encoding="utf-8")
    if differing:
        names = ", ".join(differing)
        message = f"the record claims other values than the stored fit gives: {names}"
        yield Finding("claims", "fail", message, differing, [])
    elif written != convergence_log(subject.outcome):
        message = f"convergence_{subject.model}.log does not say what was measured"
        yield Finding("claims", "fail", message)
    else:
        yield Finding("claims", "pass", "the logs claim what the stored fit gives")


def check_fit(subject: Subject) -> Iterator[Finding]:
    """Look for contradictions within the stored fit and its checkpoints."""
    if not (subject.evidence / "fit.npz").is_file():
        yield Finding("fit", "fail", "there is no stored fit")
        return
    criteria = load(subject.design.method, "recompute").inspect(
        subject.fit, subject.training, subject.checkpoints
    )
    yield from from_criteria("fit", criteria, "fit and checkpoints do not contradict each other")


def check_sanity(subject: Subject) -> Iterator[Finding]:
    """Check the published table against the design, every cell."""
    try:
        table = parse_results(subject.published, subject.design)
    except TableError as error:
        yield Finding("sanity", "fail", f"the published results are no table: {error}")
        return
    violations = check_results(table, subject.design)
    for violation in violations[:SHOWN]:
        flag: Any = "zero_variance" if violation.check == "zero_variance" else None
        yield Finding("sanity", "fail", violation.message, str(violation.value), None, flag)
    if len(violations) > SHOWN:
        more = f"and {len(violations) - SHOWN} more violations of the design"
        yield Finding("sanity", "fail", more, len(violations), 0)
    if not violations:
        message = f"{len(table)} rows keep everything the design declares"
        yield Finding("sanity", "pass", message, len(table))


def unlike(claimed: Sequence[Mapping[str, Any]], measured: Sequence[Criterion]) -> list[str]:
    """Return the names of criteria whose record differs from what was measured."""
    fresh = [criterion.as_json() for criterion in measured]
    if [c["name"] for c in claimed] != [c["name"] for c in fresh]:
        return ["which criteria there are"]
    return [
        str(new["name"])
        for old, new in zip(claimed, fresh, strict=True)
        if not all(_close(old[key], new[key]) for key in ("value", "threshold"))
        or (old["passed"], old["comparison"]) != (new["passed"], new["comparison"])
    ]


def _close(old: Any, new: Any) -> bool:
    if isinstance(old, int | float) and isinstance(new, int | float):
        # Residuals near rounding differ between machines by more than their size.
        return math.isclose(old, new, rel_tol=_SAME, abs_tol=1e-9)
    return bool(old == new)


def same_arrays(first: Any, second: Any) -> list[str]:
    """Return, sorted, the names of arrays in two npz files that are not alike to the last bit."""
    one, two = load_arrays(first), load_arrays(second)
    return sorted(
        name
        for name in one.keys() | two.keys()
        if name not in one
        or name not in two
        or one[name].dtype != two[name].dtype
        or one[name].shape != two[name].shape
        or one[name].tobytes() != two[name].tobytes()
    )
