"""The director's summary."""

from dataclasses import replace

import pytest

from assay.core.criteria import judge
from assay.documents.director import director_summary
from reporting_outcomes import NASTY, failed, never_fitted, trained


def rows(text: str) -> list[list[str]]:
    """Return the cells of the table of models."""
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_complete_only_when_all_are_approved() -> None:
    outcomes = {1: trained(1), 2: trained(2)}
    approved = director_summary(outcomes, {}, verdicts={1: "APPROVE", 2: "APPROVE"})
    assert "**Phase 5 is complete.** All 2 models are trained and approved." in approved
    assert "Nothing: go on to the next phase." in approved
    for verdicts in (None, {}, {1: "APPROVE"}, {1: "APPROVE", 2: "approve?"}):
        text = director_summary(outcomes, {}, verdicts=verdicts)
        assert "**Phase 5 is not complete.**" in text
        assert "**Phase 5 is complete.**" not in text


def test_open_decision_keeps_the_phase_open() -> None:
    text = director_summary(
        {1: trained(1)},
        {},
        verdicts={1: "APPROVE"},
        decisions=["approve or reject the emergency fix of model 1."],
    )
    assert "**Phase 5 is not complete.** The one model is approved, but a decision is open." in text
    assert "- Decide: approve or reject the emergency fix of model 1.\n" in text


def test_provisional_results_are_no_approved_ones() -> None:
    text = director_summary(
        {1: trained(1), 2: trained(2), 3: trained(3)},
        {},
        verdicts={1: "APPROVE", 2: "APPROVE", 3: "REJECT"},
        provisional={1: "trained with its emergency fix", 3: "rests on model 1"},
        decisions=["assay approve 1 or assay reject 1"],
    )
    assert "Of 3 models: 1 rejected by validation, 1 provisional, 1 approved." in text
    status = {row[0]: row[3] for row in rows(text)}
    assert status == {
        "1": "**PROVISIONAL**: trained with its emergency fix",
        "2": "approved",
        "3": "**REJECTED**",
    }
    assert "- Decide: assay approve 1 or assay reject 1\n" in text


def test_issues_are_told_but_not_without_end() -> None:
    slow = replace(trained(1), issues=("slow: running for 2.0 days",))
    assert "## Noted on the way\n\n- model 1: slow: running for 2.0 days\n" in director_summary(
        {1: slow}, {}
    )
    many = {model: replace(slow, model=model) for model in range(1, 101)}
    assert director_summary(many, {}).count("slow: running") == 30
    assert "- and 70 more, in the consultations\n" in director_summary(many, {})
    assert "Noted on the way" not in director_summary({1: replace(slow, issues=())}, {})


def test_no_models() -> None:
    text = director_summary({}, {})
    assert "**Phase 5 is not complete:** there is no model." in text
    assert "Put a design" in text


def test_all_states_with_failures_first() -> None:
    text = director_summary(
        {
            1: trained(1),
            2: trained(2),
            3: failed(3),
            4: None,
            5: None,
            6: trained(6),
            7: trained(7),
            8: never_fitted(8),
        },
        {4: "waits for model 3"},
        verdicts={1: "APPROVE", 6: "REJECT", 7: "INVESTIGATE", 3: "APPROVE"},
    )
    assert (
        "Of 8 models: 2 failed, 1 rejected by validation, 1 to be investigated, 2 not trained, "
        "1 trained but not validated, 1 approved." in text
    )
    found = rows(text)
    assert [row[0] for row in found] == ["3", "8", "6", "7", "4", "5", "2", "1"]
    status = {row[0]: row[3] for row in found}
    assert status["3"].startswith("**FAILED** at convergence: 3 of 4 criteria failed")
    assert status["4"] == "not trained: waits for model 3"
    assert status["5"] == "not trained yet"
    assert status["6"] == "**REJECTED**"
    assert status["2"] == "trained, not validated"
    reports = {row[0]: row[6] for row in found}
    assert reports["6"] == "[validation](validation/time_validator_6.md)"
    assert reports["7"] == "[validation](validation/time_validator_7.md)"
    assert reports["1"] == "[completion](reports/completion_1.md)"
    assert reports["2"] == reports["4"] == "none yet"
    assert all(cell for row in found for cell in row)
    for step in (
        "- To the code translator, with the incident report: model 8.",
        "- To the modeler, with the incident report: model 3.",
        "train again: model 6.",
        "decide: model 7.",
        "- Train what is not trained yet: models 4-5.",
        "- Validate (Phase 5.5): model 2.",
    ):
        assert step in text


def test_row_of_one_model() -> None:
    text = director_summary({3: failed()}, {})
    assert rows(text)[0] == [
        "3",
        "Medals per country",
        "bayesian",
        "**FAILED** at convergence: 3 of 4 criteria failed",
        "1.5 h",
        "ebfmi NaN, not > 0.3 (chain 2)",
        "[incident](reports/incident_3.md)",
    ]
    waiting = director_summary({4: None}, {}, designed={4: ("Heights", "convex")})
    assert rows(waiting)[0][:4] == ["4", "Heights", "convex", "not trained yet"]


def test_totals() -> None:
    first, second = trained(1), trained(2)
    unknown = replace(second, timing=replace(second.timing, cpu_seconds=None))
    text = director_summary({1: first, 2: second, 3: None}, {})
    assert "- **Training time, added up:** 3.0 h over 2 models\n" in text
    assert "- **Processor time:** 5.0 h\n" in text
    assert "- **From the first start to the last end:** 1.5 h\n" in text
    text = director_summary({1: first, 2: unknown}, {})
    assert "- **Processor time:** 2.5 h (measured for 1 of them)\n" in text
    assert "Nothing was trained." in director_summary({1: None}, {})


@pytest.mark.parametrize("started", ["", "2030-01-01T00:00:00Z"])
def test_times_that_make_no_sense_are_left_out(started: str) -> None:
    odd = replace(trained(), timing=replace(trained().timing, started=started))
    assert "From the first start" not in director_summary({1: odd}, {})


def test_nasty_titles_do_not_break_the_table() -> None:
    markdown_it = pytest.importorskip("markdown_it")
    parser = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"])
    criteria = (judge("gap", 2.0, "<", 3.0, where="a|b*c*"),)
    text = director_summary({1: replace(trained(1), title=NASTY, criteria=criteria)}, {})
    tokens = parser.parse(text)
    begin = [token.type for token in tokens].index("tbody_open")
    cells = [token for token in tokens[begin:] if token.type == "inline"][:7]
    assert "".join(c.content for c in cells[1].children) == " ".join(NASTY.split())
    assert "".join(c.content for c in cells[5].children) == "gap 2 < 3 (a|b*c*)"
    assert cells[6].content == "none yet"


def test_a_thousand_models_are_a_thousand_rows() -> None:
    outcomes = {model: trained(model) if model % 10 else failed(model) for model in range(1, 1001)}
    text = director_summary(outcomes, {}, verdicts=dict.fromkeys(outcomes, "APPROVE"))
    assert len(rows(text)) == 1000
    assert "Of 1,000 models: 100 failed, 900 approved." in text
    assert [row[0] for row in rows(text)[:2]] == ["10", "20"]
