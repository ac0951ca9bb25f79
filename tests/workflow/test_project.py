"""The project's own rules: lint, files that must not be there, and what the rules declare."""

import re
import subprocess
import sys

import pytest
from campaigns import ROOT

from toys import GOOD, write_workspace

# What `snakemake --lint` may say here, and why it stands.
ACCEPTED_LINTS = {
    "No log directive defined": "training writes its own logs as outputs, so that they can be "
    "asked for by name; the other rules take milliseconds and print at most one sentence",
    "Specify a conda environment or container for each rule.": "one pinned requirements file "
    "serves the whole project; `make run` installs it",
}


@pytest.mark.slow
def test_snakemake_lint_says_nothing_but_what_is_accepted(tmp_path):
    write_workspace(tmp_path, GOOD)
    run = subprocess.run(
        [sys.executable, "-m", "snakemake", "--lint", "--config", f"workspace={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    titles = set(re.findall(r"^    \* (.+?):?$", run.stdout + run.stderr, re.MULTILINE))
    assert titles, run.stderr
    assert titles <= ACCEPTED_LINTS.keys()


def test_every_rule_script_is_a_thin_adapter():
    for path in sorted((ROOT / "scripts").glob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 30, path


def test_no_rule_file_grows_beyond_eight_rules():
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        rules = [line for line in path.read_text().splitlines() if line.strip().startswith("rule ")]
        assert len(rules) <= 8, path
