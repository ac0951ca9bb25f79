"""What doing a run again showed: the fit to the last bit, its certificate, its results."""

from collections.abc import Iterator

import numpy as np

from assay.core.criteria import Criterion
from assay.evidence.verdict import Finding, Status, from_criteria
from assay.methods import traits_of
from assay.results.check import check_results
from assay.results.table import to_csv_bytes
from assay.validation.case import Case
from assay.validation.replayed import Replayed

SHOWN = 5


def check_failed_attempt(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Hold the attempt on which an emergency fix rests against the same done again."""
    del case
    again = replayed.failed_attempt
    if again is None:
        return
    if again.not_done:
        message = f"attempt {again.number}, which justifies the fix, was not done again "
        yield Finding("failed_attempt", "warn", f"{message}({again.not_done})")
    elif again.told != again.fresh:
        message = f"done again, attempt {again.number} does not fail as it is said to have failed: "
        message += f"{again.fresh}, not {again.told}"
        yield Finding("failed_attempt", "fail", message, again.fresh, again.told)
    else:
        message = f"done again, attempt {again.number} fails as it did"
        yield Finding("failed_attempt", "pass", message)


def check_certificate(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Judge the certificates; a doubt they leave is overruled by an exact replay in full."""
    del case
    if replayed.error:
        return
    overruled = replayed.mode == "full" and not replayed.differences
    passed = "on the model itself, the fit is one of its answers"
    found = from_criteria("certificate", replayed.certificates, passed, doubt=not overruled)
    for finding in found:
        if finding.status == "skipped":
            message = "this method has no certificate; only doing it again shows anything"
            yield Finding("certificate", "skipped", message)
        else:
            yield finding


def check_recomputation(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Judge whether the run, done again, gives the same fit."""
    exact = case.exact  # else this machine need not agree with the recording one to the last bit
    status: Status = "fail" if exact else "warn"
    if replayed.error:
        message = f"doing it again failed: {replayed.error}"
        yield Finding("recomputation", status, message, doubt=not exact)
    elif replayed.mode == "full":
        yield _in_full(replayed, status)
    elif replayed.challenge is not None:
        what = f"{replayed.challenge.what}, {100 * replayed.share:.2g} % of the work"
        passed = f"done again from its seed ({what}), it agrees to the last bit"
        criteria = replayed.met if exact else map(_as_remark, replayed.met)
        yield from from_criteria("recomputation", criteria, passed)
    elif traits_of(case.design.method).proves_itself and replayed.certificates:
        if all(criterion.passed for criterion in replayed.certificates if criterion.gates):
            message = "the answer proves itself on the problem built again from the code"
            yield Finding("recomputation", "pass", message)
    else:
        asked = case.options.replay
        message = f"nothing was done again (--replay {asked}): only that can show that it ran"
        yield Finding("recomputation", "skipped", message, doubt=True)


def _in_full(replayed: Replayed, status: Status) -> Finding:
    differing = list(replayed.differences)
    if not differing:
        message = "done again in full from its seed, the run gives the same fit to the last bit"
        return Finding("recomputation", "pass", message, 1.0, 1.0)
    message = (
        "done again from its seed, the run gives another fit: "
        f"{', '.join(differing[:SHOWN])} differ"
    )
    return Finding("recomputation", status, message, differing, [], doubt=status == "warn")


def check_fresh_run(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Compare with a fresh run but for rounding, where this machine need not agree in every bit."""
    if replayed.mode == "full" and replayed.differences and not case.exact and not replayed.error:
        yield from from_criteria("fresh_run", replayed.agreement, "a fresh run agrees with it")


def check_results_rebuilt(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Compare the published table with the one rebuilt from the stored fit."""
    tables = replayed.tables
    if tables.rebuilt is None or tables.again is None:
        reasons = [replayed.error, *(tables.broken.get(name, "") for name in ("0", "1"))]
        reason = next(filter(None, reasons), "no table came back")
        status: Status = "skipped" if replayed.error else "fail"
        message = f"the results cannot be rebuilt: {reason}"
        yield Finding("results", status, message, doubt=True)
        return
    violations = [check_results(table, case.design) for table in (tables.rebuilt, tables.again)]
    if any(violations):
        first = next(filter(None, violations))[0]
        yield Finding("results", "fail", f"rebuilt, the results break the design: {first.message}")
        return
    rebuilt, again = (to_csv_bytes(table, case.design) for table in (tables.rebuilt, tables.again))
    if rebuilt != again:
        message = "two calls of `results` on the same fit give different tables"
        yield Finding("results", "fail", message)
    elif rebuilt == case.published:
        yield Finding("results", "pass", "rebuilt from the stored fit, every cell agrees")
    else:
        yield _differing(case, rebuilt)


def _differing(case: Case, rebuilt: bytes) -> Finding:
    """Say where published and rebuilt results differ."""
    published, fresh = (text.decode("utf-8", "replace") for text in (case.published, rebuilt))
    pairs = list(zip(published.splitlines(), fresh.splitlines(), strict=False))
    cells = [
        (row, old, new)
        for row, (left, right) in enumerate(pairs)
        for old, new in zip(left.split(","), right.split(","), strict=False)
        if old != new
    ]
    where = (
        f"row {cells[0][0]}: {cells[0][1]} published, {cells[0][2]} rebuilt" if cells else "rows"
    )
    if not case.exact and cells and all(_near(old, new) for _, old, new in cells):
        message = "rebuilt on another kind of machine, the results agree but for rounding"
        return Finding("results", "pass", message, len(cells), 0)
    count = max(1, len(cells))
    many = f"{count} cells differ" if count > 1 else "1 cell differs"
    message = f"rebuilt from the stored fit, {many} ({where})"
    return Finding("results", "fail", message, len(cells), 0)


def _as_remark(criterion: Criterion) -> Criterion:
    return Criterion(**{**vars(criterion), "gates": False})


def _near(old: str, new: str) -> bool:
    try:
        return bool(np.isclose(float(old), float(new), rtol=1e-6, atol=1e-9))
    except ValueError:
        return False
