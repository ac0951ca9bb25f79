"""The table of cases, written by the runner and never by hand."""

import math
from collections.abc import Sequence
from pathlib import Path

from campaign import Ran

BEGIN = "<!-- written by make reference README=1 -->"
END = "<!-- end of what make reference wrote -->"
HEAD = "| case | published | ours | tolerance | used of it | time |"


def table(every: Sequence[Ran]) -> str:
    """Return a Markdown table: of each case the quantity nearest to its tolerance."""
    return "\n".join([HEAD, "| --- | --- | --- | --- | --- | --- |", *map(_row, every)])


def replace_table(path: Path, text: str) -> None:
    """Put the table between its two marks in a file.

    Raises:
        ValueError: the file does not have both marks.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} lacks {BEGIN} or {END}")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def _row(ran: Ran) -> str:
    case, worst = ran.case, ran.worst
    if case.compare is None:
        kept = "FAILED" if ran.problem else "refused"
        cells = [" or ".join(case.refused), kept, case.tolerance, ""]
    elif worst is None:
        cells = ["", "FAILED", case.tolerance, ""]
    else:
        several = len(ran.comparisons) > 1
        used = f"{worst.share:.0%}" if worst.share >= 0.01 else f"{worst.share:.0e}"
        cells = [
            f"{worst.quantity} {worst.published:.8g}" if several else f"{worst.published:.8g}",
            f"{worst.ours:.8g}" + (" FAILED" if ran.problem else ""),
            case.tolerance,
            used if math.isfinite(worst.share) else "FAILED",
        ]
    seconds = "" if math.isnan(ran.seconds) else f"{ran.seconds:.1f} s"
    return f"| {' | '.join([case.name, *cells, seconds])} |"
