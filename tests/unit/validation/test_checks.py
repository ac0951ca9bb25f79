"""The table of checks, and how it is gone through."""

from typing import Any, get_args

import pytest
from cases import EVIDENCE, RESULTS, case, only, replayed, told
from runs_by_hand import at

from assay.core.errors import Category, TrainingError
from assay.evidence.progress import End, Start
from assay.evidence.record import EvidenceError
from assay.evidence.verdict import Finding, RedFlag
from assay.validation import checks
from assay.validation.case import PLACES
from assay.validation.checks import CHECKS, DONE_AGAIN, REQUIRED, Check


def test_the_honest_run_passes_every_required_check():
    read, compared = checks.read_findings(case()), checks.compared_findings(case(), replayed())
    passed = {f.check for f in [*read, *compared] if f.status == "pass"}
    assert set(REQUIRED) <= passed
    assert {f.status for f in read} == {"pass"}
    assert not checks.settled(read)


def test_what_is_required_is_what_the_protocol_and_the_contract_demand():
    assert REQUIRED == (
        "structure",
        "signature",
        "files",
        "chain",
        "inputs",
        "seed",
        "attempt",
        "design",
        "emergency",
        "duration",
        "checkpoints",
        "heartbeats",
        "order",
        "convergence",
        "sanity",
        "recomputation",
        "results",
        "sensitivity",
    )


def test_every_red_flag_of_the_protocol_is_raised_by_a_check():
    raised = {flag for check in CHECKS for flag in check.red_flags}
    assert raised == set(get_args(RedFlag))
    assert all(bool(check.reads) != bool(check.compares) for check in CHECKS)


def test_what_is_needed_is_a_part_of_the_case():
    assert not [part for check in CHECKS for part in check.needs if case().problem(part)]


BROKEN: dict[str, Any] = {
    "manifest": {(EVIDENCE / "manifest.json").as_posix(): b""},
    "admission": {(EVIDENCE / "admission.json").as_posix(): b""},
    "outcome": {(EVIDENCE / "outcome.json").as_posix(): None},
    "ledger": {(EVIDENCE / "attempts.jsonl").as_posix(): None},
    "progress": {(EVIDENCE / "progress.jsonl").as_posix(): b"{"},
    "fit": {(EVIDENCE / "fit.npz").as_posix(): b""},
    "results": {RESULTS.as_posix(): None},
    "inputs": None,
}


@pytest.mark.parametrize("broken", BROKEN)
def test_every_finding_has_the_name_of_its_check_and_no_other_red_flag(broken, monkeypatch):
    after = BROKEN[broken]
    judged = case(after=after) if after else case(inputs={}, inputs_problem="they are missing")
    flags: dict[str, set[str]] = {}
    for check in CHECKS:
        flags.setdefault(check.name, set()).update(check.red_flags)
    found = checks.read_findings(judged)
    assert any(f.status == "fail" for f in found)
    assert {f.check for f in found} <= flags.keys()
    assert not [f for f in found if f.red_flag and f.red_flag not in flags[f.check]]
    assert not [f for f in found if f.status == "fail" and f.action is None]
    doubts = [f.check for f in found if f.status == "skipped"]
    assert all(f.doubt for f in found if f.status == "skipped")
    assert doubts, "what rests on it cannot be checked"
    assert not [f for f in found if "Error" in f.message and f.check != "chain"]


def test_a_short_run_is_to_be_done_again():
    short = case(progress=[at(Start, 0.0), at(End, 1.0)], checkpoints={})
    (finding,) = (f for f in checks.read_findings(short) if f.check == "duration")
    assert (finding.status, finding.action) == ("fail", "RERUN")
    assert finding.red_flag == "short_duration"


# the runner


def made(reads, judged=None, **how):
    """Return what a table with one check of this function finds."""
    check = Check("own", reads, **how)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "CHECKS", (check,))
        return checks.read_findings(judged or case())


def raising(error):
    def reads(_):
        yield Finding("own", "pass", "so far")
        raise error

    return reads


@pytest.mark.parametrize(
    ("error", "status", "doubt", "action", "words"),
    [
        (EvidenceError("it is none"), "fail", False, None, "it is none"),
        (KeyError("x"), "skipped", True, None, "it could not be checked: KeyError: 'x'"),
        (
            TrainingError("gone", category=Category.DATA, remedy="Put it back."),
            "fail",
            False,
            "RERUN",
            "gone. Put it back.",
        ),
        (FileNotFoundError(2, "no", "x"), "skipped", True, None, "could not be checked"),
    ],
)
def test_evidence_that_breaks_a_check_is_a_finding(error, status, doubt, action, words):
    first, finding = made(raising(error))
    assert (first.status, finding.check, finding.status) == ("pass", "own", status)
    assert (finding.doubt, finding.action) == (doubt, action)
    assert words in finding.message


@pytest.mark.parametrize(
    ("own", "table", "action"),
    [
        (None, "RERUN", "RERUN"),
        (None, "INVESTIGATE", "INVESTIGATE"),
        ("RERUN", "INVESTIGATE", "RERUN"),
    ],
)
def test_the_table_says_what_to_do_unless_the_finding_does(own, table, action):
    found = made(lambda _: [Finding("own", "fail", "", action=own)], action=table)
    assert only(found).action == action
    passed = made(lambda _: [Finding("own", "pass", "")], action=table)
    assert only(passed).action is None


def test_a_check_is_not_made_without_what_it_needs():
    gone = case(after=BROKEN["progress"])
    found = made(raising(KeyError("x")), gone, needs=("progress", "outcome"))
    assert told(found) == [("own", "skipped", True, None, None)]
    assert "without progress" in only(found).message


@pytest.mark.parametrize("transient", [True, False])
def test_what_was_never_trained(transient):
    own = case()
    files = {n: f for n, f in own.files.items() if not n.startswith(EVIDENCE.as_posix())}
    if transient:
        files[PLACES.transient_outcome(1).as_posix()] = own.files[RESULTS.as_posix()]
    found = checks.read_findings(case(files=files))
    assert told(found) == [("structure", "fail", False, "RERUN", None)]
    assert ("want of a resource" in only(found).message) == transient


def test_a_failure_put_aside_does_not_hide_a_later_training():
    more = {PLACES.transient_outcome(1).name: b""}
    assert len(checks.read_findings(case(more=more))) > 1


@pytest.mark.parametrize("check", sorted({*REQUIRED} - {"duration"}))
def test_whatever_reading_refuses_is_not_done_again(check):
    found = [Finding("x", "pass", ""), Finding(check, "fail", "")]
    skipped = checks.settled(found)
    assert [finding.check for finding in skipped] == list(DONE_AGAIN)
    assert all((f.status, f.doubt) == ("skipped", True) for f in skipped)
    assert all(check in f.message for f in skipped)


@pytest.mark.parametrize(
    ("check", "done"), [*((name, False) for name in sorted(checks.NO_REPLAY)), ("order", True)]
)
def test_nor_what_leaves_nothing_to_hold_it_against(check, done):
    skipped = checks.settled([Finding(check, "skipped", "", doubt=True)])
    assert bool(skipped) != done


def test_a_guess_that_was_too_high_is_told_from_a_run_that_stopped_early():
    short = Finding("duration", "fail", "", red_flag="short_duration")
    assert not checks.settled([short])
    assert checks.settled([short, Finding("chain", "fail", "")])
    assert checks.settled([short, Finding("inputs", "skipped", "", doubt=True)])


def test_doubts_are_no_reason_not_to_look_further():
    assert not checks.settled([Finding("environment", "warn", "", doubt=True)])
