"""A real worker: what it prints, says and uses is recorded, and so is how it ends."""

import pickle
import re
from contextlib import closing, contextmanager

import psutil
import pytest

from assay.core.errors import Category, TrainingError
from assay.core.files import digest_file
from assay.documents.training_log import TrainingLog
from assay.evidence.arrays import load_fit
from assay.evidence.progress import Checkpoint, Heartbeat, parse_progress
from assay.training.session import Session, StoppedError
from jobs import training_task

GOOD = """
import os, time
import numpy as np, pandas as pd

def init(inputs, rng):
    print("début")
    return {"x": np.array([3.0])}

def step(inputs, state, rng):
    x = state["x"] * 0.5
    return {"x": x}, {"loss": float(x[0] ** 2) + 1.0}

def results(inputs, fit):
    return pd.DataFrame({"x": fit.state["x"]})
"""


@contextmanager
def started(tmp_path, code, heartbeat=60.0, features=None, stop=lambda: ""):
    evidence = tmp_path / "evidence"
    task = training_task(tmp_path, evidence / "scratch", code, features, heartbeat)
    log = TrainingLog(tmp_path / "training_1.log")
    with (
        closing(log),
        closing(Session(task, evidence, log, on_heartbeat=lambda: None, stop=stop)) as session,
    ):
        yield session, evidence


def run(tmp_path, code, **more):
    with started(tmp_path, code, **more) as (session, evidence):
        session.fit()
        session.results()
        session.finish()
    return parse_progress((evidence / "progress.jsonl").read_bytes()), evidence


def test_a_good_model_leaves_fit_results_checkpoints_and_figures(tmp_path):
    events, evidence = run(tmp_path, GOOD)
    assert load_fit(evidence / "scratch").arrays["state/x"].shape == (1,)
    assert (evidence / "scratch" / "results.json").exists()
    checkpoints = [event for event in events if isinstance(event, Checkpoint)]
    assert checkpoints
    for event in checkpoints:
        assert digest_file(evidence / event.file) == event.digest
    assert events[-1].event == "end"
    assert events[-1].cpu_seconds.value > 0.05
    assert events[-1].peak_rss_bytes.value > 2**24
    assert "model> début" in (tmp_path / "training_1.log").read_text(encoding="utf-8")


def test_heartbeats_come_while_the_model_is_busy(tmp_path):
    slow = GOOD.replace('print("début")', "time.sleep(1.2)")
    events, _ = run(tmp_path, slow, heartbeat=0.4)
    beats = [event for event in events if isinstance(event, Heartbeat)]
    assert len(beats) >= 2
    took = events[-1].monotonic - events[0].monotonic
    assert 0.4 * len(beats) <= took + 0.01  # never more often than asked, however late they are


@pytest.mark.parametrize(
    ("change", "words", "category"),
    [
        (('return {"x": np', "raise ValueError('no start'); return {\"x\": np"), "no start", 1),
        (("import os", "import os, nothing_like_it"), "nothing_like_it", 1),
        (('print("début")', "os._exit(9)"), "ended with status 9", 1),
        (('print("début")', "os.kill(os.getpid(), 9)"), "killed by SIGKILL", 3),
        (('print("début")', "raise MemoryError"), "MemoryError", 3),
        (("return pd", "raise KeyError('medals'); return pd"), "medals", 2),
        (("return pd.DataFrame", "return list"), "not a pandas.DataFrame", 1),
    ],
)
def test_every_way_to_fail_is_told_apart(tmp_path, change, words, category):
    code = GOOD.replace(*change)
    assert code != GOOD
    with pytest.raises(TrainingError, match=re.escape(words)) as caught:
        run(tmp_path, code)
    assert caught.value.category is Category(category)
    assert caught.value.remedy


def test_garbage_on_the_line_is_an_error_not_a_crash(tmp_path):
    noise = GOOD.replace('print("début")', "[os.write(fd, b'x\\n') for fd in pipes()]")
    noise += """
import fcntl, stat

def pipes():
    found = []
    for fd in range(3, 64):
        try:
            writable = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
            if writable and stat.S_ISFIFO(os.fstat(fd).st_mode):
                found.append(fd)
        except OSError:
            continue
    return found
"""
    with pytest.raises(TrainingError, match="sent something that is no message") as caught:
        run(tmp_path, noise)
    assert caught.value.category is Category.IMPLEMENTATION


def test_features_that_changed_since_admission_are_refused(tmp_path):
    with started(tmp_path, GOOD):
        pass
    again = tmp_path / "again"
    again.mkdir()
    with started(again, GOOD) as (session, _):
        (again / "features_1.pkl").write_bytes(pickle.dumps("other"))
        with pytest.raises(TrainingError, match=r"features_1\.pkl changed"):
            session.fit()


@pytest.mark.parametrize(
    "deed",
    [
        "open('{secret}').read()",
        "pd.read_csv('{secret}')",
        "np.loadtxt('{secret}')",
        "__import__('socket').create_connection(('127.0.0.1', 9))",
        "open('{secret}', 'w').write('x')",
    ],
)
def test_model_code_that_reads_elsewhere_is_refused_even_if_it_catches_that(tmp_path, deed):
    secret = tmp_path / "secret.csv"
    secret.write_text("1.0")
    line = deed.format(secret=secret)
    plain = GOOD.replace('print("début")', line)
    with pytest.raises(TrainingError, match="nothing but its inputs") as caught:
        run(tmp_path, plain)
    assert "model_1.py:6 in init" in caught.value.where
    hidden = GOOD.replace('print("début")', f"\n    try: {line}\n    except BaseException: pass")
    again = tmp_path / "again"
    again.mkdir()
    with pytest.raises(TrainingError, match="nothing but its inputs"):
        run(again, hidden)
    assert secret.read_text() == "1.0"


def test_temporary_files_and_library_files_are_allowed(tmp_path):
    line = "__import__('tempfile').TemporaryFile().close(); __import__('xarray'); "
    line += "open('/proc/self/stat').close()"
    run(tmp_path, GOOD.replace('print("début")', line))


def test_a_signal_to_all_processes_may_reach_the_worker_first(tmp_path):
    code = GOOD.replace('print("début")', "os.kill(os.getpid(), 15)")
    late = lambda: "" if psutil.Process().children() else "it was sent SIGTERM"  # noqa: E731
    with pytest.raises(StoppedError, match="SIGTERM"):
        run(tmp_path, code, stop=late)
    events = parse_progress((tmp_path / "evidence" / "progress.jsonl").read_bytes())
    assert events[-1].event == "stopped"


def test_a_loss_that_explodes_is_recorded(tmp_path):
    code = GOOD.replace('"loss": float(x[0] ** 2) + 1.0', '"loss": float("inf")')
    code = code.replace('x = state["x"] * 0.5', 'time.sleep(0.3); x = state["x"] * 0.5')
    events, _ = run(tmp_path, code, heartbeat=0.2)
    told = [event.metrics for event in events if isinstance(event, Heartbeat)]
    assert {"loss": "inf"} in told
    assert "loss inf" in (tmp_path / "training_1.log").read_text(encoding="utf-8")


def test_half_a_surrogate_pair_in_an_error_is_told_as_well_as_can_be(tmp_path):
    odd = GOOD.replace('print("début")', r"raise ValueError('odd \udc80')")
    with pytest.raises(TrainingError, match=re.escape("odd ?")):
        run(tmp_path, odd)
