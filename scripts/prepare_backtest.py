"""Make the backtest's workspace from the demonstration's: prepare_backtest.py SOURCE WORKSPACE."""

import sys
from pathlib import Path

from assay_demonstration.backtest import prepare_backtest

if __name__ == "__main__":
    prepare_backtest(source=Path(sys.argv[1]), workspace=Path(sys.argv[2]))
