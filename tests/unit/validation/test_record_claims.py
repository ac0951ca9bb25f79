"""Outcome, ledger, manifest, logs and code against what the evidence shows."""

import pytest
from cases import CODE, RESULTS, SOURCE, case, only, told
from runs_by_hand import BEGAN, at

from assay.core.timestamps import iso
from assay.evidence.ledger import Begun
from assay.evidence.progress import Clock, End, Phase, Resume, Start
from assay.evidence.progress import Stopped as Stop
from assay.validation import record
from assay.validation.case import PLACES

LOG = PLACES.training_log(1).as_posix()


def passed(check="claims"):
    return [(check, "pass", False, None, None)]


def failed(check="claims"):
    return [(check, "fail", False, None, None)]


def test_everything_agrees():
    assert told(record.check_outcome(case())) == passed()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("title", {"outcome": {"title": "Another"}}),
        ("iterations", {"outcome": {"iterations": "2,000 replicates"}}),
        ("rows", {"outcome": {"rows": 3}}),
        ("columns", {"outcome": {"columns": 3}}),
        ("checkpoints", {"outcome": {"checkpoints": 19}}),
        ("cpu_seconds", {"outcome": {"timing": {"cpu_seconds": 1.0}}}),
        ("peak_rss_bytes", {"outcome": {"timing": {"peak_rss_bytes": 1}}}),
        ("ended", {"ended": {"at": "z"}}),
        ("ledger's inputs", {"ended": {"inputs": {}}}),
        ("ledger's parameters", {"ended": {"parameters": {}}}),
        ("ledger's criteria", {"ended": {"criteria": ()}}),
        ("manifest's method", {"predicate": {"method": "convex"}}),
        ("manifest's status", {"predicate": {"status": "failed"}}),
        ("manifest's started", {"predicate": {"started": "z"}}),
        ("manifest's finished", {"predicate": {"finished": "z"}}),
        ("manifest's source", {"predicate": {"source": "z"}}),
        ("manifest's nonce", {"predicate": {"nonce": "z"}}),
    ],
)
def test_one_thing_told_otherwise(name, other):
    found = list(record.check_outcome(case(**other)))
    assert told(found) == failed()
    assert (only(found).measured, only(found).required) == ([name], [])


def test_a_ledger_that_begins_at_another_time_or_has_no_end():
    honest = case()
    begun, ended = honest.ledger.lines
    late = case(ledger=(begun.model_copy(update={"at": "z"}), ended))
    assert only(record.check_outcome(late)).measured == ["begun"]
    endless = case(ledger=(Begun(attempt=1, at="a"),))
    assert only(record.check_outcome(endless)).measured == ["ledger"]


def test_a_log_that_does_not_end():
    progress = [at(Start, 0.0), at(Phase, 1.0), at(Clock, 2.0, jump_seconds=1.0)]
    assert "end" in only(record.check_outcome(case(progress=progress))).measured


def test_results_that_are_no_table_have_no_rows():
    found = only(record.check_outcome(case(after={RESULTS.as_posix(): b"\xff"})))
    assert found.measured == ["rows", "columns"]


@pytest.mark.parametrize(("off", "fine"), [(5.0, True), (-5.0, True), (5.001, False)])
def test_durations_are_those_of_the_log(off, fine):
    wall = {"timing": {"wall_seconds": 100.0 + off}}
    phases = case().outcome.timing.phases
    slow = {"timing": {"phases": phases | {"simulate": phases["simulate"] + off}}}
    for name, other in (("wall_seconds", wall), ("phases", slow)):
        found = only(record.check_outcome(case(outcome=other)))
        assert found.measured == (None if fine else [name])
    more = {"timing": {"phases": phases | {"sample": 0.0}}}
    assert only(record.check_outcome(case(outcome=more))).measured == ["phases"]


def test_a_training_log_as_the_recorder_writes_it():
    assert told(record.check_training_log(case())) == passed()


def logged(change, **how):
    honest = case(**how)
    text = change(honest.text(PLACES.training_log(1)))
    return list(record.check_training_log(case(after={LOG: text.encode()}, **how)))


def test_what_the_model_printed_and_troubles_of_the_tracker_may_stand_anywhere():
    stamp = iso(BEGAN)[:19] + "Z"
    printed = logged(lambda text: f"{stamp}  model> hello\n{text}")
    assert told(printed) == passed()
    issues = {"outcome": {"issues": ("the tracker\nis locked",)}}
    trouble = logged(lambda text: f"{stamp}  the tracker\n{stamp}  is locked\n{text}", **issues)
    assert told(trouble) == passed()
    assert told(logged(lambda text: f"{stamp}  the tracker\n{text}")) == failed()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("phase: simulate", "phase: sample"), "phase: sample"),
        (lambda text: "".join(text.splitlines(keepends=True)[1:]), "lines missing or moved"),
        (lambda text: text.replace("pass: ", "FAIL: ", 1), "tells another run"),
        (lambda text: text + "hello\n", "has no stamp"),
        (lambda text: text.replace("2023-11-14T", "2023-11-15T"), "other times"),
        (lambda text: text.replace("2023-11-14T22:15:00Z", "2023-11-14T22:15:11Z"), "other times"),
    ],
)
def test_a_training_log_that_tells_another_run(change, words):
    found = logged(change)
    assert told(found) == failed()
    assert words in only(found).message


@pytest.mark.parametrize(
    ("last", "fine"), [("22:15:10", True), ("22:14:50", True), ("22:15:11", False)]
)
def test_the_log_ends_with_the_run(last, fine):
    found = logged(lambda text: text.replace("T22:15:00Z", f"T{last}Z"))
    assert told(found) == (passed() if fine else failed())


@pytest.mark.parametrize(("first", "fine"), [("22:13:25", True), ("22:13:26", False)])
def test_the_log_begins_before_the_run(first, fine):
    found = logged(lambda text: text.replace("T22:13:20Z", f"T{first}Z"))
    assert told(found) == (passed() if fine else failed())


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_no_training_log(content):
    assert told(record.check_training_log(case(after={LOG: content}))) == failed()


@pytest.mark.parametrize("noted", [True, False])
def test_a_log_steps_back_only_where_the_clock_was_set_back(noted):
    jump = [at(Clock, 50.0, jump_seconds=-60.0, timestamp=BEGAN - 10.0)] if noted else []
    progress = [at(Start, 0.0), *jump, at(End, 100.0, timestamp=BEGAN + 40.0)]
    first = "2023-11-14T22:13:20Z"

    def step_back(text):
        one, two, rest = text.split("\n", 2)
        return f"{one}\n{two.replace(first, '2023-11-14T22:13:10Z')}\n{rest}"

    found = logged(step_back, progress=progress)
    assert told(found) == (passed() if noted else failed())


@pytest.mark.parametrize(("back", "fine"), [(1.0, True), (0.0, False)])
def test_or_was_set_back_in_an_interruption(back, fine):
    again = at(Resume, 30.0, timestamp=BEGAN + 10.0 - back)
    progress = [at(Start, 0.0), at(Stop, 10.0), again, at(End, 100.0, timestamp=BEGAN + 90.0)]

    def step_back(text):
        one, two, rest = text.split("\n", 2)
        return f"{one}\n{two.replace('22:13:20Z', '22:13:10Z')}\n{rest}"

    assert told(logged(step_back, progress=progress)) == (passed() if fine else failed())


# code


def test_code_that_keeps_its_hands_off():
    assert told(record.check_code(case())) == passed("code")


@pytest.mark.parametrize("source", [b"import assay\n", b"import subprocess\n", b"exec('1')\n"])
def test_code_that_reaches_for_its_judge(source):
    found = list(record.check_code(case(source=SOURCE + source)))
    assert told(found) == [("code", "warn", True, None, None)]
    assert f"{CODE}:7: " in only(found).message


def test_code_that_nobody_can_read():
    inputs = {**case().inputs, "code/helper.so": CODE.with_name("helper.so")}
    found = list(record.check_code(case(inputs=inputs)))
    assert told(found) == [("code", "warn", True, None, None)]
    assert "it is compiled" in only(found).message
