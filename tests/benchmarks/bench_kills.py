"""Whether killed campaigns end as if nothing had happened: tests/benchmarks/bench_kills.py.

A campaign of six models (every method, one of them reading two others) is run; at random moments a
random part of it is killed with signal 9: Snakemake, a recorder, a worker, or everything at once,
as if the power had failed. Then the same command is given again, and killed again, a few times
before it may finish. Every results file must be, to the last byte, that of a campaign that nobody
disturbed, every verdict APPROVE, every interruption on record, and no process left over.

Usage: python tests/benchmarks/bench_kills.py --times 200 --seed 1
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "workflow")]

from kills import VICTIMS, Kill, reference, run_with_kills  # noqa: E402

FEWEST, MOST = 3, 7  # kills of one campaign


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=200, help="how many kills [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="of victims and moments")
    parser.add_argument("--minutes", type=float, default=600.0, help="begin no campaign later")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    os.environ["ASSAY_SIGNING_KEY"] = str(folder / "key.pem")
    dice, started = random.Random(options.seed), time.monotonic()
    expected = reference(folder / "reference")
    kills: list[Kill] = []
    bad, campaigns = 0, 0
    while len(kills) < options.times and time.monotonic() - started < 60 * options.minutes:
        campaigns += 1
        number = min(dice.randint(FEWEST, MOST), options.times - len(kills))
        victims = dice.choices(VICTIMS, k=number)
        killed = run_with_kills(folder / f"campaign_{campaigns}", victims, dice, expected)
        kills += killed.kills
        bad += len(killed.kills) if killed.complaints else 0
        for complaint in killed.complaints:
            print(f"{killed.root}: {complaint}", flush=True)
        print(f"{len(kills)} kills, {bad} in campaigns that ended otherwise", flush=True)
    print_table(kills, campaigns, bad, time.monotonic() - started)
    return bool(bad)


def print_table(kills: list[Kill], campaigns: int, bad: int, seconds: float) -> None:
    good = len(kills) - bad
    print(
        f"{good} of {len(kills)} resumed to the same bytes ({campaigns} campaigns, {seconds:.0f} s)"
    )
    for title, counts in (
        ("killed", Counter(kill.victim for kill in kills)),
        ("while this went on", Counter(thing for kill in kills for thing in kill.during)),
    ):
        print(f"{title}:")
        for name, count in counts.most_common():
            print(f"  {count:4} {name}")


if __name__ == "__main__":
    sys.exit(main())
