"""Measures how long agents spend on a phase; `--help` lists the commands."""

import sys

from assay.timing.cli import main

if __name__ == "__main__":
    sys.exit(main())
