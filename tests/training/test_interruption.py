"""A training that was interrupted is carried on, to the same bytes, and the validator approves."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from assay.campaign.source_digest import training_digest
from assay.core.stopping import StopRequest
from assay.core.workspace import Workspace
from assay.evidence.ledger import Abandoned, read_ledger
from assay.evidence.outcome import read_outcome
from assay.evidence.progress import Checkpoint, ProgressLine, Resume, parse_progress
from assay.evidence.publication import publish_results
from assay.evidence.sessions import active_seconds, gaps, sessions
from assay.training.request import Request
from assay.training.session import StoppedError
from assay.training.train import train_model
from assay.validation.case import Options
from assay.validation.model import validate_model
from forked import FORK_SERVERS
from toys import DESCENT, NORMAL, Toy, bayesian, iterative, simulation, write_workspace

SLOW_STEPS = "import time\ntime.sleep(0.02)\n" + DESCENT
SLOW_DRAWS = 'import time\ntime.sleep(0.005)\nreturn {"x": 5.0 + rng.normal()}'
MANY_DATA = NORMAL + 'pm.Normal("z", x, 1, observed=np.linspace(0, 2, 60_000))\n'
RANDOM_START = 'return {"x": 3.0 + rng.normal(size=2)}'

# Each with the number of checkpoints after which it is stopped, each time.
MODELS = {
    "nutpie": (bayesian(1, MANY_DATA, training={"draws": 1000}), (2,)),
    "pymc": (bayesian(1, NORMAL, training={"sampler": "pymc", "draws": 1500}), (9, 30)),
    "iterative": (
        iterative(1, SLOW_STEPS, init=RANDOM_START, training={"checkpoint_every": 30}),
        (2, 5),
    ),
    "restarts": (
        iterative(
            1, SLOW_STEPS, init=RANDOM_START, training={"checkpoint_every": 30, "restarts": 1}
        ),
        (3, 9),
    ),
    "simulation": (simulation(1, SLOW_DRAWS, training={"replicates": 440}), (3, 11)),
    "precision": (
        simulation(1, SLOW_DRAWS, training={"replicates": 200, "precision": {"x": {"rel": 0.012}}}),
        (5, 21),
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _fork_servers():
    with FORK_SERVERS.in_use():
        yield


@pytest.fixture(autouse=True)
def often(monkeypatch, tmp_path):
    """Ask about stopping twenty times a second, and keep the key out of the user's folder."""
    monkeypatch.setattr("assay.training.session.SAMPLE_SECONDS", 0.05)
    monkeypatch.setenv("ASSAY_SIGNING_KEY", str(tmp_path / "key.pem"))


def workspace(root: Path, toy: Toy) -> Workspace:
    return Workspace(write_workspace(root, [toy]))


def train(place: Workspace, method: str, stop=lambda: ""):
    FORK_SERVERS.ready(method)
    return train_model(
        Request(
            workspace=place,
            model=1,
            trainer=1,
            cores=2,
            heartbeat_seconds=0.5,
            nonce="",
            source=training_digest(method),
            stop=stop,
        )
    )


def stored(place: Workspace, count: int):
    """Return a wish to stop once so many checkpoints are on record."""
    log = place.evidence(1) / "progress.jsonl"

    def stop() -> str:
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return "enough" if sum('"event": "checkpoint"' in line for line in lines) >= count else ""

    return stop


def interrupt(place: Workspace, method: str, count: int) -> None:
    with pytest.raises(StoppedError, match="enough"):
        train(place, method, stored(place, count))


def events(place: Workspace) -> list[str]:
    return [line.event for line in read_ledger(place.evidence(1)).lines]


def records(place: Workspace) -> tuple[ProgressLine, ...]:
    return parse_progress((place.evidence(1) / "progress.jsonl").read_bytes())


def judged(place: Workspace):
    publish_results(place, 1)
    options = Options(replay="full", cores=2, heartbeat_seconds=2.0)
    return validate_model(place, 1, options, FORK_SERVERS.start)


@pytest.mark.parametrize("name", MODELS)
def test_stopped_and_carried_on_it_is_what_one_go_from_the_seed_gives(tmp_path, name):
    """The validation in full is that go: it has the same fit to the last bit, or rejects."""
    toy, stops = MODELS[name]
    parted = workspace(tmp_path / "parted", toy)
    for count in stops:
        interrupt(parted, toy.method, count)
    outcome = train(parted, toy.method)
    assert outcome.failure is None
    assert events(parted) == ["begun", *["stopped", "resumed"] * len(stops), "ended"]
    assert not (parted.evidence(1) / "kept").exists()
    lines = records(parted)
    assert len(sessions(lines)) == len(stops) + 1
    assert outcome.timing.wall_seconds == pytest.approx(active_seconds(lines), abs=1)
    verdict = judged(parted)
    assert verdict.verdict == "APPROVE", [f.message for f in verdict.reasons]
    (again,) = [f.message for f in verdict.findings if f.check == "recomputation"]
    assert "in full from its seed, the run gives the same fit to the last bit" in again
    told = [f.message for f in verdict.findings if f.check == "interruptions"]
    assert len(told) == len(stops)
    assert all("enough" in message for message in told)


def test_what_was_finished_is_not_done_again(tmp_path):
    """The second session begins where the first one ended: its first progress shows it."""
    toy, _ = MODELS["simulation"]
    place = workspace(tmp_path / "w", toy)
    interrupt(place, toy.method, 15)
    train(place, toy.method)
    first, second = sessions(records(place))
    done = [line.file for line in first if isinstance(line, Checkpoint)]
    more = [line.file for line in second if isinstance(line, Checkpoint)]
    assert len(done) >= 15
    assert len(done) + len(more) == 20
    assert not set(done) & set(more)


def test_after_a_crash_torn_lines_and_stray_files_do_no_harm(tmp_path):
    toy, _ = MODELS["simulation"]
    place = workspace(tmp_path / "w", toy)
    interrupt(place, toy.method, 5)
    evidence = place.evidence(1)
    with (evidence / "progress.jsonl").open("ab") as stream:
        stream.write(b'{"sequence": 99, "event": "check')
    with (evidence / "attempts.jsonl").open("ab") as stream:
        stream.write(b'{"event": "st')
    stray = evidence / "checkpoints" / "00099_batch_000000999.npz"
    stray.write_bytes(b"half of it")
    (evidence / "scratch").mkdir()
    (evidence / "scratch" / "left.npz").write_bytes(b"")
    place.training_log(1).unlink()  # as Snakemake does before it starts the job again
    assert train(place, toy.method).failure is None
    assert not stray.exists()
    verdict = judged(place)
    assert verdict.verdict == "APPROVE", [f.message for f in verdict.reasons]


def test_other_inputs_are_another_attempt(tmp_path):
    toy, _ = MODELS["simulation"]
    place = workspace(tmp_path / "w", toy)
    interrupt(place, toy.method, 5)
    code = place.code(1)
    code.write_text(code.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    assert train(place, toy.method).failure is None
    assert events(place) == ["begun", "stopped", "abandoned", "begun", "ended"]
    abandoned = read_ledger(place.evidence(1)).lines[2]
    assert isinstance(abandoned, Abandoned)
    assert "code/model_1.py" in abandoned.reason
    assert len(sessions(records(place))) == 1
    assert judged(place).verdict == "APPROVE"


def test_a_checkpoint_that_is_no_longer_what_was_stored_is_not_built_upon(tmp_path):
    toy, _ = MODELS["simulation"]
    place = workspace(tmp_path / "w", toy)
    interrupt(place, toy.method, 5)
    path = sorted((place.evidence(1) / "checkpoints").iterdir())[1]
    content = bytearray(path.read_bytes())
    content[-30] ^= 1
    path.write_bytes(content)
    assert train(place, toy.method).failure is None
    assert events(place) == ["begun", "stopped", "begun", "ended"]
    assert judged(place).verdict == "APPROVE"


def test_a_finished_training_is_never_carried_on(tmp_path):
    """What lies there may have been altered since: asked again, a model is trained from nothing."""
    toy, _ = MODELS["simulation"]
    place = workspace(tmp_path / "w", toy)
    train(place, toy.method)
    for path in (place.outcome(1), place.manifest(1), place.signature(1)):
        path.unlink()  # as Snakemake does before it starts the job again
    train(place, toy.method)
    assert events(place) == ["begun", "ended", "begun", "ended"]


def test_a_model_that_gives_other_numbers_when_carried_on_fails(tmp_path):
    body = SLOW_STEPS.replace("return", "import uuid\nx = x + uuid.uuid4().int % 2 * 1e-9\nreturn")
    toy = iterative(1, body, init=RANDOM_START, training={"checkpoint_every": 2})
    place = workspace(tmp_path / "w", toy)
    interrupt(place, toy.method, 40)
    failure = train(place, toy.method).failure
    assert failure is not None
    assert "gave another state_0_" in failure.summary


def test_a_killed_worker_is_a_failure_of_a_resource_and_then_carried_on(tmp_path):
    toy, _ = MODELS["simulation"]
    place = workspace(tmp_path / "w", toy)
    reached = stored(place, 5)

    def kill() -> str:
        if reached():
            for child in psutil.Process().children():
                child.send_signal(signal.SIGKILL)
        return ""

    outcome = train(place, toy.method, kill)
    assert outcome.failure is not None
    assert "SIGKILL" in outcome.failure.summary
    assert train(place, toy.method).failure is None
    assert events(place) == ["begun", "ended", "resumed", "ended"]
    [(_, resumed)] = gaps(records(place))
    assert isinstance(resumed, Resume)
    assert "SIGKILL" in resumed.reason
    verdict = judged(place)
    assert verdict.verdict == "APPROVE", [f.message for f in verdict.reasons]
    assert read_outcome(place.outcome(1)).attempt == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_are_a_reason_to_stop(number):
    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        stop = StopRequest()
        stop.listen()
        assert stop.reason() == ""
        os.kill(os.getpid(), number)
        time.sleep(0.01)
        assert number.name in stop.reason()
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
