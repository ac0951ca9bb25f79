"""Each trap of the Olympic tables has a test."""

import pandas as pd
import pytest

from assay_demonstration.medals import (
    Tables,
    count_delegations,
    count_medals,
    count_medals_by_sport,
    name_countries,
    summer_until,
)


@pytest.fixture(scope="module")
def medals(tables: Tables) -> pd.DataFrame:
    return count_medals(tables)


def total(medals: pd.DataFrame, year: int, noc: str) -> int:
    (row,) = medals[(medals["year"] == year) & (medals["noc"] == noc)].to_dict("records")
    return int(row["total"])


def test_one_row_per_games_and_country_without_gaps(medals: pd.DataFrame) -> None:
    assert not medals.duplicated(["year", "noc"]).any()
    assert not medals.isna().any().any()
    assert (medals["total"] == medals["gold"] + medals["silver"] + medals["bronze"]).all()


def test_the_two_editions_of_1956_are_one(raw: Tables, medals: pd.DataFrame) -> None:
    editions = raw.medals[(raw.medals["year"] == 1956) & (raw.medals["season"] == "Summer")]
    sweden = editions.loc[editions["noc"] == "SWE", "total"]
    assert len(sweden) == 2
    assert total(medals, 1956, "SWE") == sweden.sum()
    assert medals.loc[medals["year"] == 1956, "gold"].sum() == 147 + 6


def test_1906_is_no_olympic_games(raw: Tables, tables: Tables, medals: pd.DataFrame) -> None:
    assert 1906 in set(raw.medals["year"])
    for table in (tables.medals, tables.athletes, medals):
        assert 1906 not in set(table["year"])


def test_only_summer_games_count(raw: Tables, tables: Tables) -> None:
    assert set(raw.medals["season"]) == {"Summer", "Winter"}
    assert set(tables.medals["season"]) == set(tables.athletes["season"]) == {"Summer"}


def test_tokyo_is_2020(medals: pd.DataFrame) -> None:
    assert total(medals, 2020, "JPN") == 58
    assert 2021 not in set(medals["year"])


def test_russia_is_one_team_under_four_codes(medals: pd.DataFrame) -> None:
    assert [total(medals, year, "RUS") for year in (1992, 2016, 2020, 2024)] == [112, 56, 71, 5]
    assert not {"EUN", "ROC", "AIN"} & set(medals["noc"])


def test_germany_is_one_team_under_three_codes(raw: Tables, medals: pd.DataFrame) -> None:
    of_1988 = raw.medals[(raw.medals["year"] == 1988) & (raw.medals["season"] == "Summer")]
    both = of_1988.loc[of_1988["noc"].isin(["FRG", "GDR"]), "total"].sum()
    assert total(medals, 1988, "GER") == both == 142
    assert not {"FRG", "GDR"} & set(medals["noc"])


def test_lebanon_changes_its_code_only_in_one_table(raw: Tables, medals: pd.DataFrame) -> None:
    assert "LIB" in set(raw.athletes["noc"])
    assert "LIB" not in set(raw.medals["noc"])
    assert "LIB" not in set(medals["noc"])
    assert total(medals, 1980, "LBN") == 1


def test_who_wins_nothing_has_a_row_of_zeros(raw: Tables, medals: pd.DataFrame) -> None:
    assert "AND" not in set(raw.medals.loc[raw.medals["season"] == "Summer", "noc"])
    assert total(medals, 2016, "AND") == 0
    assert (medals.loc[medals["year"] == 2016, "total"] == 0).sum() > 100


def test_who_stays_away_has_no_row(medals: pd.DataFrame) -> None:
    pairs = set(zip(medals["year"], medals["noc"], strict=True))
    assert (2020, "PRK") not in pairs
    assert (2024, "BLR") not in pairs  # its athletes were neutrals
    assert (1980, "USA") not in pairs


def test_teams_that_are_no_country_are_left_out(raw: Tables, medals: pd.DataFrame) -> None:
    everyone = {"EOR", "IOA", "MIX", "UNK"}
    assert everyone <= set(raw.athletes["noc"].dropna()) | set(raw.medals["noc"])
    assert not (everyone | {"ROT"}) & set(medals["noc"])


def test_athletes_medals_are_not_counted(tables: Tables, medals: pd.DataFrame) -> None:
    bare = Tables(medals=tables.medals, athletes=tables.athletes.assign(medal=None))
    pd.testing.assert_frame_equal(count_medals(bare), medals)
    paris = medals[medals["year"] == 2024]
    assert paris["gold"].sum() == 329  # the athletes' rows hold some 240 medals fewer


def test_athletes_without_a_country_are_no_delegation(tables: Tables) -> None:
    assert tables.athletes.loc[tables.athletes["year"] == 2024, "noc"].isna().any()
    delegations = count_delegations(tables.athletes)
    assert delegations["noc"].str.fullmatch("[A-Z]{3}").all()
    assert (delegations["athletes"] > 0).all()


def test_medals_by_sport_end_with_2016(raw: Tables, tables: Tables) -> None:
    everything = count_medals_by_sport(tables.athletes, 1996)
    until_2016 = count_medals_by_sport(summer_until(raw, 2016).athletes, 1996)
    pd.testing.assert_frame_equal(everything, until_2016)


def test_a_team_wins_one_medal() -> None:
    athletes = pd.DataFrame(
        {
            "year": [2000, 2000, 2000, 2000, 2020],
            "noc": ["FRG", "FRG", "FRG", "USA", "FRG"],
            "sport": "Rowing",
            "event": ["eights", "eights", "pairs", "pairs", "pairs"],
            "medal": ["Gold", "Gold", "Gold", None, "Gold"],
        }
    )
    won = count_medals_by_sport(athletes, 1996)
    assert won.to_dict("records") == [{"noc": "GER", "sport": "Rowing", "medals": 2}]


def test_nothing_is_seen_after_the_last_year(raw: Tables) -> None:
    cut = summer_until(raw, 2012)
    assert cut.medals["year"].max() == cut.athletes["year"].max() == 2012


def test_every_country_has_a_name(tables: Tables, medals: pd.DataFrame) -> None:
    names = name_countries(tables)
    recent = medals.loc[medals["year"] >= 2020, "noc"]
    assert set(recent) <= set(names)
    assert names["CIV"] == "Côte d'Ivoire"
    assert names["NAM"] == "Namibia"
    assert names["RUS"] == "Russian Federation"
    assert names["SSD"] == "South Sudan"
    assert not [name for name in names.values() if name[-2:-1] == "-"]
