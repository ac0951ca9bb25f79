"""Emergency fixes: used where none was due or allowed, or with a failure made up to justify one."""

import json
import shutil
from collections.abc import Callable

import numpy as np
from forgery import Forgery
from runs import Forger

from assay.design import load_design
from assay.evidence.arrays import load_arrays, load_fit, save_arrays
from assay.evidence.ledger import Ended
from assay.methods import load
from assay.repair.severity import severity


def edit_manifest(forger: Forger, change: Callable[[dict], None]) -> None:
    """Change the model's entry in VERSION_MANIFEST.json."""
    path = forger.workspace.version_manifest
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record["emergency_fixes"][0])
    path.write_text(json.dumps(record), encoding="utf-8")


def edit_fix(forger: Forger, **told) -> None:
    """Change what admission, outcome and manifest say of the fix, all alike, and seal again."""
    forger.edit_json("admission.json", lambda a: a["emergency_fix"].update(told))
    forger.edit_json("outcome.json", lambda o: o["emergency"].update(told))
    edit_manifest(forger, lambda entry: entry.update(told))
    forger.reseal()


def edit_first_attempt(forger: Forger, change: Callable[[dict], None]) -> Ended:
    """Change how the ledger says that the first attempt ended."""
    lines = forger.ledger()
    change(lines[1])
    forger.rewrite_ledger(lines)
    return Ended.model_validate_json(json.dumps(lines[1]))


def measured(line: dict, **values: float) -> None:
    """Say that other values were measured."""
    for criterion in line["criteria"]:
        if criterion["name"] in values:
            criterion["value"] = values[criterion["name"]]


def unrecorded(forger: Forger) -> None:
    forger.workspace.version_manifest.unlink()


def hidden(forger: Forger) -> None:
    forger.edit_json("admission.json", lambda a: a.update(emergency_fix=None))
    forger.edit_json("outcome.json", lambda o: o.update(emergency=None))
    forger.reseal()


def ordinary_failure(forger: Forger) -> None:
    edit_first_attempt(forger, lambda line: measured(line, rhat=1.2, divergences=1))
    forger.reseal()


def invented_failure(forger: Forger) -> None:
    line = edit_first_attempt(forger, lambda line: measured(line, rhat=3.5))
    edit_fix(forger, severity=severity(line))


def staged_failure(forger: Forger) -> None:
    """Replace the first attempt's fit by a worse one, and tell everything of it accordingly."""
    kept = forger.evidence / "previous"
    arrays = load_arrays(kept / "fit.npz")
    for name in ("posterior/x", "unconstrained"):
        arrays[name] = arrays[name] + 9.0 * np.arange(4).reshape(-1, *[1] * (arrays[name].ndim - 1))
    save_arrays(kept / "fit.npz", arrays)
    design = load_design(forger.workspace.design(forger.model))
    criteria = load("bayesian", "diagnose").diagnose(
        load_fit(kept), design.training, design.convergence
    )
    told = [criterion.as_json() for criterion in criteria]
    line = edit_first_attempt(forger, lambda line: line.update(criteria=told))
    edit_fix(forger, severity=severity(line))


def staged_for_hours(forger: Forger) -> dict[str, str]:
    """Stage a failure that is said to be too long to be done again."""
    edit_first_attempt(forger, lambda line: line.update(wall_seconds=36_000.0))
    staged_failure(forger)
    return {"replay": "challenge"}


def no_failure(forger: Forger) -> None:
    edit_first_attempt(forger, lambda line: line.update(status="trained", failure=None))
    forger.reseal()


def no_first_attempt(forger: Forger) -> None:
    forger.rewrite_ledger([{**line, "attempt": 1} for line in forger.ledger()[2:]])
    forger.edit_json("outcome.json", lambda o: o.update(attempt=1))
    forger.reseal(attempt=1)


def no_first_fit(forger: Forger) -> None:
    (forger.evidence / "previous" / "fit.npz").unlink()
    forger.reseal()


def other_parameters(forger: Forger) -> None:
    change = {"draws": {"before": 20, "after": 1000}, "chains": {"before": 4, "after": 2}}
    edit_fix(forger, parameters=change)


def gentler_before(forger: Forger) -> None:
    change = {"draws": {"before": 900, "after": 1000}, "tune": {"before": 900, "after": 1000}}
    edit_fix(forger, parameters=change)


def rejected(forger: Forger) -> None:
    told = {"status": "rejected", "decided_by": "Ada", "decided_at": "2026-01-01T00:00:00+00:00"}
    edit_manifest(forger, lambda entry: entry.update(told))


def nobody_approved(forger: Forger) -> None:
    edit_manifest(forger, lambda entry: entry.update(status="approved"))


def twice(forger: Forger) -> None:
    path = forger.workspace.version_manifest
    record = json.loads(path.read_text(encoding="utf-8"))
    record["emergency_fixes"] *= 2
    path.write_text(json.dumps(record), encoding="utf-8")


def for_other_inputs(forger: Forger) -> None:
    edit_manifest(forger, lambda entry: entry["inputs"].update(features="sha256:" + "0" * 64))


def of_other_results(forger: Forger) -> None:
    edit_manifest(forger, lambda entry: entry.update(results="sha256:" + "0" * 64))


def damaged_manifest(forger: Forger) -> None:
    path = forger.workspace.version_manifest
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")


def never_offered(forger: Forger) -> None:
    """Claim a fix for a model whose design offers none."""
    source = forger.workshop.honest("repaired") / "implementation" / "VERSION_MANIFEST.json"
    shutil.copy(source, forger.workspace.version_manifest)
    changes = {"tune": {"before": 1000, "after": 2000}}
    told = {"attempt": 1, "severity": "R-hat 1.5 (x), above 1.3", "parameters": changes}
    forger.edit_json("admission.json", lambda a: a.update(emergency_fix=told))
    forger.edit_json("outcome.json", lambda o: o.update(emergency=told))
    edit_manifest(forger, lambda entry: entry.update(told, model=forger.model))
    forger.reseal()


def _entry(name, deed, forge, caught_by=("emergency",), model="repaired"):
    return Forgery(name, model, deed, forge, set(caught_by))


EMERGENCY = [
    _entry("fix-unrecorded", "Deletes the record of the fix.", unrecorded),
    _entry("fix-hidden", "Says nothing of the fix anywhere.", hidden, ["design"]),
    _entry("fix-of-an-ordinary-failure", "Repairs R-hat 1.2.", ordinary_failure),
    _entry("fix-of-an-invented-failure", "Types R-hat 3.5 into the ledger.", invented_failure),
    _entry(
        "fix-of-a-staged-failure",
        "Spoils the kept fit of the first attempt and tells its R-hat everywhere.",
        staged_failure,
        ["failed_attempt"],
    ),
    _entry(
        "fix-of-a-long-staged-failure",
        "Spoils it likewise, says that it took ten hours, and hopes for a mere challenge.",
        staged_for_hours,
        ["failed_attempt"],
    ),
    _entry("fix-of-a-success", "Repairs an attempt that was trained.", no_failure),
    _entry("fix-at-once", "Strikes the first attempt from the ledger.", no_first_attempt),
    _entry("fix-without-the-failed-fit", "Deletes the first attempt's fit.", no_first_fit),
    _entry(
        "fix-of-more", "Changes parameters that the design's fix does not name.", other_parameters
    ),
    _entry("fix-from-elsewhere", "Says the design began from other values.", gentler_before),
    _entry("fix-rejected", "Presents results whose fix the director rejected.", rejected),
    _entry("fix-approved-by-nobody", "Types 'approved' into the manifest.", nobody_approved),
    _entry("fix-twice", "Records two uses for one model.", twice),
    _entry("fix-for-other-inputs", "Uses the fix of an earlier version.", for_other_inputs),
    _entry("fix-of-other-results", "Has other results approved.", of_other_results),
    _entry("fix-in-a-damaged-manifest", "Breaks the manifest.", damaged_manifest),
    _entry(
        "fix-never-offered",
        "Claims a fix for a design without one.",
        never_offered,
        model="bayesian",
    ),
]
