"""Print the forecast errors of a finished backtest: score_backtest.py WORKSPACE."""

import sys
from pathlib import Path

from assay_demonstration.backtest import score_backtest

if __name__ == "__main__":
    print(score_backtest(workspace=Path(sys.argv[1])))
