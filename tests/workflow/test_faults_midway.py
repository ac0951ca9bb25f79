"""What happens to a campaign while it trains: signals, a clock that is set, inputs replaced."""

import json
import os
import pickle
import signal
import subprocess
import time
from dataclasses import replace

import psutil
import pytest
from campaigns import TRAINING, Campaign, snakemake, start_snakemake

from assay.core.workspace import Workspace
from assay.evidence.ledger import read_ledger
from toys import DESCENT, iterative, simulation, write_workspace

pytestmark = pytest.mark.slow

SETTINGS = {"heartbeat_seconds": 1}
STEPS = iterative(1, "import time\ntime.sleep(0.03)\n" + DESCENT, training={"checkpoint_every": 20})
FED = simulation(
    2,
    'import time\ntime.sleep(0.02)\nreturn {"x": inputs.features + rng.normal()}',
    features=5.0,
    extra={"resources": {"threads": 1}},
)
# Sets the clock of the recorders back by an hour once there is a file "now" beside this one.
SET_BACK = """
import os, sys, time
if any("train_model" in part for part in sys.orig_argv):
    true, now = time.time, os.path.join(os.path.dirname(__file__), "now")
    time.time = lambda: true() - (3600.0 if os.path.exists(now) else 0.0)
"""


def wait_until(condition, what: str) -> None:
    for _ in range(4800):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"waited in vain: {what}")


def checkpoints(root, toy) -> int:
    log = Workspace(root).evidence(toy.number) / "progress.jsonl"
    return log.read_text(encoding="utf-8").count('"checkpoint"') if log.exists() else 0


def findings(root, toy, check: str) -> list[dict]:
    verdict = json.loads(Workspace(root).verdict(toy.number).read_text(encoding="utf-8"))
    return [finding for finding in verdict["findings"] if finding["check"] == check]


def finished(process: subprocess.Popen, root) -> Campaign:
    out, err = process.communicate(timeout=300)
    return Campaign(root, subprocess.CompletedProcess([], process.returncode, out, err))


@pytest.fixture(scope="module")
def undisturbed(campaign):
    """Return the results of the campaign in which nothing happens."""
    done = campaign("quiet", [STEPS, FED], *TRAINING, settings=SETTINGS)
    assert done.run.returncode == 0, done.text
    return {toy.number: done.results(toy.number).read_bytes() for toy in (STEPS, FED)}


def test_asked_to_end_it_ends_at_once_and_goes_on_later(tmp_path, undisturbed):
    root = write_workspace(tmp_path / "asked", [STEPS])
    for number in (signal.SIGTERM, signal.SIGINT):
        before = checkpoints(root, STEPS)
        process = start_snakemake(root, settings=SETTINGS)
        wait_until(lambda before=before: checkpoints(root, STEPS) > before, "a checkpoint")
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        stopped = finished(process, root)
        assert stopped.run.returncode != 0
        assert not psutil.wait_procs(below, timeout=10)[1]
        assert read_ledger(Workspace(root).evidence(1)).last.event == "stopped"
        assert "model 1 was stopped" in stopped.text
        assert "Run again: it goes on." in stopped.text
        assert not stopped.results(1).exists()
    done = snakemake(root, settings=SETTINGS)
    assert done.returncode == 0, done.stdout + done.stderr
    events = [line.event for line in read_ledger(Workspace(root).evidence(1)).lines]
    assert events == ["begun", "stopped", "resumed", "stopped", "resumed", "ended"]
    assert Workspace(root).results(1).read_bytes() == undisturbed[1]
    assert all(finding["status"] == "warn" for finding in findings(root, STEPS, "interruptions"))


@pytest.fixture(scope="module")
def shaken(tmp_path_factory):
    """Set the clock back and replace the features of one model while two are trained."""
    root = write_workspace(tmp_path_factory.mktemp("campaigns") / "shaken", [STEPS, FED])
    site = root.parent / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SET_BACK)
    before = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(site), *([before] if before else [])])
    process = start_snakemake(root, settings=SETTINGS, env={"PYTHONPATH": path})
    wait_until(lambda: checkpoints(root, FED) and checkpoints(root, STEPS), "checkpoints")
    (site / "now").touch()
    features = root / "implementation" / "data" / "features_2.pkl"
    features.write_bytes(pickle.dumps(7.0))
    return finished(process, root)


def test_a_clock_set_back_is_noted_and_costs_nothing(shaken, undisturbed):
    log = shaken.logs(1)[0].read_text(encoding="utf-8")
    assert log.count("the machine's clock went back by 3600") == 1
    (noted,) = findings(shaken.root, STEPS, "clocks")
    assert (noted["status"], noted["measured"]) == ("warn", pytest.approx(-3600, abs=1))
    assert Workspace(shaken.root).approval(1).exists()
    assert shaken.results(1).read_bytes() == undisturbed[1]


def test_features_replaced_during_training_are_not_what_was_trained(shaken, undisturbed):
    assert shaken.run.returncode != 0
    assert "model 2 is not approved: REJECT, action RERUN" in shaken.text, shaken.text
    assert "the run is of other inputs than those that are there now: features" in shaken.text
    assert not Workspace(shaken.root).approval(2).exists()
    frozen = Workspace(shaken.root).evidence(2) / "results.csv"
    assert frozen.read_bytes() == undisturbed[2]  # the old ones


def test_the_next_run_trains_with_the_new_features(shaken, campaign):
    again = Campaign(shaken.root, snakemake(shaken.root, settings=SETTINGS))
    assert again.run.returncode == 0, again.text
    new = replace(FED, features=7.0)
    fresh = campaign("new features", [new], *TRAINING, settings=SETTINGS)
    assert again.results(2).read_bytes() == fresh.results(2).read_bytes()
    assert Workspace(again.root).approval(2).exists()
