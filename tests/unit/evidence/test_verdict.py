"""What findings add up to, and their file."""

import json
from dataclasses import replace

import numpy as np
import pytest

from assay.core.criteria import judge
from assay.evidence.record import to_bytes
from assay.evidence.verdict import Attempts, Conditions, Finding, Verdict, from_criteria
from assay.evidence.verdict_file import approval_text, read_verdict, verdict_file

REQUIRED = ("structure", "signature", "recomputation")
PASSES = tuple(Finding(name, "pass", "") for name in REQUIRED)
FILES = {"implementation/data/results_1.csv": "sha256:1"}
APPROVED = Verdict(1, PASSES, REQUIRED, evidence="sha256:0", files=FILES)


def test_all_required_checks_passed_is_an_approval():
    assert (APPROVED.verdict, APPROVED.action) == ("APPROVE", "PROCEED")
    assert not APPROVED.reasons


def test_nothing_checked_is_nothing_approved():
    empty = Verdict(1, (), REQUIRED)
    assert (empty.verdict, empty.action) == ("INVESTIGATE", "INVESTIGATE")
    assert set(empty.doubts) == set(REQUIRED)


@pytest.mark.parametrize("missing", REQUIRED)
def test_one_required_check_without_a_pass_is_no_approval(missing):
    findings = tuple(finding for finding in PASSES if finding.check != missing)
    assert Verdict(1, findings, REQUIRED).verdict == "INVESTIGATE"
    skipped = (*findings, Finding(missing, "skipped", "it could not be looked at"))
    assert Verdict(1, skipped, REQUIRED).doubts == [missing]


def test_a_failure_is_a_rejection_whatever_else_passed():
    failed = Finding("signature", "fail", "edited")
    verdict = replace(APPROVED, findings=(*PASSES, failed))
    assert (verdict.verdict, verdict.action) == ("REJECT", "INVESTIGATE")
    assert verdict.reasons == [failed]


def test_only_failures_that_another_run_cures_ask_for_one():
    short = Finding("duration", "fail", "short", action="RERUN")
    assert Verdict(1, (*PASSES, short), REQUIRED).action == "RERUN"
    assert (
        Verdict(1, (*PASSES, short, Finding("fit", "fail", "")), REQUIRED).action == "INVESTIGATE"
    )


def test_a_doubt_keeps_from_approving_and_a_remark_does_not():
    assert (
        Verdict(1, (*PASSES, Finding("x", "warn", "", doubt=True)), REQUIRED).verdict
        == "INVESTIGATE"
    )
    assert Verdict(1, (*PASSES, Finding("x", "warn", "")), REQUIRED).verdict == "APPROVE"


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
    record = verdict_file(APPROVED, {"report.md": "sha256:2"})
    path.write_bytes(to_bytes(record))
    assert read_verdict(path) == record
    assert record.files == {**FILES, "report.md": "sha256:2"}
    text = path.read_text(encoding="utf-8")
    other = to_bytes(verdict_file(replace(APPROVED, model=2), {})).decode("utf-8")
    for forged in (
        text.replace("APPROVE", "REJECT"),
        text.replace('"model": 1', '"model": 2'),
        text.replace("sha256:0", "sha256:9"),
        text + " ",
        text[:-9],
        "",
        "[]",
        other.replace('"model": 2', '"model": 1'),
        to_bytes(record.model_copy(update={"digest": ""})).decode("utf-8"),
    ):
        path.write_text(forged, encoding="utf-8")
        assert read_verdict(path) is None, forged
    assert read_verdict(tmp_path / "none.json") is None


def test_a_stored_verdict_has_the_keys_of_the_contract():
    doubt = Finding("a", "warn", "m", 1, 2, "log_gap", doubt=True, action="RERUN", transient=True)
    verdict = replace(
        APPROVED,
        findings=(doubt,),
        replay="full",
        attempts=Attempts(begun=2, seeds=1),
        conditions=Conditions(asked="full", key="the director's", packages={"numpy": None}),
    )
    plain = verdict_file(verdict, {}).model_dump(mode="json")
    assert plain["findings"] == [
        {
            "check": "a",
            "status": "warn",
            "red_flag": "log_gap",
            "message": "m",
            "measured": 1,
            "required": 2,
            "doubt": True,
        }
    ]
    assert plain["not_established"] == ["a", *REQUIRED]
    assert (plain["verdict"], plain["action"]) == ("INVESTIGATE", "INVESTIGATE")
    assert (plain["model"], plain["provisional"], plain["replay"]) == (1, False, "full")
    assert plain["attempts"] == {"begun": 2, "seeds": 1}
    assert plain["conditions"]["asked"] == "full"
    assert plain["evidence"] == "sha256:0"


@pytest.mark.parametrize(
    ("measured", "stored"),
    [
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ((1, [2.5, True]), [1, [2.5, True]]),
        ({"a": None, 2: "b"}, {"a": None, "2": "b"}),
        ({1}, "{1}"),
        ("\udcff", "\\udcff"),
        (np.float64(0.5), 0.5),
    ],
)
def test_whatever_was_measured_can_be_stored(measured, stored, tmp_path):
    found = Finding("a", "warn", "in file \udcff", measured, {"\udcff": measured})
    record = verdict_file(Verdict(1, (found,), ()), {"\udcff": "sha256:0"})
    path = tmp_path / "verdict_1.json"
    path.write_bytes(to_bytes(record))
    back = read_verdict(path)
    assert back == record
    assert back.findings[0].measured == stored
    assert back.findings[0].message == "in file \\udcff"


def test_the_reasons_of_a_stored_verdict_are_failures_and_doubts():
    findings = (
        Finding("a", "pass", ""),
        Finding("b", "warn", ""),
        Finding("c", "warn", "", doubt=True),
        Finding("d", "fail", ""),
        Finding("e", "skipped", "", doubt=True),
    )
    record = verdict_file(Verdict(1, findings, ()), {})
    assert [finding.check for finding in record.reasons] == ["c", "d", "e"]


def test_an_approval_is_the_same_for_the_same_results():
    record = verdict_file(APPROVED, {})
    again = verdict_file(replace(APPROVED, findings=()), {"other": "sha256:2"})
    again = again.model_copy(update={"verdict": "APPROVE"})
    assert approval_text(record) == approval_text(again)
    assert json.loads(approval_text(record)) == {
        "model": 1,
        "verdict": "APPROVE",
        "results": "sha256:1",
    }
    other = verdict_file(replace(APPROVED, files={}), {})
    assert approval_text(record) != approval_text(other)
