"""What findings add up to."""

import json
from dataclasses import replace

import pytest

from assay.core.criteria import judge
from assay.core.files import write_text
from assay.evidence.verdict import REQUIRED, Finding, Verdict, from_criteria
from assay.evidence.verdict_file import approval_text, read_verdict, serialise

PASSES = tuple(Finding(name, "pass", "") for name in REQUIRED)
APPROVED = Verdict(1, PASSES)


def test_all_required_checks_passed_is_an_approval():
    assert (APPROVED.verdict, APPROVED.action) == ("APPROVE", "PROCEED")
    assert not APPROVED.reasons


def test_nothing_checked_is_nothing_approved():
    empty = Verdict(1, ())
    assert (empty.verdict, empty.action) == ("INVESTIGATE", "INVESTIGATE")
    assert set(empty.doubts) == set(REQUIRED)


@pytest.mark.parametrize("missing", REQUIRED)
def test_one_required_check_without_a_pass_is_no_approval(missing):
    findings = tuple(finding for finding in PASSES if finding.check != missing)
    assert Verdict(1, findings).verdict == "INVESTIGATE"
    skipped = (*findings, Finding(missing, "skipped", "it could not be looked at"))
    assert Verdict(1, skipped).doubts == [missing]


def test_a_failure_is_a_rejection_whatever_else_passed():
    failed = Finding("signature", "fail", "edited")
    verdict = replace(APPROVED, findings=(*PASSES, failed))
    assert (verdict.verdict, verdict.action) == ("REJECT", "INVESTIGATE")
    assert verdict.reasons == [failed]


def test_only_failures_that_another_run_cures_ask_for_one():
    short = Finding("duration", "fail", "short", action="RERUN")
    assert Verdict(1, (*PASSES, short)).action == "RERUN"
    assert Verdict(1, (*PASSES, short, Finding("fit", "fail", ""))).action == "INVESTIGATE"


def test_a_doubt_keeps_from_approving_and_a_remark_does_not():
    assert Verdict(1, (*PASSES, Finding("x", "warn", "", doubt=True))).verdict == "INVESTIGATE"
    assert Verdict(1, (*PASSES, Finding("x", "warn", ""))).verdict == "APPROVE"


def test_criteria_become_findings():
    criteria = [judge("a", 1, "<", 2), judge("b", 3, "<", 2), judge("c", 3, "<", 2, gates=False)]
    found = from_criteria("fit", criteria, "all well")
    assert [(f.status, f.measured, f.doubt) for f in found] == [
        ("fail", 3, False),
        ("warn", 3, True),
    ]
    assert [f.status for f in from_criteria("fit", criteria[:1], "all well")] == ["pass"]
    nan = from_criteria("fit", [judge("a", float("nan"), "<", 2)], "all well")
    assert [f.status for f in nan] == ["fail"]


@pytest.mark.parametrize("criteria", [[], [judge("remark", 1, "<", 2, gates=False)]])
def test_no_gate_measured_is_no_pass(criteria):
    assert [(f.status, f.doubt) for f in from_criteria("fit", criteria, "")] == [("skipped", True)]


def test_a_stored_verdict_is_read_back_or_not_at_all(tmp_path):
    path = tmp_path / "verdict_1.json"
    record = {**APPROVED.as_json(), "files": {"implementation/data/results_1.csv": "sha256:1"}}
    write_text(path, serialise(record))
    assert read_verdict(path) == record
    text = path.read_text(encoding="utf-8")
    for forged in (
        text.replace("APPROVE", "REJECT"),
        text.replace('"model": 1', '"model": 2'),
        text + " ",
        text[:-9],
        "",
        "[]",
        json.dumps({**record, "digest": "sha256:0"}),
    ):
        path.write_text(forged, encoding="utf-8")
        assert read_verdict(path) is None, forged
    assert read_verdict(tmp_path / "none.json") is None


def test_an_approval_is_the_same_for_the_same_results():
    record = {**APPROVED.as_json(), "files": {"implementation/data/results_1.csv": "sha256:1"}}
    again = {**record, "findings": [], "files": {**record["files"], "other": "sha256:2"}}
    assert approval_text(record) == approval_text(again)
    other = {**record, "files": {"implementation/data/results_1.csv": "sha256:3"}}
    assert approval_text(record) != approval_text(other)
