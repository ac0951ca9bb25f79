from pathlib import Path

import pandas as pd
import pytest
import yaml

from assay.design.load import load_design
from assay_demonstration.backtest import (
    FORECASTS,
    MEASURES,
    prepare_backtest,
    score_backtest,
    score_forecasts,
)
from assay_demonstration.medals import Tables, count_medals

DEMONSTRATION = Path(__file__).parents[3] / "output"


@pytest.fixture(scope="module")
def paris(tables: Tables) -> "pd.Series[float]":
    medals = count_medals(tables)
    return medals[medals["year"] == 2024].set_index("noc")["total"].astype(float)


def test_persistence_errs_as_published() -> None:
    errors = score_forecasts({})
    assert list(errors.index) == ["persistence"]
    assert errors.loc["persistence", MEASURES[0]] == pytest.approx(3.35, abs=0.005)


def test_the_truth_errs_nowhere_once_teams_are_joined(paris: "pd.Series[float]") -> None:
    errors = score_forecasts({"truth": paris})
    assert list(errors.loc["truth", list(MEASURES[1:])]) == [0, 0]
    assert errors.loc["truth", MEASURES[0]] == pytest.approx((5 + 5 + 1) / 110)  # ROC, AIN, EOR


def test_a_country_not_forecast_counts_as_none(paris: "pd.Series[float]") -> None:
    errors = score_forecasts({"nothing": paris.iloc[:0]})
    winners = paris.drop("RUS")
    assert errors.loc["nothing", MEASURES[2]] > winners[winners > 0].mean() / 2


def test_scores_are_read_from_published_results(tmp_path: Path, paris: "pd.Series[float]") -> None:
    folder = tmp_path / "implementation" / "data"
    folder.mkdir(parents=True)
    for model, column in FORECASTS.values():
        paris.rename(column).to_csv(folder / f"results_{model}.csv")
    lines = score_backtest(tmp_path).splitlines()
    assert [line.split()[-1] for line in lines if line.startswith("model")] == ["0.00", "0.00"]
    assert lines[-1].split()[:2] == ["persistence", "3.35"]


def test_a_model_that_published_nothing_has_no_score(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        score_backtest(tmp_path)


def test_the_backtest_has_the_same_models_and_older_data(tmp_path: Path) -> None:
    prepare_backtest(DEMONSTRATION, tmp_path)
    marker = yaml.safe_load((tmp_path / "demonstration.yaml").read_text(encoding="utf-8"))
    original = yaml.safe_load((DEMONSTRATION / "demonstration.yaml").read_text(encoding="utf-8"))
    assert marker == original | {"last_year": 2020}
    copied = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    wanted = [f"implementation/code/model_{model}.py" for model in original["models"]]
    wanted += [f"model/model_design_{model}.md" for model in original["models"]]
    assert copied == sorted([*wanted, "demonstration.yaml"])
    for name in wanted:
        assert (tmp_path / name).read_bytes() == (DEMONSTRATION / name).read_bytes()


def test_titles_are_those_of_the_designs() -> None:
    marker = yaml.safe_load((DEMONSTRATION / "demonstration.yaml").read_text(encoding="utf-8"))
    for model, title in marker["models"].items():
        design = load_design(DEMONSTRATION / "model" / f"model_design_{model}.md")
        assert (design.model, design.title) == (model, title)
