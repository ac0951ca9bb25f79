"""A Snakemake that is asked to end stops its long work, after doing what it does by itself."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from assay.snakemake.graceful_shutdown import SAID

SNAKEMAKE = """
import signal, subprocess, sys
from assay.snakemake.graceful_shutdown import install

signal.signal(signal.SIGTERM, lambda *_: print("waits", flush=True))
names = ("train_model.py", "validate_model.py", "publish_results.py")
work = [subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", n]) for n in names]
install()
try:
    print(*(each.pid for each in work), flush=True)
    for each in work[:2]:
        each.wait()
    print("work ended", flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
finally:
    ended = [each.wait(timeout=10) for each in work[:2]]
    print(ended, work[2].poll(), flush=True)
    work[2].kill()
"""


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGTERM, "waits\nwork ended"), (signal.SIGINT, "interrupted")]
)
def test_long_work_is_stopped_and_short_work_is_not(number, said):
    process = subprocess.Popen(
        [sys.executable, "-c", SNAKEMAKE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children = [int(pid) for pid in process.stdout.readline().split()]
    for child in children:
        while "sleep" not in " ".join(psutil.Process(child).cmdline()):
            time.sleep(0.01)
    os.kill(process.pid, number)
    try:
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
    stopped = -signal.SIGTERM
    assert out == f"{said}\n[{stopped}, {stopped}] None\n"
    assert SAID.decode() in err
