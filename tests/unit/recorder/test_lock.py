"""A model is trained by one process at a time, and the lock goes with the process."""

import subprocess
import sys
import time

import pytest

from assay.errors import TrainingError
from assay.recorder.lock import model_lock

HOLD = """
import sys, time
from pathlib import Path
from assay.recorder.lock import model_lock
with model_lock(Path(sys.argv[1]), 7):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_training_is_refused_until_the_first_process_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr("assay.recorder.lock.WAIT_SECONDS", 0.2)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(TrainingError, match="model 7 is being trained by another process"),
            model_lock(tmp_path, 7),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
    for _ in range(50):
        try:
            with model_lock(tmp_path, 7):
                return
        except TrainingError:
            time.sleep(0.1)
    pytest.fail("the lock outlived its process")
