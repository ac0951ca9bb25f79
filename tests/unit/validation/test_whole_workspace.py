"""Judging a workspace: order, upstream, and models that cannot be judged."""

import pytest

from assay.commands.cli import main
from assay.core.errors import ConfigError, DesignError
from assay.core.workspace import Workspace
from assay.evidence.verdict import Finding, Verdict
from assay.validation import workspace
from assay.validation.case import Options
from assay.validation.checks import REQUIRED
from toys import DESCENT, SIMULATED, iterative, simulation, write_workspace

PASSES = tuple(Finding(name, "pass", "") for name in REQUIRED)


def test_without_a_run_there_is_no_approval(tmp_path, capsys):
    write_workspace(tmp_path, [iterative(1, DESCENT), simulation(2, SIMULATED)])
    assert main(["validate", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert told.count("REJECT") == 2
    assert "action RERUN" in told


def test_a_broken_design_ends_it_after_the_others_were_judged(tmp_path, capsys):
    write_workspace(tmp_path, [iterative(1, DESCENT), simulation(2, SIMULATED)])
    design = tmp_path / "model" / "model_design_1.md"
    design.write_text(design.read_text().replace("max_steps", "max_stepps"))
    assert main(["validate", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert "model 2: REJECT" in told.out
    assert "max_stepps" in told.err
    with pytest.raises(DesignError):
        list(workspace.validate_workspace(Workspace(tmp_path), [1], Options()))


def test_no_workspace_no_models_no_such_model(tmp_path):
    with pytest.raises(ConfigError, match="no workspace"):
        list(workspace.validate_workspace(Workspace(tmp_path), None, Options()))
    (tmp_path / "model").mkdir()
    with pytest.raises(ConfigError, match="no models"):
        list(workspace.validate_workspace(Workspace(tmp_path), None, Options()))
    write_workspace(tmp_path, [iterative(1, DESCENT)])
    with pytest.raises(ConfigError, match="9"):
        list(workspace.validate_workspace(Workspace(tmp_path), [9], Options()))


@pytest.mark.parametrize(
    ("first", "expected"), [("pass", "APPROVE"), ("fail", "INVESTIGATE"), ("warn", "INVESTIGATE")]
)
def test_a_model_is_no_better_than_those_it_reads(tmp_path, monkeypatch, first, expected):
    reader = simulation(2, SIMULATED, extra={"depends_on": [1]})
    write_workspace(tmp_path, [iterative(1, DESCENT), reader])

    def told(workspace, model, options, start):
        more = Finding("x", first if model == 1 else "pass", "", doubt=first == "warn")
        return Verdict(model, (*PASSES, more), REQUIRED)

    monkeypatch.setattr(workspace, "validate_model", told)
    verdicts = list(workspace.validate_workspace(Workspace(tmp_path), [2], Options()))
    assert [verdict.model for verdict in verdicts] == [1, 2]
    assert verdicts[1].verdict == expected


def test_exit_status():
    approved, doubted = Verdict(1, PASSES, REQUIRED), Verdict(1, (), REQUIRED)
    rejected = Verdict(1, (*PASSES, Finding("x", "fail", "")), REQUIRED)
    assert workspace.exit_status([approved, approved]) == 0
    assert workspace.exit_status([approved, doubted]) == 3
    assert workspace.exit_status([doubted, rejected]) == 1
