"""Times are judged by what is expected of them, both ends allowed."""

import math
from pathlib import Path

import pytest

from assay.timing.check import check_times
from assay.timing.totals import Duration


def lasting(minutes: float, **changes: object) -> Duration:
    values = {
        "phase": "5",
        "agent": "trainer",
        "model": 1,
        "seconds": 60 * minutes,
        "state": "ended",
        "attempts": 1,
        "interrupted": 0,
        "clock": "monotonic",
        "started": "",
        "ended": "",
        "status": "",
        "output_path": "",
    }
    return Duration(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minutes", "most", "word"),
    [
        (2.0, 8.0, "in order"),
        (8.0, 8.0, "in order"),
        (1.99, 8.0, "TOO SHORT"),
        (8.01, 8.0, "TOO LONG"),
        (3.0, math.nan, "TOO LONG"),
    ],
)
def test_both_ends_are_allowed(minutes: float, most: float, word: str) -> None:
    judged = check_times([lasting(minutes)], 2.0, most)
    assert judged.passed is (word == "in order")
    assert judged.sentences[0].endswith(f"{word}.")


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"state": "running"}, "UNFINISHED (running)"), ({"clock": "unknown"}, "NOT MEASURED")],
)
def test_what_is_not_measured_to_its_end_is_not_in_order(
    changes: dict[str, object], word: str
) -> None:
    judged = check_times([lasting(3.0, **changes)], 2.0, 8.0)
    assert not judged.passed
    assert word in judged.sentences[0]


@pytest.mark.parametrize(
    ("attempts", "interrupted", "said"),
    [
        (1, 0, "measured, expected"),
        (2, 0, "measured (2 attempts), expected"),
        (2, 1, "measured (2 attempts, 1 interrupted), expected"),
    ],
)
def test_more_than_one_attempt_is_said(attempts: int, interrupted: int, said: str) -> None:
    judged = check_times([lasting(3.0, attempts=attempts, interrupted=interrupted)], 2.0, 8.0)
    assert said in judged.sentences[0]
    assert judged.passed


def test_one_record_out_of_order_is_one_too_many() -> None:
    fine, short = lasting(3.0), lasting(1.0)
    assert check_times([fine, fine], 2.0, 8.0).sentences[-1] == "In order: 2 records."
    assert check_times([fine], 2.0, 8.0).sentences[-1] == "In order: 1 record."
    judged = check_times([fine, short, short], 2.0, 8.0)
    assert (judged.passed, judged.sentences[-1]) == (False, "NOT in order: 2 of 3 records.")
    judged = check_times([short], 2.0, 8.0)
    assert judged.sentences[-1] == "NOT in order: 1 of 1 record."


def test_nothing_measured_and_logs_lost_are_not_in_order() -> None:
    nothing = check_times([], 2.0, 8.0)
    assert (nothing.passed, nothing.sentences) == (
        False,
        ("NOT in order: no time was measured.",),
    )
    judged = check_times([lasting(3.0)], 2.0, 8.0, [Path("log.1")])
    assert not judged.passed
    assert "set aside as log.1" in judged.sentences[1]
    assert judged.sentences[-1] == "NOT in order: the 1 record may not be all."
