"""Models are found, ordered and judged by their place among the others."""

import pytest

from assay.campaign.discovery import NO_MODEL, discover, trainer_number
from assay.core.errors import ConfigError
from assay.core.workspace import Workspace
from sample_designs import minimal, write_design


def workspace_of(tmp_path, edges):
    for number, upstream in edges.items():
        extra = f"depends_on: {list(upstream)}\n"
        write_design(tmp_path / "model", minimal(number, extra), number)
    return Workspace(tmp_path)


def test_any_positive_numbers_with_gaps(tmp_path):
    campaign = discover(workspace_of(tmp_path, {7: [], 1: [], 1000: [7], 12: []}))
    assert campaign.models == (1, 7, 12, 1000)
    assert campaign.problems == {}
    assert campaign.depends_on == {1: (), 7: (), 12: (), 1000: (7,)}
    assert campaign.outlines[12].title == "Toy 12"
    with pytest.raises(AttributeError):
        campaign.models = ()  # type: ignore[misc]  # refused, as a type checker says too


def test_upstream_is_transitive_and_the_order_respects_it(tmp_path):
    campaign = discover(workspace_of(tmp_path, {1: [4], 2: [1], 3: [1, 2], 4: [], 5: []}))
    assert dict(campaign.upstream) == {1: (4,), 2: (1, 4), 3: (1, 2, 4), 4: (), 5: ()}
    assert len(campaign.upstream) == 5
    assert campaign.order == (4, 1, 2, 3, 5)
    assert campaign.problems == {}


def test_a_missing_upstream_model_is_named_with_file_and_line(tmp_path):
    workspace = workspace_of(tmp_path, {2: [1, 9]})
    text = minimal(3, "depends_on:\n  - 2\n  - 8\n")
    path = write_design(tmp_path / "model", text, 3)
    campaign = discover(workspace)
    line = text.splitlines().index("  - 8") + 1
    assert campaign.problems[3][0].startswith(f"{path}:{line}: depends_on: ")
    assert "model_design_8.md" in campaign.problems[3][0]
    assert len(campaign.problems[2]) == 2
    assert campaign.depends_on == {2: (), 3: (2,)}


def test_a_cycle_is_reported_for_each_of_its_models_only(tmp_path):
    edges = {1: [2], 2: [3], 3: [1, 5], 4: [1], 5: [], 6: [5]}
    workspace = workspace_of(tmp_path, edges)
    campaign = discover(workspace)
    assert set(campaign.problems) == {1, 2, 3}
    for model in (1, 2, 3):
        (text,) = campaign.problems[model]
        assert text.startswith(f"{workspace.design(model)}:")
        assert "cycle" in text
        assert "1 -> 2 -> 3 -> 1" in text
    # Edges of the cycle are gone, those of the others stand.
    assert campaign.depends_on == {1: (), 2: (), 3: (), 4: (1,), 5: (), 6: (5,)}
    assert sorted(campaign.order) == [1, 2, 3, 4, 5, 6]


def test_two_cycles_joined_by_a_bridge_leave_the_bridge_alone(tmp_path):
    edges = {1: [2], 2: [1], 3: [2], 4: [3, 5], 5: [4]}
    campaign = discover(workspace_of(tmp_path, edges))
    assert set(campaign.problems) == {1, 2, 4, 5}
    assert campaign.depends_on[3] == (2,)


def test_chains_and_cycles_of_a_thousand_models_meet_no_recursion_limit(tmp_path):
    chain = {i: [i + 1] for i in range(1, 1000)} | {1000: []}
    campaign = discover(workspace_of(tmp_path, chain))
    assert campaign.order == tuple(range(1000, 0, -1))
    assert len(campaign.upstream[1]) == 999
    write_design(tmp_path / "model", minimal(1000, "depends_on: [1]\n"), 1000)
    campaign = discover(Workspace(tmp_path))
    assert len(campaign.problems) == 1000
    assert "(1000 models)" in campaign.problems[500][0]
    assert len(campaign.problems[500][0]) < 400


def test_names_that_are_almost_right_are_reported(tmp_path):
    workspace = workspace_of(tmp_path, {1: []})
    for name in ("model_design_01.md", "model_design_x.md", "Model_Design_3.md", "notes.md"):
        (tmp_path / "model" / name).write_text(minimal(1), encoding="utf-8")
    campaign = discover(workspace)
    assert campaign.models == (1,)
    texts = campaign.problems[NO_MODEL]
    assert len(texts) == 3
    assert all("rename it" in text for text in texts)
    assert not any("notes.md" in text for text in texts)
    # A selection is bothered by its own models only.
    assert len(discover(workspace, [1]).problems[NO_MODEL]) == 1


def test_an_empty_or_absent_folder_is_a_problem(tmp_path):
    assert "no design" in discover(Workspace(tmp_path)).problems[NO_MODEL][0]
    (tmp_path / "model").mkdir()
    campaign = discover(Workspace(tmp_path))
    assert campaign.models == campaign.order == ()


def test_a_selection_brings_the_models_it_reads(tmp_path):
    workspace = workspace_of(tmp_path, {1: [], 2: [1], 3: [2], 4: [], 5: [99]})
    campaign = discover(workspace, [3])
    assert campaign.models == (1, 2, 3)
    assert campaign.problems == {}
    assert discover(workspace, (4,)).models == (4,)


def test_a_selection_without_a_design_is_an_error_in_words(tmp_path):
    workspace = workspace_of(tmp_path, {1: []})
    with pytest.raises(ConfigError, match=r"models: there is no design of model 7, 8"):
        discover(workspace, [1, 8, 7])


def test_a_broken_design_has_no_dependencies_but_takes_part(tmp_path):
    workspace = workspace_of(tmp_path, {1: [], 3: [2]})
    text = minimal(2, "depends_on: [1, one]\n")
    write_design(tmp_path / "model", text, 2)
    campaign = discover(workspace)
    assert campaign.models == (1, 2, 3)
    assert campaign.outlines[2].broken
    assert campaign.depends_on == {1: (), 2: (), 3: (2,)}


def test_worker_numbers_go_round_and_do_not_depend_on_the_selection(tmp_path):
    workspace = workspace_of(tmp_path, {number: [] for number in (2, 3, 5, 8, 13, 21, 34)})
    campaign = discover(workspace)
    workers = [trainer_number(campaign, model, 5) for model in campaign.models]
    assert workers == [1, 2, 3, 4, 5, 1, 2]
    assert trainer_number(campaign, 34, 1) == 1
    assert trainer_number(discover(workspace, [21]), 21, 5) == 1
    assert trainer_number(discover(workspace, [34]), 34, 5) == 2


def test_a_chain_of_two_thousand_models_is_followed(tmp_path):
    workspace = workspace_of(tmp_path, {i: ([i - 1] if i > 1 else []) for i in range(1, 2001)})
    assert discover(workspace).depends_on[2000] == (1999,)
