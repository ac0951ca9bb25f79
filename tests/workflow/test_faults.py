"""Faults of the machine and of model code, made to happen: each is named, and a next run recovers.

Beside the models that meet a fault one is trained that meets none, and is approved.
"""

import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest
from campaigns import TRAINING, Campaign, snakemake

from assay.core.workspace import Workspace
from toys import DESCENT, iterative, simulation, write_workspace

pytestmark = pytest.mark.slow

FINE = iterative(1, DESCENT)
LARGE = iterative(  # each of its checkpoints takes 400 kB
    2,
    DESCENT.replace('{"x": x}', '{"x": x, "y": state["y"] * 0.9}'),
    init='return {"x": np.array([3.0, 4.0]), "y": rng.normal(size=50_000)}',
    training={"checkpoint_every": 100},
)
GREEDY = simulation(3, 'spare = np.empty(750_000_000)\nreturn {"x": 5.0 + rng.normal()}')
VICTIM = simulation(4, 'import time\ntime.sleep(0.01)\nreturn {"x": 5.0 + rng.normal()}')
WRITES = """
import fcntl, os, stat
for fd in range(3, 64):
    try:
        writable = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
        if writable and stat.S_ISFIFO(os.fstat(fd).st_mode):
            os.write(fd, {!r})
    except OSError:
        continue
return {{"x": np.array([3.0, 4.0])}}
"""
SAYS = {  # by model, what its code writes into the worker's line
    5: b"\xff\x00 garbage\n",
    7: b'{"type": "checkpoint", "name": "../../../elsewhere", "file": "../7", "meta": {}}\n',
}
CHATTERERS = [
    iterative(number, DESCENT, init=WRITES.format(text).strip().replace("\n", "\n    "))
    for number, text in SAYS.items()
]
SOUND = [iterative(number, DESCENT) for number in SAYS]


@pytest.fixture(scope="module")
def undisturbed(campaign):
    """Return the campaign in which nothing goes wrong."""
    done = campaign("undisturbed", [FINE, LARGE, GREEDY, VICTIM, *SOUND], *TRAINING)
    assert done.run.returncode == 0, done.text
    return done


def same_bytes(one: Campaign, other: Campaign, *toys) -> bool:
    return all(
        one.results(toy.number).read_bytes() == other.results(toy.number).read_bytes()
        for toy in toys
    )


def approved(campaign: Campaign, toy) -> bool:
    return Workspace(campaign.root).approval(toy.number).exists()


def nothing_of(campaign: Campaign, toy) -> bool:
    """Return whether neither results nor half a results file is there."""
    folder = campaign.results(toy.number).parent
    return not [path for path in folder.iterdir() if f"results_{toy.number}" in path.name]


@contextmanager
def killing_the_worker_of(root, toy):
    """Send signal 9 to the first worker that trains a model, as a machine out of memory does."""
    scratch = Workspace(root).evidence(toy.number) / "scratch"
    struck = threading.Event()

    def strike() -> None:
        while not struck.wait(0.05):
            for process in psutil.process_iter(["cmdline", "cwd"]):
                if "assay.worker" in (process.info["cmdline"] or ()) and process.info["cwd"] == str(
                    scratch
                ):
                    process.kill()
                    struck.set()

    thread = threading.Thread(target=strike)
    thread.start()
    yield
    missed = not struck.is_set()
    struck.set()
    thread.join()
    assert not missed, "there was no worker to kill"


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """Run a campaign with little memory, short files, a worker that is killed, and chatter."""
    root = tmp_path_factory.mktemp("campaigns") / "limited"
    python = root.parent / "python"
    python.write_text(
        f'#!/bin/sh\nulimit -f 400\nulimit -v 5000000\nexec "{sys.executable}" "$@"\n'
    )
    python.chmod(0o755)
    write_workspace(root, [FINE, LARGE, GREEDY, VICTIM, *CHATTERERS])
    with killing_the_worker_of(root, VICTIM):
        return Campaign(root, snakemake(root, python=str(python)))


@pytest.mark.parametrize(
    ("toy", "words", "advice"),
    [
        (LARGE, "the machine refused: File too large", "lift what limits files"),
        (GREEDY, "MemoryError", "memory"),
        (VICTIM, "killed by SIGKILL", "raise resources.memory_mb"),
        *((toy, "sent something that is no message", "file descriptors") for toy in CHATTERERS),
    ],
)
def test_each_fault_is_named_with_what_to_do(limited, toy, words, advice):
    assert limited.run.returncode != 0
    assert f"assay: model {toy.number} failed: " in limited.text
    report = limited.incident(toy.number).read_text(encoding="utf-8")
    assert words in report
    assert advice in report
    assert words in limited.logs(toy.number)[0].read_text(encoding="utf-8")
    assert nothing_of(limited, toy)
    assert "a fault in assay itself" not in report


def test_a_model_that_meets_no_fault_is_approved(limited, undisturbed):
    assert approved(limited, FINE)
    assert same_bytes(limited, undisturbed, FINE)


def test_nothing_was_written_where_a_message_said(limited):
    assert not list(limited.root.parent.rglob("*elsewhere*"))


def test_the_next_run_recovers_to_the_same_bytes(limited, undisturbed):
    write_workspace(limited.root, SOUND)
    again = Campaign(limited.root, snakemake(limited.root))
    assert again.run.returncode == 0, again.text
    assert same_bytes(again, undisturbed, FINE, LARGE, GREEDY, VICTIM, *SOUND)
    assert all(approved(again, toy) for toy in (FINE, LARGE, GREEDY, VICTIM, *SOUND))


@pytest.fixture
def disk(tmp_path):
    """Return a workspace that is a disk of its own, and a function that remounts it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.decode().strip()}")

    def remount(options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)

    yield folder, remount
    for _ in range(50):
        if not subprocess.run(["umount", folder], capture_output=True, check=False).returncode:
            return
        time.sleep(0.1)
    pytest.fail("the disk is still in use")


def test_a_disk_that_is_read_only_full_and_then_large_enough(disk, undisturbed):
    folder, remount = disk
    write_workspace(folder, [FINE, LARGE])
    remount("ro")
    closed = snakemake(folder)
    assert closed.returncode != 0
    assert "cannot be written (Read-only file system), so no model is trained: 1, 2" in (
        closed.stdout + closed.stderr
    )
    assert "Traceback" not in closed.stderr
    assert snakemake(folder, "-n").returncode == 0  # to look does not take a disk
    remount("rw")
    full = Campaign(folder, snakemake(folder))
    assert full.run.returncode != 0
    assert "model 2" in full.text
    assert "the machine refused: No space left on device" in full.text
    report = full.incident(2)  # it may have found no room
    told = full.text + (report.read_text(encoding="utf-8") if report.exists() else "")
    assert "Make room on the disk" in told
    assert nothing_of(full, LARGE)
    remount("size=64m")
    done = Campaign(folder, snakemake(folder))
    assert done.run.returncode == 0, done.text
    assert same_bytes(done, undisturbed, FINE, LARGE)
    assert approved(done, FINE)
    assert approved(done, LARGE)
