"""Of a long run a part is done again; a short one cannot pass for long to be looked at less."""

import numpy as np
import pytest
from forgery import HONEST
from judging import told, verdict_on
from runs import copy_workspace
from tools import edit_replicates, retime, stretched, with_cpu, with_heartbeats

from assay.validation import replay


def recomputed(verdict) -> str:
    (finding,) = (f for f in verdict.findings if f.check == "recomputation")
    return finding.message


@pytest.fixture
def all_are_long(monkeypatch):
    monkeypatch.setattr(replay, "SHORT_SECONDS", 0.0)


@pytest.mark.parametrize(
    ("name", "part"),
    [("iterative", "(steps "), ("simulation", "(20 of 1,000 replicates, 2 % of the work)")],
)
def test_a_part_of_an_honest_run_is_done_again(name, part, workshop, tmp_path, all_are_long):
    root = copy_workspace(workshop.honest(name), tmp_path / "copy")
    verdict = verdict_on(root, HONEST[name][-1].number, replay="challenge")
    assert verdict.verdict == "APPROVE", told(verdict)
    assert part in recomputed(verdict)


def test_two_thirds_of_the_replicates_falsified_are_found(workshop, tmp_path, all_are_long):
    """Twenty of a thousand are drawn: all of them among the others has a chance of 1e-10."""
    forger = workshop.forger("simulation", tmp_path / "workspace")
    drawn = np.random.default_rng(9).normal(5.0, 1.0, size=667)
    edit_replicates(forger, lambda arrays: arrays["replicates/x"].__setitem__(slice(667), drawn))
    verdict = verdict_on(forger.root, forger.model, replay="challenge")
    assert verdict.verdict == "REJECT"
    refused = {finding.check for finding in verdict.findings if finding.status == "fail"}
    assert "recomputation" in refused, told(verdict)


def test_a_short_run_that_claims_hours_is_done_again_in_full(workshop, tmp_path):
    forger = workshop.forger("simulation", tmp_path / "workspace")
    retime(
        forger,
        lambda r: with_cpu(with_heartbeats(stretched(r, 1000.0), 60.0), lambda cpu: 1000 * cpu),
    )
    verdict = verdict_on(forger.root, forger.model, replay="challenge")
    assert "done again in full" in recomputed(verdict)
    assert "effort" in {finding.check for finding in verdict.reasons}, told(verdict)
