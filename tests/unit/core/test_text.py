"""Numbers, times and text made safe."""

import pytest

from assay.core import text
from reporting_outcomes import NASTY


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.0123456, "1.012"),
        (0.95, "0.95"),
        (0.0, "0"),
        (-0.0, "0"),
        (400.0, "400"),
        (1834.2, "1,834"),
        (1234567.8, "1,234,568"),
        (4000, "4,000"),
        (12345678901, "12,345,678,901"),
        (1e-8, "1e-8"),
        (1.23456e-12, "1.235e-12"),
        (-2.5e-7, "-2.5e-7"),
        (0.00012345, "0.0001234"),
        (6.02214e23, "6.022e23"),
        (1e15, "1e15"),
        (9.99999, "10"),
        (999.96, "1,000"),
        (float("nan"), "NaN"),
        (float("-inf"), "-infinite"),
        ("nan", "NaN"),
        ("inf", "infinite"),
        ("optimal", "optimal"),
        (True, "yes"),
        (None, "not measured"),
    ],
)
def test_number(value: float | int | str | None, shown: str) -> None:
    assert text.number(value) == shown


def test_pair_shows_the_difference() -> None:
    assert text.pair(1.0123456, 1.05) == ("1.012", "1.05")
    assert text.pair(1.0500004, 1.05) == ("1.0500004", "1.05")
    assert text.pair(400.0004, 400) == ("400.0004", "400")
    assert text.pair(1.0000000000000002e-8, 1e-8) == ("1.0000000000000002e-8", "1e-8")
    assert text.pair(1.05, 1.05) == ("1.05", "1.05")
    assert text.pair(None, 1e-8) == ("not measured", "1e-8")
    assert text.pair(float("nan"), 3) == ("NaN", "3")


def test_plain_parameters() -> None:
    assert text.plain({"top": {"rel": 0.02, "abs": None}}) == "top rel 0.02"
    assert text.plain(("a", 2000, 1e-8)) == "a, 2,000, 1e-8"
    assert text.plain(None) == text.plain({}) == text.plain([]) == "none"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1.0 min"),
        (3596, "59.9 min"),
        (3598, "1.0 h"),
        (7_200_000, "2,000.0 h"),
        (None, "not measured"),
        (float("nan"), "not measured"),
    ],
)
def test_duration(seconds: float | None, shown: str) -> None:
    assert text.duration(seconds) == shown


def test_minutes() -> None:
    shown = [text.minutes(seconds) for seconds in (0, 0.3, 86.5, 90000)]
    assert shown == ["0.00", "0.005", "1.44", "1,500.00"]


def test_size() -> None:
    assert [text.size(n) for n in (None, 999, 1500, 536_000_000, 2 * 10**12)] == [
        "not measured",
        "999 B",
        "1.5 kB",
        "536.0 MB",
        "2,000.0 GB",
    ]


@pytest.mark.parametrize(
    ("stamp", "shown"),
    [
        ("2025-06-01T13:59:00+02:00", "2025-06-01T11:59:00Z"),
        ("2025-06-01T13:59:00.999Z", "2025-06-01T13:59:00Z"),
        ("2025-06-01T13:59:00", "2025-06-01T13:59:00Z"),
        ("", "not recorded"),
        ("yesterday", "yesterday (not a time)"),
    ],
)
def test_utc(stamp: str, shown: str) -> None:
    assert text.utc(stamp) == shown


def test_expectation_and_ranges() -> None:
    assert text.expectation((0.2, 1440.0)) == "0.2-1,440 minutes"
    assert text.expectation(None) == "not stated (auto)"
    assert text.ranges([7, 1, 3, 2, 9, 10]) == "1-3, 7, 9-10"
    assert text.ranges([]) == ""


def test_safe_text_is_shown_as_it_is() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    render = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse
    samples = [
        NASTY,
        "results_1.csv and __init__ and a_b_",
        "a < b > c && d",
        "beta[1](x) [x]: y",
        "back\\slash \\| pipe",
    ]
    begins = ["# x", "- x", "+ x", "1. x", "12) x", "> x", "[x] y", "---", "## ", "-1.5", "1.5"]
    for sample in samples + begins:
        plain = " ".join(sample.split())
        for source in (text.safe(sample), text.table(["h"], [[text.safe(sample)]])):
            inline = [token for token in render(source) if token.type == "inline"][-1]
            kinds = {child.type for child in inline.children}
            assert kinds <= {"text", "text_special"}, (sample, kinds)
            assert "".join(child.content for child in inline.children) == plain
    assert text.safe("results_1.csv: -1.5 < 0") == "results_1.csv: -1.5 < 0"


def test_line_removes_what_could_mislead() -> None:
    assert text.line("a\r\nb\x00\x1b[1m\u202egnp\u202c \ud800") == "a b [1mgnp \ufffd"
    assert text.line("زبان\u200cها") == "زبان\u200cها"  # letters need their joiners
    text.fenced("\ud800").encode("utf-8")


def test_code_and_fences_hold_any_backticks() -> None:
    assert text.code("a") == "`a`"
    assert text.code("a``b`") == "``` a``b` ```"
    assert text.code("") == ""
    assert text.fenced("x\n```\ny") == "````text\nx\n```\ny\n````"
