"""The ledger of attempts: what was cut short does not hide the rest, and nothing else passes."""

import pytest

import evidence_samples as samples
from assay.core.criteria import judge
from assay.core.errors import Category
from assay.evidence.ledger import (
    Abandoned,
    Begun,
    Ledger,
    Resumed,
    Stopped,
    append_ledger,
    parse_ledger,
    read_ledger,
)
from assay.evidence.outcome import Failure
from assay.evidence.record import EvidenceError, to_line

FAILED = samples.ended(
    status="failed",
    criteria=(judge("rhat", float("nan"), "<", 1.05),),
    failure=Failure(category=Category.CONVERGENCE, stage="convergence", summary="no"),
)


def test_it_tells_what_was_begun_and_how_it_ended(tmp_path):
    assert read_ledger(tmp_path) == Ledger()
    assert read_ledger(tmp_path).last is None
    lines = (
        Begun(attempt=1, at="a"),
        FAILED,
        Begun(attempt=2, at="b"),
        Stopped(attempt=2, at="c", reason="asked"),
        Resumed(attempt=2, at="d", reason="asked"),
        Abandoned(attempt=2, at="e", reason="the nonce"),
        Begun(attempt=3, at="f"),
        samples.ended(attempt=3),
    )
    for line in lines:
        append_ledger(tmp_path, line)
    ledger = read_ledger(tmp_path)
    assert [line.event for line in ledger.lines] == [line.event for line in lines]
    assert ledger.lines[2:] == lines[2:]
    assert [line.attempt for line in ledger.begun] == [1, 2, 3]
    assert [line.attempt for line in ledger.ended] == [1, 3]
    assert ledger.last == lines[-1]
    assert ledger.end_of(1).criteria[0].value == "nan"
    assert ledger.end_of(2) is None


@pytest.mark.parametrize("cut", range(1, len(to_line(Begun(attempt=1, at="ä")))))
def test_a_line_cut_short_by_a_crash_is_left_out(tmp_path, cut):
    append_ledger(tmp_path, Begun(attempt=1, at="a"))
    with (tmp_path / "attempts.jsonl").open("ab") as stream:
        stream.write(to_line(Begun(attempt=2, at="ä"))[:cut])
    assert [line.attempt for line in read_ledger(tmp_path).begun] == [1]
    append_ledger(tmp_path, Begun(attempt=3, at="c"))
    whole = cut == len(to_line(Begun(attempt=2, at="ä"))) - 1  # all but its end
    assert [line.attempt for line in read_ledger(tmp_path).begun] == (
        [1, 2, 3] if whole else [1, 3]
    )


@pytest.mark.parametrize(
    "line",
    [
        b"1\n",
        b"{}\n",
        b"\n".join([to_line(Begun(attempt=1, at="a"))[:-1].replace(b": 1", b": NaN"), b""]),
        to_line(Begun(attempt=1, at="a")).replace(b"begun", b"rewritten"),
        to_line(Begun(attempt=1, at="a")).replace(b'"attempt": 1', b'"attempt": 1, "attempt": 1'),
        to_line(Begun(attempt=1, at="a")).replace(b'"attempt": 1', b'"attempt": 0'),
        to_line(Begun(attempt=1, at="a")).replace(b", ", b","),
        b"[" * 100_000 + b"]" * 100_000 + b"\n",
        to_line(samples.ended()).replace(b'"status"', b'"state"'),
    ],
)
def test_a_whole_line_that_assay_does_not_write_is_an_error_that_names_it(line):
    good = to_line(Begun(attempt=1, at="a"))
    with pytest.raises(EvidenceError, match=r"attempts\.jsonl, line 2"):
        parse_ledger(good + line + good)
