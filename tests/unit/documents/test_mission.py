"""The mission analysis counts, orders and warns before anything is trained."""

from pathlib import Path

import pytest

from assay.campaign.discovery import discover
from assay.campaign.expectations import checkpoints, heartbeats, least_minutes
from assay.campaign.problems import all_problems, model_problems
from assay.campaign.rounds import chains, rounds
from assay.core.config import Config
from assay.core.workspace import Workspace
from assay.design import parse_design
from assay.documents.mission import analyse_mission
from sample_designs import minimal, write_design, write_model


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "ö workspace")


def analyse(workspace, **config):
    return analyse_mission(workspace, discover(workspace), Config(**config))


def row_of(text, model):
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {model} |")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_campaign_without_problems(workspace):
    for number in range(1, 8):
        write_model(workspace, number, "expected: {minutes: [2, 30]}\n" if number == 3 else "")
    assert all_problems(workspace, discover(workspace)) == {}
    text = analyse(workspace)
    assert "there are 7 models (1-7)" in text
    assert "independent" in text
    assert "rounds: 2" in text
    assert "None found" in text
    assert "Round 2: models 6-7" in text
    assert "(stated for 1 of 7 models)" in text
    assert row_of(text, 3) == [
        "3",
        "Toy 3",
        "convex",
        "3",
        "1",
        "none",
        "2-30 minutes",
        "0.6 minutes",
        "at least 2",
        "none",
    ]
    assert row_of(text, 7)[3:5] == ["2", "2"]
    assert row_of(text, 7)[6:8] == ["not stated (auto)", "none"]
    assert text == analyse(workspace)


def test_problems_stand_at_the_top_each_with_file_line_and_remedy(workspace):
    write_model(workspace, 1, "colour: blue\nconvergence: {rhat: 1}\n")
    write_model(workspace, 2, "depends_on: [3]\n")
    write_model(workspace, 3, "depends_on: [2]\n")
    write_model(workspace, 4, "depends_on: [9]\n")
    write_model(workspace, 5, code="def build(): pass\n")
    write_model(workspace, 6)
    workspace.code(6).unlink()
    workspace.features_candidates(6)[0].unlink()
    write_model(workspace, 7)
    workspace.features_candidates(7)[1].write_bytes(b"twice")
    write_model(workspace, 8)
    write_design(workspace.root / "model", minimal(1), number="01")
    found = all_problems(workspace, discover(workspace))
    assert set(found) == {0, 1, 2, 3, 4, 5, 6, 7}
    expected = {
        0: ["model_design_01.md:1: file: "],
        1: ["model_design_1.md:8: colour: ", "model_design_1.md:9: convergence.rhat: "],
        2: ["model_design_2.md:8: depends_on: "],
        3: ["model_design_3.md:8: depends_on: "],
        4: ["model_design_4.md:8: depends_on: "],
        5: ["model_5.py:1: build: it takes 0", "model_5.py:1: results: there is no"],
        6: ["model_6.py:1: file: the model's code is missing", "features_6.pkl:1: file: "],
        7: ["model 7 has its features twice"],
    }
    for model, texts in expected.items():
        assert len(found[model]) == len(texts), found[model]
        for text in texts:
            assert any(text in problem for problem in found[model]), (text, found[model])
        assert all("; " in problem for problem in found[model])
    text = analyse(workspace)
    head = text[: text.index("## Dependencies")]
    assert "Missing input files: 2" in head
    assert "Problems: 11" in head
    for model, texts in expected.items():
        who = f"Model {model}" if model else "Workspace"
        assert head.count(f"- {who}: ") == len(texts)
    assert row_of(text, 6)[-1] == (
        "implementation/code/model_6.py, implementation/data/features_6.pkl"
    )
    assert row_of(text, 1)[1] == "Toy 1"
    assert row_of(text, 1)[6:9] == ["unknown"] * 3


def test_features_that_the_workflow_builds_may_be_missing(workspace):
    write_model(workspace, 1)
    workspace.features_candidates(1)[0].unlink()
    campaign = discover(workspace)
    assert set(all_problems(workspace, campaign)) == {1}
    assert all_problems(workspace, campaign, built=(1,)) == {}
    assert model_problems(workspace, campaign, 1, built=[1]) == []
    assert "None found" in analyse_mission(workspace, campaign, Config(), built=(1,))


def test_chains_are_shown_and_rounds_respect_them(workspace):
    edges = {1: [], 2: [1], 3: [2], 4: [1], 5: [], 6: [3, 5]}
    for number, upstream in edges.items():
        write_model(workspace, number, f"depends_on: {upstream}\n")
    campaign = discover(workspace)
    assert chains(campaign) == [[1, 4], [1, 2, 3, 6]]
    assert rounds(campaign, 5) == {1: 1, 2: 2, 3: 3, 4: 2, 5: 1, 6: 4}
    assert rounds(campaign, 1) == {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6}
    text = analyse(workspace)
    assert "4 of them read results of others" in text
    assert "- 1 → 2 → 3 → 6 (4 models)" in text
    assert row_of(text, 6)[5] == "3, 5"


def test_one_is_not_several(workspace):
    for number in (1, 2):
        write_model(workspace, number, "depends_on: [1]\n" if number == 2 else "")
    text = analyse(workspace)
    assert "1 of them reads results of others" in text
    assert "- Round 1: model 1\n- Round 2: model 2\n" in text


def test_no_round_holds_more_models_than_workers(workspace):
    for number in range(1, 24):
        write_model(workspace, number, f"depends_on: [{number - 3}]\n" if number > 20 else "")
    found = rounds(discover(workspace), 4)
    assert max(found.values()) == 6
    assert all(list(found.values()).count(number) <= 4 for number in range(1, 7))


def test_a_full_round_is_passed_over(workspace):
    for number in range(1, 5):
        write_model(workspace, number, "depends_on: [1]\n" if number > 1 else "")
    assert rounds(discover(workspace), 2) == {1: 1, 2: 2, 3: 2, 4: 3}


def design_of(method, training="", minutes="auto"):
    extra = f"expected: {{minutes: {minutes}}}\ntraining: {{{training}}}\n"
    return parse_design(Path("model_design_1.md"), minimal(1, extra, method=method).encode())


@pytest.mark.parametrize(
    ("method", "training", "minutes", "expected"),
    [
        ("bayesian", "", "[2, 30]", (6, 34)),
        ("bayesian", "chains: 2", "[0.2, 0.5]", (2, 2)),
        ("bayesian", "", "auto", (4, None)),
        ("convex", "", "[2, 30]", (2, None)),
        ("iterative", "max_steps: 100, checkpoint_every: 10", "auto", (2, 11)),
        ("iterative", "max_steps: 100, restarts: 2", "auto", (6, 63)),
        ("simulation", "replicates: 1000", "auto", (20, 20)),
    ],
)
def test_expected_checkpoints_by_method(method, training, minutes, expected):
    assert checkpoints(design_of(method, training, minutes), 60) == expected


def test_precision_may_need_further_batches():
    design = design_of("simulation", "replicates: 100, precision: {x: {rel: 0.1}}")
    least, most = checkpoints(design, 60)
    assert least == 20
    assert most > 20


def test_expected_heartbeats_and_minimum():
    design = design_of("convex", minutes="[1, 30]")
    assert heartbeats(design, 30) == (2, 60)
    assert least_minutes(design) == pytest.approx(0.3)
    assert least_minutes(design_of("convex")) is None


def test_titles_cannot_rearrange_the_document(workspace):
    write_model(workspace, 1)
    text = minimal(1).replace("title: Toy 1", 'title: "a | b\\n# c"')
    write_design(workspace.root / "model", text)
    assert row_of(analyse(workspace).replace("\\|", "/"), 1)[1] == "a / b # c"


def test_an_empty_workspace_is_analysed_in_words(tmp_path):
    text = analyse(Workspace(tmp_path))
    assert "there are 0 models" in text
    assert "write model_design_1.md there" in text


def test_a_chain_of_a_thousand_models_is_analysed(workspace):
    for number in range(1, 1001):
        write_model(workspace, number, f"depends_on: [{number - 1}]\n" if number > 1 else "")
    text = analyse(workspace)
    assert "(1000 models)" in text
