"""Emergency fixes: used by right, or not; and the failed attempt that they rest on."""

from typing import Any

import pytest
from cases import DESIGN, EVIDENCE, case, design_text, only, told

import evidence_samples as samples
from assay.core.criteria import judge
from assay.core.errors import Category
from assay.design import parse_design
from assay.evidence.admission import FixUse
from assay.evidence.fix_manifest import Change, Entry
from assay.evidence.ledger import Begun
from assay.evidence.outcome import Failure
from assay.methods import load
from assay.validation import emergency
from assay.validation.case import Fixes

TEXT = design_text("bayesian", extra="emergency_fix: {tune: 4000}\n")
DESIGNED = parse_design(DESIGN, TEXT)
CHANGES = {"tune": Change(before=1000, after=4000)}
SEVERITY = "sampling failed outright"
USED = FixUse(attempt=1, severity=SEVERITY, parameters=CHANGES)
INPUTS = case(text=TEXT).digests
SEED = case(text=TEXT).admission.seed
OWN = load("bayesian", "settings").describe(DESIGNED.training)


def failure(stage="fit"):
    return Failure(category=Category.CONVERGENCE, stage=stage, summary="bad")


def entry(**others):
    values: dict[str, Any] = {
        "model": 1,
        "severity": SEVERITY,
        "parameters": CHANGES,
        "authorised_by": "the design",
        "at": "2026-01-01T00:00:00+00:00",
        "attempt": 1,
        "inputs": INPUTS,
        "seed": SEED,
        "status": "provisional",
        "results": "",
    }
    return Entry(**values | others)


def ended(attempt, **others):
    values = {"inputs": INPUTS, "seed": SEED, "status": "failed", "parameters": OWN}
    return samples.ended(attempt=attempt, **{**values, "failure": failure(), **others})


def fixed(*, used=USED, entries=None, first=None, text=TEXT, **how):
    """Return a case of attempt 2, which used a fix after attempt 1 had failed."""
    ledger = (
        Begun(attempt=1, at="a"),
        *((first or ended(1),) if first is not False else ()),
        Begun(attempt=2, at="b"),
        ended(2, status="trained", failure=None),
    )
    told_of = {
        "text": text,
        "admission": {"emergency_fix": used},
        "outcome": {"attempt": 2},
        "ledger": ledger,
        "fixes": Fixes(tuple([entry()] if entries is None else entries)),
    }
    results = case(text=text).outcome.results_digest
    if entries is None:
        told_of["fixes"] = Fixes((entry(results=results),))
    return case(**told_of | how)


def failed(action=None):
    return [("emergency", "fail", False, action, None)]


def reason(judged):
    finding = only(emergency.check_emergency(judged))
    assert finding.status == "fail"
    return finding.message


def test_without_a_fix():
    assert told(emergency.check_emergency(case())) == [("emergency", "pass", False, None, None)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("provisional", ("warn", False, None)),
        ("approved", ("pass", False, None)),
        ("rejected", ("fail", False, "RERUN")),
    ],
)
def test_the_director_decides(status, expected):
    by = {"decided_by": "me", "decided_at": "2026-02-03T04:05"} if status != "provisional" else {}
    results = fixed().outcome.results_digest
    found = only(
        emergency.check_emergency(fixed(entries=[entry(status=status, results=results, **by)]))
    )
    assert (found.status, found.doubt, found.action) == expected
    assert "tune 1,000 -> 4,000" in found.message
    assert not by or "me " in found.message
    assert found.provisional == (status == "provisional")


def test_records_that_name_other_fixes():
    assert told(emergency.check_emergency(fixed(outcome={"attempt": 2, "emergency": None}))) == (
        failed()
    )
    assert "name different" in reason(case(outcome={"emergency": USED}))


def test_a_manifest_that_cannot_be_read():
    assert "it is damaged" in reason(fixed(fixes=Fixes(problem="it is damaged")))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"text": design_text("bayesian")}, "the design offers none"),
        (
            {"text": design_text("bayesian", extra="emergency_fix: {tune: 5000}\n")},
            "the design's emergency_fix says otherwise",
        ),
        ({"entries": []}, "has 0 entries"),
        ({"entries": [entry(), entry()]}, "has 2 entries"),
        ({"entries": [entry(attempt=2)]}, "of another run: attempt"),
        ({"entries": [entry(severity="x")]}, "of another run: severity"),
        ({"entries": [entry(parameters={})]}, "of another run: parameters"),
        ({"entries": [entry(inputs={})]}, "of another run: inputs"),
        ({"entries": [entry(seed="x")]}, "of another run: seed"),
        ({"entries": [entry(results="x")]}, "of another run: results"),
        ({"entries": [entry(status="approved")]}, "who decided, and when"),
        ({"first": False}, "attempt 1 is not the failed attempt"),
        ({"first": ended(1, status="trained", failure=None)}, "attempt 1 is not the failed"),
        ({"used": USED.model_copy(update={"attempt": 2})}, "attempt 2 is not the failed"),
        ({"first": ended(1, inputs={})}, "attempt 1 was of other inputs"),
        ({"first": ended(1, seed="x")}, "attempt 1 was of other inputs"),
        ({"first": ended(1, parameters={})}, "did not run with the design's parameters"),
        ({"first": ended(1, failure=failure("results"))}, "shows no critical failure, not"),
        ({"used": USED.model_copy(update={"severity": "x"})}, f"shows {SEVERITY}, not x"),
    ],
)
def test_a_fix_that_was_not_allowed(how, words):
    assert words in reason(fixed(**how))


@pytest.mark.parametrize("status", ["applied", "failed"])
def test_results_are_entered_only_once_there_are_some(status):
    found = only(emergency.check_emergency(fixed(entries=[entry(status=status, results="x")])))
    assert found.status == "warn"


def test_another_attempt_lies_between():
    between = (
        *(Begun(attempt=1, at="a"), ended(1)),
        *(Begun(attempt=2, at="b"), ended(2)),
        *(Begun(attempt=3, at="c"), ended(3, status="trained", failure=None)),
    )
    judged = fixed(ledger=between, outcome={"attempt": 3})
    assert "attempt 1 is not the failed attempt before this one" in reason(judged)


def test_the_kept_fit_is_measured_again(monkeypatch):
    measured = (judge("rhat", 1.5, "<", 1.05, where="x"),)
    first = ended(1, failure=failure("convergence"), criteria=measured)
    severity = "R-hat 1.5 (x), above 1.3"
    used = USED.model_copy(update={"severity": severity})
    how = {"first": first, "used": used}
    results = fixed().outcome.results_digest
    how["entries"] = [entry(severity=severity, results=results)]
    assert "is not there: fit.npz is missing" in reason(fixed(**how))
    kept = {"previous/fit.npz": case().content(EVIDENCE / "fit.npz"), "previous/fit.json": b"{}"}
    for value, status in ((1.5, "warn"), (1.6, "fail")):
        again = [judge("rhat", value, "<", 1.05, where="x")]
        monkeypatch.setattr(load("bayesian", "diagnose"), "diagnose", lambda *_, c=again: c)
        found = only(emergency.check_emergency(fixed(more=kept, **how)))
        assert found.status == status, found.message
    assert "gives other values than the ledger claims: rhat" in found.message
