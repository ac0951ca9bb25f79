"""A new method is one new package and one line: one that assay has never heard of goes all the way.

The package is `grid_search` beside this folder, the line is `METHODS[NAME] = "grid_search"`.
"""

import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import evidence_samples as samples
from assay.campaign import source_digest
from assay.campaign.discovery import discover
from assay.campaign.expectations import checkpoints
from assay.campaign.plan import make_plan
from assay.campaign.source_digest import training_digest
from assay.core.workspace import Workspace
from assay.design import load_design
from assay.design.load import parse_design
from assay.design.problems import InvalidDesignError
from assay.documents.completion import completion_report
from assay.documents.mission import analyse_mission
from assay.evidence.publication import publish_results
from assay.methods import METHODS, traits_of
from assay.training.request import Request
from assay.training.train import train_model
from assay.validation.case import Options
from assay.validation.model import validate_model
from grid_search import NAME
from grid_search import traits as grid
from reporting_outcomes import trained
from sample_designs import minimal
from toys import Toy, write_workspace

TESTS = Path(__file__).parents[2]
CODE = """
import numpy as np, pandas as pd

def points(inputs):
    inputs.features.sort()
    return [[float(a), float(b)] for a in inputs.features for b in inputs.features]

def score(inputs, point):
    return (point[0] - 2) ** 2 + (point[1] - 1) ** 2

def results(inputs, fit):
    return pd.DataFrame({"name": ["a", "b"], "x": fit.point + fit.score})
"""
TOY = Toy(1, NAME, CODE, training={"most": 100}, features=[3, 1, 2])
# Its points and their scores, which are its two checkpoints, are the same numbers.
RESTING = """
import pandas as pd

def points(inputs):
    return [[float(a)] for a in inputs.features]

def score(inputs, point):
    return point[0]

def results(inputs, fit):
    return pd.DataFrame({"name": ["a", "b"], "x": [fit.point[0], 2 * fit.score]})
"""
# A worker is another process, which has to be told the line too.
WORKER = f"""\
#!{sys.executable}
import sys

sys.path.insert(0, {str(TESTS)!r})
from assay.methods import METHODS
from assay.worker.__main__ import main

METHODS[{NAME!r}] = "grid_search"
assert sys.argv[1:3] == ["-m", "assay.worker"]
del sys.argv[1:3]
main()
"""


@pytest.fixture(autouse=True)
def _the_one_line(monkeypatch):
    monkeypatch.setitem(METHODS, NAME, "grid_search")


@pytest.fixture(autouse=True)
def _its_source_beside_the_others(tmp_path, monkeypatch):
    """Have digests of the source find the package where they look for those of assay."""
    folder = tmp_path / "source"
    folder.mkdir()
    for package in source_digest.PACKAGES:
        (folder / package).symlink_to(source_digest.FOLDER / package)
    (folder / "grid_search").symlink_to(TESTS / "grid_search")
    monkeypatch.setattr(source_digest, "FOLDER", folder)
    monkeypatch.setattr(source_digest, "PACKAGES", (*source_digest.PACKAGES, "grid_search"))
    caches = (source_digest._digest, source_digest._own_source)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def workspace(tmp_path):
    return Workspace(write_workspace(tmp_path / "workspace", [TOY]))


def problems_of(text):
    with pytest.raises(InvalidDesignError) as caught:
        parse_design(Path("model_design_1.md"), text.encode())
    return str(caught.value)


def test_its_designs_are_read(workspace):
    design = load_design(workspace.design(1))
    training: Any = design.training
    assert (design.method, training.most) == (NAME, 100)
    assert design.front_matter()["training"] == {"most": 100, "order": "forwards"}


def test_what_is_wrong_with_its_designs_is_explained():
    listed = "bayesian, convex, iterative, simulation or grid"
    assert f"write method: {listed}" in problems_of(minimal(1).replace("method: convex\n", ""))
    assert f"did you mean {NAME}? write {listed}" in problems_of(minimal(1, method="grit"))
    needed = "number of points above which the search is refused"
    assert f"write most: and a value, the {needed}" in problems_of(minimal(1, method=NAME))
    fix = "training: {most: 9}\nemergency_fix: {order: backwards}\n"
    assert "order is the algorithm" in problems_of(minimal(1, fix, method=NAME))


def test_an_unregistered_method_is_unknown(workspace, monkeypatch):
    monkeypatch.delitem(METHODS, NAME)
    with pytest.raises(InvalidDesignError, match=f"{NAME} is not known"):
        load_design(workspace.design(1))
    assert discover(workspace).outlines[1].method == ""
    with pytest.raises(KeyError):
        traits_of(NAME)


def test_it_is_planned(workspace):
    plan = make_plan({"workspace": str(workspace.root)})
    assert plan.broken == {}
    assert plan.threads(1) == 3
    assert plan.training_source(1) == training_digest(NAME)


def test_its_code_is_checked(workspace):
    workspace.code(1).write_text("def points(inputs): return []\n", encoding="utf-8")
    (lines,) = make_plan({"workspace": str(workspace.root)}).broken.values()
    assert [line.split(": ")[1] for line in lines] == ["score", "results"]


def test_the_mission_says_what_to_expect(workspace):
    config = make_plan({"workspace": str(workspace.root)}).config
    assert checkpoints(load_design(workspace.design(1)), 60) == (2, 2)
    assert f"Methods: {NAME} 1" in analyse_mission(workspace, discover(workspace), config)


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Return what trains and publishes model 1 of a workspace, in a worker that knows the line."""
    worker = tmp_path / "worker"
    worker.write_text(WORKER, encoding="utf-8")
    worker.chmod(worker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(worker))

    def train(workspace):
        outcome = train_model(Request(workspace, 1, 1, 1, 60.0, "", training_digest(NAME)))
        assert outcome.failure is None
        publish_results(workspace, 1)
        return outcome

    return train


def judged(workspace, replay="full"):
    verdict = validate_model(workspace, 1, Options(replay=replay))
    return verdict.verdict, [(reason.check, reason.status) for reason in verdict.reasons]


def test_it_is_trained_reported_and_approved(workspace, train):
    outcome = train(workspace)
    assert workspace.results(1).read_text() == "name,x\na,2.0\nb,1.0\n"
    assert outcome.parameters == {"most": 100, "order": "forwards"}
    report = completion_report(outcome, 1, None)
    assert "- Training Method: Exhaustive search\n" in report
    assert "- Iterations Completed: 9 points\n" in report
    assert judged(workspace) == ("APPROVE", [])

    results = workspace.results(1)
    results.write_text(results.read_text().replace("b,1.0", "b,3.0"), encoding="utf-8")
    assert judged(workspace)[0] == "REJECT"


def test_its_certificate_stands_for_a_replay_if_it_proves_itself(workspace, train, monkeypatch):
    train(workspace)
    assert judged(workspace, "none") == ("INVESTIGATE", [("recomputation", "skipped")])
    monkeypatch.setattr(grid, "TRAITS", replace(grid.TRAITS, proves_itself=True))
    assert judged(workspace, "none") == ("APPROVE", [])


def test_its_checkpoints_may_hold_the_same_if_it_may_rest(tmp_path, train, monkeypatch):
    toy = replace(TOY, code=RESTING)
    workspace = Workspace(write_workspace(tmp_path / "resting", [toy]))
    train(workspace)
    verdict, reasons = judged(workspace)  # for which it is not done again either
    assert (verdict, reasons[0]) == ("REJECT", ("checkpoints", "fail"))
    monkeypatch.setattr(grid, "TRAITS", replace(grid.TRAITS, may_rest=True))
    assert judged(workspace) == ("INVESTIGATE", [("checkpoints", "warn")])


def test_a_report_names_a_method_of_another_assay():
    report = completion_report(samples.replace(trained(), method="annealing"), 1, None)
    assert "- Training Method: annealing\n" in report
