"""`assay watch` beside campaigns that really run, in a terminal and without one."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from datetime import datetime
from fcntl import ioctl
from itertools import pairwise

import psutil
import pytest
from campaigns import ROOT, snakemake

from toys import DESCENT, iterative, write_workspace

pytestmark = pytest.mark.slow
ASSAY = [sys.executable, "-m", "assay.commands.cli", "watch"]
SLOW = iterative(
    1,
    f"""
import time; time.sleep(0.08)
{DESCENT.strip()}
""",
    extra={"title": "Långsam 配分", "expected": {"minutes": [0.01, 0.1]}},
)
GOOD = iterative(2, DESCENT)
FAILING = iterative(3, DESCENT, training={"max_steps": 20})
READER = iterative(4, DESCENT, extra={"depends_on": [3]})


class Terminal:
    """A process in a terminal of its own, and everything it wrote there."""

    def __init__(self, command, *, cwd=None, columns=150, lines=30, **env):
        master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "", "LINES": "", **env},
            start_new_session=True,
            # As in a terminal, even if whoever started the tests ignores Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        os.close(slave)
        self._master = master
        self.bytes = b""

    @property
    def text(self):
        """Return what was written, without the commands to the terminal."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.bytes.decode("utf-8", "replace"))

    def read(self, until="", seconds=120.0):
        """Read until a text was seen, or to the end; fail if neither comes in time."""
        deadline = time.monotonic() + seconds
        while not until or until not in self.text:
            assert time.monotonic() < deadline, self.text[-3000:]
            if not select.select([self._master], [], [], 0.5)[0]:
                continue
            try:
                content = os.read(self._master, 1 << 16)
            except OSError:  # the other end is closed
                content = b""
            if not content:
                assert not until or until in self.text, self.text[-3000:]
                break
            self.bytes += content
        return self.text

    def wait(self):
        """Read to the end and return the exit status."""
        self.read()
        return self.process.wait(timeout=30)


def start(root):
    """Start a campaign in the background, as in another window."""
    snakemake(root, "--version")  # makes the project folder
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "snakemake", "-j2"),
            *("--config", f"workspace={root}", "heartbeat_seconds=1"),
        ],
        cwd=root.parent / f"project of {root.name}",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def lines_of(*arguments, **options):
    return subprocess.run(
        [*ASSAY, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        **options,
    )


def test_live_in_a_terminal_from_before_the_beginning_to_the_end(tmp_path):
    root = write_workspace(tmp_path / "w", [SLOW, GOOD, FAILING, READER])
    terminal = Terminal([*ASSAY, str(root)])
    terminal.read(until="Not begun")
    campaign = start(root)
    terminal.read(until="stepping")
    terminal.read(until="failed at convergence [4 convergence]")
    assert "Långsam" in terminal.text
    assert terminal.wait() == 1
    assert campaign.wait(timeout=120) != 0
    text = terminal.text
    for words in (
        "training started",
        "takes longer than expected",
        "loss ",
        "verdict APPROVE",
        "cannot be trained: model 3 failed",
        "The campaign has ended.",
        "incident_3.md",
    ):
        assert words in text, words
    assert "Traceback" not in text
    # The screen and the cursor are given back.
    assert terminal.bytes.count(b"\x1b[?1049h") == terminal.bytes.count(b"\x1b[?1049l") == 1
    assert terminal.bytes.rindex(b"\x1b[?25h") > terminal.bytes.rindex(b"\x1b[?25l")


@pytest.fixture(scope="module")
def finished(campaign):
    return campaign("watched", [GOOD]).root


def test_plain_lines_without_a_terminal(tmp_path):
    root = write_workspace(tmp_path / "w", [SLOW, GOOD])
    with (tmp_path / "lines").open("w+", encoding="utf-8") as lines:
        watcher = subprocess.Popen([*ASSAY, str(root), "--every", "0.05"], stdout=lines)
        campaign = start(root)
        assert watcher.wait(timeout=300) == 0
        assert campaign.wait(timeout=120) == 0
        text = (tmp_path / "lines").read_text(encoding="utf-8")
    assert "\x1b" not in text
    status = re.findall(r"Z  model 1: stepping [0-9,]+/2,000 \(\d+ %\), loss [^;]+; .*", text)
    assert status
    assert "log:" in "".join(status)
    for words in (
        "Not begun",
        "model 1: training started",
        "model 1: stepping",
        "model 1: takes longer than expected",
        "model 1: published results_1.csv",
        "model 1: verdict APPROVE",
        "2 models: 2 approved. The campaign has ended.",
    ):
        assert words in text, (words, text)
    # Every third second, as asked, however long it takes; only the end is said when it comes.
    *stamps, _ = re.findall(r"^(\S+)Z  2 models: ", text, re.MULTILINE)
    said = [datetime.fromisoformat(stamp) for stamp in stamps]
    assert all((later - at).total_seconds() >= 2 for at, later in pairwise(said)), text
    assert len(set(text.splitlines())) == len(text.splitlines())


def test_a_finished_campaign_that_cannot_be_written_to(finished):
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*")}
    for path in (finished, *before):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        run = lines_of(finished)
        assert (run.returncode, run.stderr) == (0, ""), run.stderr
        assert "1 model: 1 approved. The campaign has ended." in run.stdout
        assert lines_of(finished, "--once").returncode == 0
    finally:
        for path in (finished, *before):
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert before == {path: path.stat().st_mtime_ns for path in finished.rglob("*")}


@pytest.mark.parametrize("columns", [30, 80, 200])
def test_another_locale_and_other_widths(finished, columns):
    terminal = Terminal([*ASSAY, str(finished)], columns=columns, LC_ALL="C")
    assert terminal.wait() == 0
    assert terminal.bytes.isascii()
    assert "approved" in terminal.text


def test_once(tmp_path):
    root = write_workspace(tmp_path / "w", [GOOD, FAILING])
    run = lines_of(root, "--once")
    assert run.returncode == 4
    assert "2 models: 2 waiting. Not begun" in run.stdout
    assert len(run.stdout.splitlines()) == 3
    terminal = Terminal([*ASSAY, str(root), "--once"])
    assert terminal.wait() == 4
    assert b"\x1b[?1049h" not in terminal.bytes


def test_what_cannot_be_watched(tmp_path):
    run = lines_of(tmp_path / "none")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("assay: ")
    assert len(run.stderr.splitlines()) == 1
    root = write_workspace(tmp_path / "w", [GOOD])
    assert lines_of(root, "--model", 9).returncode == 2
    for every in ("0", "-1", "nan", "soon"):
        assert lines_of(root, "--every", every).returncode == 2


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_leaving_puts_the_terminal_in_order(tmp_path, number, status):
    root = write_workspace(tmp_path / "w", [GOOD])
    terminal = Terminal([*ASSAY, str(root)])
    terminal.read(until="Not begun")
    os.kill(terminal.process.pid, number)
    assert terminal.wait() == status
    assert terminal.bytes.rindex(b"\x1b[?25h") > terminal.bytes.rindex(b"\x1b[?25l")
    assert b"\x1b[?1049l" in terminal.bytes
    assert "Traceback" not in terminal.text


def test_a_reader_that_has_had_enough(tmp_path):
    root = write_workspace(tmp_path / "w", [GOOD])
    command = f"{' '.join(ASSAY)} {root} --every 0.01 | head -1"
    run = subprocess.run(command, shell=True, capture_output=True, timeout=60, check=False)
    assert run.stderr == b""


def test_an_interrupted_campaign_is_shown_as_such(tmp_path):
    root = write_workspace(tmp_path / "w", [SLOW])
    campaign = start(root)
    live = root / "implementation/evidence/1/scratch/live.json"
    deadline = time.monotonic() + 60
    while not live.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    running = lines_of(root, "--once")
    assert "model 1: interrupted" not in running.stdout
    assert "1 starting" in running.stdout or "1 training" in running.stdout
    family = [*psutil.Process(campaign.pid).children(recursive=True), campaign]
    for process in family:  # those we started, all at once, as when a machine goes down
        process.kill()
    campaign.wait()
    time.sleep(1)
    dead = lines_of(root, "--once")
    assert "model 1: interrupted" in dead.stdout, dead.stdout
    assert "Run snakemake again" in dead.stdout
    assert dead.returncode == 4  # it may go on


def test_snakemake_itself_says_how_far_a_long_training_is(tmp_path):
    root = write_workspace(tmp_path / "w", [SLOW])
    snakemake(root, "--version")
    arguments = ["-j2", "--config", f"workspace={root}"]
    terminal = Terminal(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=root.parent / f"project of {root.name}",
    )
    assert terminal.wait() == 0
    lines = [line for line in terminal.text.splitlines() if "so far)" in line]
    assert lines
    pattern = (
        r"assay: model 1: stepping [\d,]+/2,000 \(\d+ %\), loss \S+, gradient .*\d+ s so far\)"
    )
    assert re.fullmatch(pattern, lines[0].strip()), lines
    assert len(lines) <= 3


def test_the_readme_shows_what_the_command_offers():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for word in ("assay watch", "--once", "--every", "--model", "130"):
        assert word in readme
