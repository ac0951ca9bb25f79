"""Campaigns on a real SLURM of one node, which these tests start and stop.

The campaigns mostly wait for the plugin's next look at the queue, so they run side by side; the
tests look at what came of them.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
from campaigns import TRAINING, Campaign, project_of, snakemake, start_snakemake

from toys import BAD, DESCENT, LEAST_SQUARES, convex, iterative, simulation, write_workspace

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[1] / "slurm" / "one_node.sh"
UNAVAILABLE = 77
PROFILE = ("--workflow-profile", "slurm", "--slurm-init-seconds-before-status-checks", "1")


def asks(**resources: int) -> dict:
    return {"resources": {"memory_mb": 900, "minutes": 7, **resources}}


MOST_OF_THE_NODE = asks(threads=25, minutes=60)  # so long that the others are let past
QUICK = convex(2, LEAST_SQUARES, extra=asks(threads=1))
STEPS = iterative(3, DESCENT, extra=asks(memory_mb=1000, minutes=9, threads=3))
WAITING = 'import time\ntime.sleep(0.03)\nreturn {"x": 5.0 + rng.normal()}'
SLOW = simulation(4, WAITING, extra=MOST_OF_THE_NODE)
NEXT = simulation(5, WAITING, extra=MOST_OF_THE_NODE)  # waits for SLOW to end, or SLOW for it
LARGE = convex(
    6,
    f"import time\nmemory = np.ones(150_000_000)\ntime.sleep(4)\ndel memory\n{LEAST_SQUARES}",
    extra=asks(memory_mb=1100),
)
ENDED = simulation(7, WAITING, extra=asks(threads=2))
INFEASIBLE = replace(BAD[3], extra=asks())


@dataclass(frozen=True)
class Cluster:
    """A running SLURM and how to reach it."""

    folder: Path

    @property
    def env(self) -> dict[str, str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {"SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def ask(self, *command: str) -> str:
        environment = {**os.environ, **self.env}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout

    def jobs(self, workspace: Path) -> list[dict[str, str]]:
        """Return every job of a workspace, ended ones too, in the order of submission."""
        names = ("number", "state", "comment", "partition", "cpus", "memory", "limit", "folder")
        form = "--format=%i|%T|%k|%P|%C|%m|%l|%Z"
        listed = self.ask("squeue", "--states=all", "--noheader", "--sort=i", form)
        jobs = [dict(zip(names, line.split("|"), strict=True)) for line in listed.splitlines()]
        return [job for job in jobs if job["folder"] == str(project_of(workspace))]

    def states(self, workspace: Path, *toys) -> set[str]:
        """Return the states of some models' trainings."""
        wanted = [trains(toy) for toy in toys]
        return {job["state"] for job in self.jobs(workspace) if job["comment"] in wanted}

    def wait_for(self, workspace: Path, toy, state: str) -> None:
        wait_until(lambda: state in self.states(workspace, toy), f"{toy.number} is {state}")


def wait_until(condition, what: str) -> None:
    for _ in range(1800):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"waited in vain: {what}")


def trains(toy) -> str:
    return f"rule_train_model_wildcards_{toy.number}"


def begun(campaign: Campaign, toy) -> int:
    ledger = campaign.root / "implementation" / "evidence" / str(toy.number) / "attempts.jsonl"
    events = [json.loads(line)["event"] for line in ledger.read_text().splitlines()]
    return events.count("begun")


def ends(folder: Path) -> None:
    subprocess.run([SCRIPT, "down", folder], check=True)
    everyone = psutil.process_iter(["name", "environ"])
    ending = [process for process in everyone if str(folder) in str(process.info["environ"])]
    _, left = psutil.wait_procs(ending, timeout=30)
    shutil.rmtree(folder)
    assert not left, f"SLURM left processes: {[process.info['name'] for process in left]}"


@pytest.fixture(scope="module")
def cluster():
    """Start a SLURM; its folder has a short path, since it holds a socket."""
    folder = Path(tempfile.mkdtemp(prefix="slurm"))
    up = subprocess.run([SCRIPT, "up", folder], capture_output=True, text=True, check=False)
    if up.returncode == UNAVAILABLE:
        pytest.skip(up.stderr.strip())
    try:
        assert up.returncode == 0, up.stderr
        yield Cluster(folder)
    finally:
        ends(folder)


def ordinary(cluster: Cluster, root: Path) -> Campaign:
    """Run a whole campaign in which one model fails; failed jobs may be repeated once."""
    write_workspace(root, [QUICK, STEPS, INFEASIBLE])
    more = ("--retries", "1", "--default-resources", "slurm_partition=other")
    return Campaign(root, snakemake(root, *PROFILE, *more, env=cluster.env, cores=5))


def batched(cluster: Cluster, root: Path) -> Campaign:
    """Let two trainings share a job."""
    write_workspace(root, [QUICK, STEPS])
    batch = ("--groups", "train_model=batch", "--group-components", "batch=2")
    return Campaign(root, snakemake(root, *PROFILE, *TRAINING, *batch, env=cluster.env, cores=5))


def orphaned(cluster: Cluster, root: Path) -> Campaign:
    """Kill Snakemake while one training is done, one runs and one waits; start it again."""
    write_workspace(root, [QUICK, SLOW, NEXT])
    command = (root, *PROFILE, *TRAINING)
    submitter = start_snakemake(*command, env=cluster.env, cores=5)
    wait_until(lambda: cluster.states(root, SLOW, NEXT) == {"RUNNING", "PENDING"}, "a queue")
    with pausing(cluster, root, SLOW, NEXT):
        cluster.wait_for(root, QUICK, "COMPLETED")
        submitter.kill()
        submitter.communicate()
        again = start_snakemake(*command, env=cluster.env, cores=5)
        wait_until(lambda: "named assay_" in newest_log(root), "it has asked SLURM")
    out, err = again.communicate(timeout=300)
    return Campaign(root, subprocess.CompletedProcess([], again.returncode, out, err))


@contextmanager
def pausing(cluster: Cluster, root: Path, *toys):
    """Keep the one that runs of some trainings from ending, however slow the machine is."""
    wanted = [trains(toy) for toy in toys]
    jobs = [job for job in cluster.jobs(root) if job["comment"] in wanted]
    running = {job["number"] for job in jobs if job["state"] == "RUNNING"}

    def recorders() -> list[psutil.Process]:
        return [
            process
            for process in psutil.process_iter(["cmdline", "environ"])
            if any(part.endswith("train_model.py") for part in process.info["cmdline"] or ())
            and (process.info["environ"] or {}).get("SLURM_JOB_ID") in running
            and str(cluster.folder) in process.info["environ"]["PATH"]
        ]

    wait_until(recorders, f"a recorder in job {running}")
    paused = recorders()
    for process in paused:
        process.suspend()
    try:
        yield
    finally:
        for process in paused:
            process.resume()


def newest_log(root: Path) -> str:
    logs = sorted((project_of(root) / ".snakemake" / "log").iterdir())
    return logs[-1].read_text(encoding="utf-8")


def cancelled(cluster: Cluster, root: Path) -> dict[str, Campaign]:
    """Cancel a training while it runs, beside one that takes too much memory; run again."""
    write_workspace(root, [QUICK, ENDED, LARGE])
    command = (root, *PROFILE, *TRAINING)
    submitter = start_snakemake(*command, env=cluster.env, cores=5)
    cluster.wait_for(root, ENDED, "RUNNING")
    ledger = root / "implementation" / "evidence" / "7" / "attempts.jsonl"
    wait_until(ledger.exists, "the training has begun")
    (number,) = (j["number"] for j in cluster.jobs(root) if j["comment"] == trains(ENDED))
    cluster.ask("scancel", number)
    out, err = submitter.communicate(timeout=300)
    first = subprocess.CompletedProcess([], submitter.returncode, out, err)
    again = snakemake(*command, "--retries", "1", env=cluster.env, cores=5)
    return {"first": Campaign(root, first), "again": Campaign(root, again)}


def local(cluster: Cluster, root: Path) -> Campaign:
    """Train the same models here."""
    write_workspace(root, [QUICK, STEPS, SLOW, NEXT, LARGE, ENDED])
    return Campaign(root, snakemake(root, *TRAINING))


@pytest.fixture(scope="module")
def runs(cluster, tmp_path_factory):
    """Run all campaigns side by side, in a folder with a space in its name."""
    root = tmp_path_factory.mktemp("a folder")
    with ThreadPoolExecutor() as pool:
        running = {
            run.__name__: pool.submit(run, cluster, root / f"{run.__name__} campaign")
            for run in (ordinary, batched, orphaned, cancelled, local)
        }
        return {name: run.result() for name, run in running.items()}


def same_bytes(runs, campaign: Campaign, *toys) -> bool:
    return all(
        campaign.results(toy.number).read_bytes() == runs["local"].results(toy.number).read_bytes()
        for toy in toys
    )


def trainings(cluster: Cluster, campaign: Campaign) -> Counter:
    """Return how often each training was submitted."""
    return Counter(job["comment"] for job in cluster.jobs(campaign.root))


def test_the_same_bytes_come_out_as_without_a_cluster(runs):
    assert runs["local"].run.returncode == 0, runs["local"].text
    assert same_bytes(runs, runs["ordinary"], QUICK, STEPS), runs["ordinary"].text


def test_only_training_and_validating_are_submitted_with_what_the_design_asks_for(cluster, runs):
    jobs = {job["comment"]: job for job in cluster.jobs(runs["ordinary"].root)}
    named = {f"rule_{rule}_model_wildcards_{i}" for rule in ("train", "validate") for i in (2, 3)}
    assert jobs.keys() == named | {trains(INFEASIBLE)}
    for rule in ("train", "validate"):
        job = jobs[f"rule_{rule}_model_wildcards_3"]
        assert (job["cpus"], job["memory"], job["limit"]) == ("3", "1000M", "9:00")
        assert job["partition"] == "other"
    assert {job["state"] for job in jobs.values()} == {"COMPLETED"}


def test_trainings_can_share_a_job(cluster, runs):
    campaign = runs["batched"]
    assert campaign.run.returncode == 0, campaign.text
    (job,) = cluster.jobs(campaign.root)
    assert (job["state"], job["cpus"], job["memory"]) == ("COMPLETED", "4", "1900M")
    assert same_bytes(runs, campaign, QUICK, STEPS)


def test_a_failing_model_is_named_and_the_others_are_approved(runs):
    campaign = runs["ordinary"]
    assert campaign.run.returncode != 0
    assert "model 14 failed: not converged" in campaign.text
    assert campaign.text.count("model 14 is not published") == 1  # a gate is not tried again
    assert "infeasible" in campaign.incident(14).read_text(encoding="utf-8")
    for toy in (QUICK, STEPS):
        verdict = campaign.root / "docs" / "validation" / f"verdict_{toy.number}.json"
        assert json.loads(verdict.read_text())["verdict"] == "APPROVE"


def test_the_audit_needs_no_cluster_and_finds_nothing_amiss(runs):
    audit = snakemake(runs["ordinary"].root, *PROFILE, "-n")
    planned = [line for line in audit.stdout.splitlines() if line.startswith("train_model")]
    assert audit.returncode == 0, audit.stderr
    assert not planned


def test_what_a_snakemake_that_died_left_is_neither_doubled_nor_lost(cluster, runs):
    campaign = runs["orphaned"]
    assert campaign.run.returncode == 0, campaign.text
    assert campaign.text.count("submitted by an earlier Snakemake") == 2
    assert trainings(cluster, campaign) == {trains(toy): 1 for toy in (QUICK, SLOW, NEXT)}
    assert [begun(campaign, toy) for toy in (QUICK, SLOW, NEXT)] == [1, 1, 1]
    assert same_bytes(runs, campaign, QUICK, SLOW, NEXT)


def test_a_cancelled_training_is_reported_and_the_others_finish(runs):
    campaign = runs["cancelled"]["first"]
    assert campaign.run.returncode != 0
    assert "SLURM status is: 'CANCELLED'" in campaign.text
    assert same_bytes(runs, campaign, QUICK)


def test_running_again_carries_it_on(cluster, runs):
    campaign = runs["cancelled"]["again"]
    assert campaign.run.returncode == 0, campaign.text
    assert trainings(cluster, campaign)[trains(ENDED)] == 2
    ledger = campaign.root / "implementation" / "evidence" / str(ENDED.number) / "attempts.jsonl"
    events = [json.loads(line)["event"] for line in ledger.read_text("utf-8").splitlines()]
    assert events == ["begun", "stopped", "resumed", "ended"]
    assert same_bytes(runs, campaign, QUICK, ENDED, LARGE)


def test_a_training_that_took_too_much_memory_is_given_more_the_next_time(cluster, runs):
    jobs = [
        j for j in cluster.jobs(runs["cancelled"]["again"].root) if j["comment"] == trains(LARGE)
    ]
    assert [job["memory"] for job in jobs] == ["1100M", "1100M", "2200M"]
    assert [job["state"] == "COMPLETED" for job in jobs] == [False, False, True]
