"""Words and numbers for documents: rounding, units, times, and text made safe for Markdown."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

_ODD_NUMBERS = {"nan": "NaN", "inf": "infinite", "-inf": "-infinite"}
# Signs that turn the direction of writing: a title could rearrange the document with them.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def number(value: float | int | str | None, digits: int = 4) -> str:
    """Return a measured value for people: `digits` significant digits, thousands separated.

    Whole numbers and those from 1,000 up are shown to the unit; text is returned as it is, but
    "nan" and "inf" (as JSON stores them) in words; None is "not measured".
    """
    if value is None:
        return "not measured"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return _ODD_NUMBERS.get(value.strip().lower(), value)
    if not math.isfinite(value):
        return _ODD_NUMBERS[str(value)]
    return _finite(value, digits)


def pair(value: float | int | str | None, threshold: float | int | str | None) -> tuple[str, str]:
    """Return value and threshold with as many digits as it takes to tell them apart."""
    texts = number(value), number(threshold)
    if isinstance(value, (int, float)) and isinstance(threshold, (int, float)):
        for digits in range(4, 18):
            texts = number(value, digits), number(threshold, digits)
            if texts[0] != texts[1] or value == threshold:
                break
    return texts


def plain(value: object) -> str:
    """Return a parameter for people; lists joined, nested settings as "name value"."""
    if value is None:
        return "none"
    if isinstance(value, (bool, int, float, str)):
        return number(value)
    if isinstance(value, Mapping):
        given = [f"{key} {plain(part)}" for key, part in value.items() if part is not None]
        return ", ".join(given) or "none"
    if isinstance(value, Iterable):
        return ", ".join(map(plain, value)) or "none"
    return str(value)


def minutes(seconds: float) -> str:
    """Return seconds as minutes without the unit: two decimals, more where they would be 0."""
    value = seconds / 60
    return f"{value:,.2f}" if value >= 0.01 or value == 0 else number(value, 2)


def duration(seconds: float | None) -> str:
    """Return a duration in the unit that reads best."""
    if seconds is None or not math.isfinite(seconds):
        return "not measured"
    # The limits are those of the rounded text: 59.96 s is 1.0 min, not 60.0 s.
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    if seconds < 3597:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:,.1f} h"


def rough(seconds: float) -> str:
    """Return a duration as people say it, for what changes while they read: "3 min", "2 h 5 min".

    What was measured and is kept says `duration`, to a tenth.
    """
    seconds = max(0.0, seconds)
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    unit = "day" if days == 1 else "days"
    return f"{days} {unit} {hours} h" if hours else f"{days} {unit}"


def clock(seconds: float | None) -> str:
    """Return a duration as a clock shows it: "0:05", "12:03", "1:02:03", "2d 01:02:03"."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours:02}:{minutes:02}:{rest:02}"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: int | None) -> str:
    """Return a number of bytes in the decimal unit that reads best."""
    if count is None:
        return "not measured"
    for unit, power in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= power:
            return f"{count / power:,.1f} {unit}"
    return f"{count} B"


def utc(stamp: str) -> str:
    """Return an ISO 8601 time in UTC to the second; a time without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return f"{line(stamp)} (not a time)" if stamp.strip() else "not recorded"
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def expectation(expected_minutes: tuple[float, float] | None) -> str:
    """Return expected minutes as "min-max minutes"; None means that the design says `auto`."""
    if expected_minutes is None:
        return "not stated (auto)"
    least, most = expected_minutes
    return f"{number(least)}-{number(most)} minutes"


def agent(trainer: int) -> str:
    """Return the name of worker N."""
    return f"model_trainer{trainer}"


def ranges(numbers: Iterable[int]) -> str:
    """Return numbers in order with runs shortened: "1-3, 7"."""
    runs: list[list[int]] = []
    for value in sorted(set(numbers)):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ", ".join(f"{low}" if low == high else f"{low}-{high}" for low, high in runs)


def count(amount: int, noun: str) -> str:
    """Return "1 model" or "2 models"."""
    return f"{amount:,} {noun}" + ("" if amount == 1 else "s")


def line(text: str) -> str:
    """Return text on one line, without control signs, signs that turn the writing, surrogates."""
    text = _SURROGATE.sub("\ufffd", _BIDI.sub("", text))
    return _CONTROL.sub(" ", text).strip()


def safe(text: str) -> str:
    """Return one line of text that Markdown shows as it is, in paragraphs and in tables."""
    text = re.sub(r"([\\`*|~])", r"\\\1", line(text))
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)
    text = re.sub(r"<(?=[A-Za-z/!?])", r"\\<", text)
    text = re.sub(r"\](?=[(\[:])", r"\\]", text)
    text = re.sub(r"&(?=#?\w+;)", r"\\&", text)
    # What means something only where a line begins: headings, quotes, lists, rules, tick boxes.
    text = re.sub(r"^(#(?=#*(\s|$))|>|[+-](?=\s|$|-)|\[(?=[ xX]\]))", r"\\\1", text)
    return re.sub(r"^(\d+)(?=[.)](\s|$))", r"\1\\", text)


def code(text: str) -> str:
    """Return one line as a code span, whatever backticks it holds."""
    text = line(text)
    fence = "`" * (_longest_backticks(text) + 1)
    space = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{space}{text}{space}{fence}" if text else ""


def fenced(text: str) -> str:
    """Return text as a fenced block, whatever backticks it holds."""
    body = _BIDI.sub("", _SURROGATE.sub("\ufffd", text)).strip("\n")
    fence = "`" * max(3, _longest_backticks(body) + 1)
    return f"{fence}text\n{body}\n{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; the cells must be safe already (`safe`)."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return the rows as lines with aligned columns; those numbered in `right` flush right.

    Widths are those of a terminal: wide East Asian signs take two places, combining marks none.
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            " " * (width - _width(cell)) + cell if number in right else _left(cell, width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def document(*blocks: str) -> str:
    """Join blocks with a blank line between them, leaving out empty ones."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def _finite(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    size_of = abs(value)
    if value.is_integer() and size_of < 1e9:
        return f"{value:,.0f}"
    if not 1e-4 <= size_of < 1e9:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        return f"{mantissa}e{int(exponent)}"
    decimals = max(0, digits - 1 - math.floor(math.log10(size_of)))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _longest_backticks(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _left(cell: str, width: int) -> str:
    return cell + " " * (width - _width(cell))


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )
