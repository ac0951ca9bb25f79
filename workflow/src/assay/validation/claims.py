"""Convergence and sanity, measured again from the stored fit and the published table."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.core.criteria import Criterion, all_passed
from assay.documents.convergence_log import convergence_log
from assay.evidence.arrays import Array
from assay.evidence.verdict import Finding, from_criteria
from assay.methods import load
from assay.results.check import check_results
from assay.results.table import TableError, parse_results
from assay.validation.case import PLACES, Case

_SAME = 1e-9  # relative: the same arithmetic on another machine
SHOWN = 3


def check_design(case: Case) -> Iterator[Finding]:
    """See that the run was made to this design: its settings, and no changes but its own fix."""
    if case.admission.design != case.design.front_matter():
        yield Finding("design", "fail", "training was not admitted under this design")
        return
    parameters = load(case.design.method, "settings").describe(case.training)
    trained = case.outcome.parameters
    if trained != dict(parameters):
        message = "training did not run with the parameters that the design asks for"
        yield Finding("design", "fail", message, trained, parameters)
    elif case.outcome.method != case.design.method:
        yield Finding("design", "fail", "another method was trained than the design says")
    else:
        message = "trained by the design's method with the design's parameters"
        yield Finding("design", "pass", message)


def check_convergence(case: Case) -> Iterator[Finding]:
    """Measure every criterion again."""
    passed = "every criterion is met by the stored fit, measured again"
    yield from from_criteria("convergence", case.measured, passed, doubt=False)


def check_claims(case: Case) -> Iterator[Finding]:
    """Hold what the record says of convergence against what is measured."""
    again = case.measured
    if not all_passed(list(again)):
        return
    differing = unlike(case.outcome.criteria, again)
    path = PLACES.convergence_log(case.model)
    if differing:
        names = ", ".join(differing)
        message = f"the record claims other values than the stored fit gives: {names}"
        yield Finding("claims", "fail", message, differing, [])
    elif problem := case.missing(path):
        yield Finding("claims", "fail", problem)
    elif case.text(path) != convergence_log(case.outcome):
        yield Finding("claims", "fail", f"{path.name} does not say what was measured")
    else:
        yield Finding("claims", "pass", "the logs claim what the stored fit gives")


def check_fit(case: Case) -> Iterator[Finding]:
    """Look for contradictions within the stored fit and its checkpoints."""
    if problem := case.problem("fit"):
        yield Finding("fit", "fail", f"there is no fit to judge: {problem}", action="RERUN")
        return
    criteria = load(case.design.method, "recompute").inspect(
        case.fit, case.training, case.checkpoints
    )
    yield from from_criteria("fit", criteria, "fit and checkpoints do not contradict each other")


def check_sanity(case: Case) -> Iterator[Finding]:
    """Check the published table against the design, every cell."""
    try:
        table = parse_results(case.published, case.design)
    except TableError as error:
        yield Finding("sanity", "fail", f"the published results are no table: {error}")
        return
    violations = check_results(table, case.design)
    for violation in violations[:SHOWN]:
        flat = violation.check == "zero_variance"
        yield Finding(
            "sanity",
            "fail",
            violation.message,
            measured=str(violation.value),
            red_flag="zero_variance" if flat else None,
        )
    if len(violations) > SHOWN:
        more = f"and {len(violations) - SHOWN} more violations of the design"
        yield Finding("sanity", "fail", more, len(violations), 0)
    if not violations:
        message = f"{len(table)} rows keep everything the design declares"
        yield Finding("sanity", "pass", message, len(table))


def unlike(claimed: Sequence[Criterion], again: Sequence[Criterion]) -> list[str]:
    """Return the names of criteria whose record differs from what was measured."""
    old, new = ([criterion.as_json() for criterion in criteria] for criteria in (claimed, again))
    if [c["name"] for c in old] != [c["name"] for c in new]:
        return ["which criteria there are"]
    return [
        str(fresh["name"])
        for told, fresh in zip(old, new, strict=True)
        if not all(_close(told[key], fresh[key]) for key in ("value", "threshold"))
        or any(told[key] != fresh[key] for key in ("passed", "comparison"))
    ]


def _close(old: Any, new: Any) -> bool:
    if isinstance(old, int | float) and isinstance(new, int | float):
        # Residuals near rounding differ between machines by more than their size.
        return math.isclose(old, new, rel_tol=_SAME, abs_tol=1e-9)
    return bool(old == new)


def unlike_arrays(one: Mapping[str, Array], two: Mapping[str, Array]) -> list[str]:
    """Return, sorted, the names of arrays in two fits that are not alike to the last bit."""
    return sorted(
        name
        for name in one.keys() | two.keys()
        if name not in one
        or name not in two
        or one[name].dtype != two[name].dtype
        or one[name].shape != two[name].shape
        or one[name].tobytes() != two[name].tobytes()
    )
