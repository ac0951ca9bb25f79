import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assay_demonstration import features
from assay_demonstration.features import BUILDERS, list_entries, write_features
from assay_demonstration.medals import Tables, count_medals, summer_until

MODELS = (1, 2, 3, 4, 5)


def built(workspace: Path) -> dict[str, bytes]:
    folder = workspace / "implementation" / "data"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def rows_of(table: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(table).set_index("noc")


@pytest.fixture(scope="module")
def medals(tables: Tables) -> pd.DataFrame:
    return count_medals(tables)


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_features(tmp_path / name, MODELS, 2024)
    first, second = built(tmp_path / "one"), built(tmp_path / "two")
    assert list(first) == [f"features_{model}.pkl" for model in MODELS]  # and nothing beside
    assert first == second


def test_only_the_models_asked_for_are_built(tmp_path: Path) -> None:
    write_features(tmp_path, [4], 2024)
    assert list(built(tmp_path)) == ["features_4.pkl"]


def test_an_unknown_model_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write_features(tmp_path, [1, 6], 2024)
    assert not (tmp_path / "implementation").exists()


@pytest.mark.parametrize("last_year", [2012, 2020])
def test_nothing_after_the_last_year_leaks(
    raw: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last_year: int
) -> None:
    write_features(tmp_path / "all", MODELS, last_year)
    monkeypatch.setattr(features, "read_tables", lambda: summer_until(raw, last_year))
    write_features(tmp_path / "cut", MODELS, last_year)
    assert built(tmp_path / "all") == built(tmp_path / "cut")


@pytest.mark.parametrize("model", MODELS)
def test_features_are_plain(tables: Tables, model: int) -> None:
    def check(value: Any) -> None:
        if isinstance(value, dict):
            assert all(isinstance(key, str) for key in value)
            for part in value.values():
                check(part)
        elif isinstance(value, np.ndarray):
            assert value.dtype.kind in "bifU"
            if value.dtype.kind == "f":
                assert np.isfinite(value).all()
        else:
            assert isinstance(value, int)

    stored = pickle.dumps(BUILDERS[model](tables, 2024), protocol=5)
    check(pickle.loads(stored))


@pytest.mark.parametrize(("last_year", "host"), [(2020, "FRA"), (2024, "USA")])
def test_the_next_host_is_known(raw: Tables, last_year: int, host: str) -> None:
    found = features.medal_features(summer_until(raw, last_year), last_year)
    forecast = rows_of(found["forecast"])
    assert found["year"] == last_year + 4
    assert list(forecast.index[forecast["host"] == 1]) == [host]


def test_an_unknown_host_is_an_error(medals: pd.DataFrame) -> None:
    with pytest.raises(KeyError):
        list_entries(medals, 2036)


def test_past_rates_are_per_thousand_medals(medals: pd.DataFrame) -> None:
    entries = rows_of(list_entries(medals, 2020).to_dict("list"))
    given_out = medals.loc[medals["year"] == 2016, "total"].sum()
    assert entries.loc["USA", "rate_1"] == pytest.approx(1000 * 121 / given_out)
    assert entries.loc["USA", "previous"] == 121


def test_a_country_that_missed_the_last_games_is_expected_back(medals: pd.DataFrame) -> None:
    entries = rows_of(list_entries(medals, 2024).to_dict("list"))
    north_korea = entries.loc["PRK"]
    assert north_korea["previous"] == 7  # of 2016
    assert north_korea["rate_1"] == north_korea["rate_2"] > 0
    assert north_korea["athletes"] > 0


def test_neutral_athletes_are_no_outcome_but_the_last_games(tables: Tables) -> None:
    found = features.medal_features(tables, 2024)
    rows, forecast = pd.DataFrame(found["rows"]), rows_of(found["forecast"])
    assert rows.loc[rows["noc"] == "RUS", "year"].max() == 2020
    assert forecast.loc["RUS", "previous"] == 5


def test_outcomes_are_those_of_the_medal_table(tables: Tables, medals: pd.DataFrame) -> None:
    rows = pd.DataFrame(features.medal_features(tables, 2024)["rows"])
    joined = rows.merge(medals, on=["year", "noc"], suffixes=("", "_table"))
    assert len(joined) == len(rows)
    assert (joined["total"] == joined["total_table"]).all()
    assert set(rows["year"]) == set(range(2000, 2025, 4))
    assert (rows["total"] == 0).any()


def test_first_medals_are_first(tables: Tables, medals: pd.DataFrame) -> None:
    found = features.first_medal_features(tables, 2024)
    winners = set(medals.loc[medals["total"] > 0, "noc"])
    assert not winners & set(found["forecast"]["noc"].tolist())
    rows = pd.DataFrame(found["rows"])
    first = rows[rows["won"] == 1]
    assert not first.duplicated("noc").any()
    assert {"ALB", "CPV", "DMA", "LCA"} == set(first.loc[first["year"] == 2024, "noc"])
    assert (rows["games"] >= 1).all()


def test_sports_are_a_table_of_countries(tables: Tables) -> None:
    found = features.sport_features(tables, 2024)
    assert found["medals"].shape == (len(found["noc"]), len(found["sport"]))
    assert found["noc"].tolist() == sorted(found["noc"].tolist())
    assert found["games"] == 6  # 1996 to 2016
    jamaica = found["medals"][found["noc"].tolist().index("JAM")]
    assert found["sport"][jamaica.argmax()] == "Athletics"


def test_the_table_lists_countries_with_recent_medals(tables: Tables) -> None:
    found = features.table_features(tables, 2024)
    listed = set(found["noc"][found["listed"]].tolist())
    assert {"USA", "CHN", "KEN"} <= listed
    assert "AND" not in listed
    assert found["events"] == 329
