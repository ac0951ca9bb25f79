"""Change every comparison and constant of what decides, and see that a test fails each time.

    python tests/mutation [--jobs N] [WORD ...]

A word picks the modules with it in their name. The exit status is 1 where a mutant survives that
`survivors.toml` does not explain, where that file explains one that does not survive, and where
fewer than 95 % are killed.
"""

import argparse
import os
import sys
from pathlib import Path

from report import report
from targets import ROOT, targets

KNOWN = Path(__file__).with_name("survivors.toml")


def main(arguments: list[str] | None = None) -> int:
    """Judge the chosen modules, print what was found, and return the exit status."""
    parser = argparse.ArgumentParser(prog="tests/mutation")
    parser.add_argument("--jobs", type=int, default=1, help="mutants judged at the same time")
    parser.add_argument("words", nargs="*", metavar="WORD", help="parts of modules' names")
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    chosen = targets(options.words)
    if not chosen:
        print("tests/mutation: no module has such a name", file=sys.stderr)
        return 2
    return report(chosen, KNOWN, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
