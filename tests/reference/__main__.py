"""Run every reference case and every refusal through Snakemake: `make reference`.

    python tests/reference [--folder PATH] [--cores N] [--only WORD ...] [--readme]

Ends non-zero naming every case that is not as published, or not refused as it must be, and also
where the reference folder is not there.
"""

import argparse
import os
import signal
import sys
import time

from campaign import Ran, run_campaign
from case import Case
from folder import ROOT, VARIABLE, UnknownCaseError, read_cases, reference_folder
from known import known_cases
from refusals import refusals
from table import replace_table, table

WORKSPACES = ROOT / "reference"


def main(arguments: list[str] | None = None) -> int:
    """Run, print the table, and return the exit status."""
    options = _options(arguments)
    folder = reference_folder(options.folder)
    try:
        cases = read_cases(folder)
    except UnknownCaseError as error:
        print(f"make reference: {error}; say where it is by {VARIABLE}=PATH", file=sys.stderr)
        return 2
    every = [*cases, *known_cases(), *refusals()]
    if options.only:
        every = [case for case in every if any(word in case.name for word in options.only)]
    # Snakemake signs evidence with the user's key; these campaigns get one of their own.
    os.environ.setdefault("ASSAY_SIGNING_KEY", str(WORKSPACES / "key.pem"))
    WORKSPACES.mkdir(exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends Snakemake as well
    begin = time.monotonic()
    answered, problems = _run("answers", [c for c in every if c.compare], options.cores)
    refused, more = _run("refusals", [c for c in every if not c.compare], options.cores)
    text = table([*answered, *refused])
    print(f"\n{text}\n\n{len(every)} cases in {(time.monotonic() - begin) / 60:.1f} minutes")
    if options.readme:
        replace_table(ROOT / "README.md", text)
    for line in [*problems, *more]:
        print(f"FAILED {line}", file=sys.stderr)
    return 1 if [*problems, *more] else 0


def _run(name: str, cases: list[Case], cores: int) -> tuple[list[Ran], list[str]]:
    """Run one campaign, saying what becomes of each case, and return them with what is wrong."""
    if not cases:
        return [], []
    print(f"{name}: {len(cases)} cases, Snakemake's own log in {WORKSPACES / name}", flush=True)
    done, begin = 0, time.monotonic()

    def announce(ran: Ran, of: int) -> None:
        nonlocal done
        done += 1
        word = "FAILED" if ran.problem else "refused" if not ran.case.compare else "agrees"
        print(
            f"[{done:2}/{of}] {time.monotonic() - begin:5.0f} s  {word:8}{ran.case.name}"
            + (f": {ran.problem}" if ran.problem else ""),
            flush=True,
        )

    found, status = run_campaign(WORKSPACES / name, cases, cores, announce)
    problems = [f"{ran.case.name}: {ran.problem}" for ran in found if ran.problem]
    if (status == 0) != all(case.compare for case in cases) and not problems:
        problems.append(f"{name}: snakemake ended with status {status}")
    return found, problems


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make reference", description=__doc__)
    parser.add_argument("--folder", help="the reference folder; default ../shared/reference")
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1, help="for Snakemake")
    parser.add_argument("--only", nargs="+", help="only cases whose names hold one of these")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
