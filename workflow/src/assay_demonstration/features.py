"""The features of the demonstration's five models, one function each.

Features are dicts of arrays, numbers and text, so that the same tables give the same bytes and
any version of the libraries can read them. Countries are in alphabetical order of their code.
"""

import pickle
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.core.files import write_bytes
from assay.core.workspace import Workspace
from assay_demonstration.medals import (
    HOSTS,
    MEDALS,
    Tables,
    count_medals,
    count_medals_by_sport,
    name_countries,
    read_tables,
    summer_until,
)

Features = dict[str, Any]

CYCLE = 4  # years between Games
FIRST_TARGET = 2000  # 1996 follows the Unified Team's Games: no country's carry-over
FIRST_SPORTS = 1996
PICKLE_PROTOCOL = 5

# Games at which most of a country's athletes were kept out, so that its medals there say nothing
# about its strength: no outcome to learn from (they do count as its previous Games).
KEPT_OUT = ((2024, "RUS"),)

# Rows of the table of model 5 and of the factor model: medals enough to say something.
TABLE_MEDALS = 3
SPORTS_MEDALS = 5


def write_features(workspace: Path, models: Iterable[int], last_year: int) -> None:
    """Write features_{i}.pkl of the demonstration's models, each whole or not at all.

    Args:
        workspace: the workspace's folder.
        models: numbers of the models wanted, of 1 to 5.
        last_year: the last Games used as data; the forecast is for the Games after them.

    Raises:
        KeyError: the demonstration has no such model, or the next host is not known.
    """
    wanted = {model: BUILDERS[model] for model in sorted(models)}
    tables = summer_until(read_tables(), last_year)
    for model, build in wanted.items():
        path, _ = Workspace(workspace).features_candidates(model)
        write_bytes(path, pickle.dumps(build(tables, last_year), protocol=PICKLE_PROTOCOL))


def medal_features(tables: Tables, last_year: int) -> Features:
    """Return the features of model 1: Games since 2000, and the Games to be forecast.

    Keys: `rows` and `forecast`, dicts of equally long arrays as `list_entries` describes them,
    `rows` with the outcome too (`gold`, `silver`, `bronze`, `total`; counts) and with `size`, the
    medals given out there; `size`, those expected next time (as last time); `year`.
    """
    medals = count_medals(tables)
    forecast = list_entries(medals, last_year + CYCLE)
    names = name_countries(tables)
    forecast["country"] = [names.get(noc, noc) for noc in forecast["noc"]]
    return {
        "rows": _arrays(_outcomes(medals, last_year)),
        "forecast": _arrays(forecast),
        "size": _size(medals, last_year),
        "year": last_year + CYCLE,
    }


def first_medal_features(tables: Tables, last_year: int) -> Features:
    """Return the features of model 2: countries without a medal before each Games since 2000.

    Keys: `rows`, with arrays `noc`, `year`, `athletes` (at the previous Games), `games` (how
    many it had taken part in) and `won` (1 if its first medal came); `forecast`, likewise
    without `won`, with `country`; `year`.
    """
    medals = count_medals(tables)
    rows = pd.concat([_without_medal(medals, year) for year in _targets(last_year)])
    outcome = medals[["year", "noc", "total"]]
    rows = rows.merge(outcome, on=["year", "noc"])  # only who took part
    rows["won"] = (rows.pop("total") > 0).astype("int64")
    forecast = _without_medal(medals, last_year + CYCLE)
    names = name_countries(tables)
    forecast["country"] = [names.get(noc, noc) for noc in forecast["noc"]]
    return {"rows": _arrays(rows), "forecast": _arrays(forecast), "year": last_year + CYCLE}


def sport_features(tables: Tables, last_year: int) -> Features:
    """Return the features of model 4: medals by country and sport, 1996 to 2016.

    Keys: `noc` (countries with 5 medals or more that took part in one of the last two Games),
    `country`, `sport`, `medals` (countries × sports, counts), `games` (how many Games).
    """
    won = count_medals_by_sport(tables.athletes, FIRST_SPORTS)
    table = won.pivot_table(index="noc", columns="sport", values="medals", fill_value=0)
    going = list_entries(count_medals(tables), last_year + CYCLE)["noc"]
    table = table[(table.sum(axis=1) >= SPORTS_MEDALS) & table.index.isin(going)]
    table = table.loc[:, table.sum() > 0].sort_index(axis=0).sort_index(axis=1)
    names = name_countries(tables)
    years = tables.athletes["year"]
    last = min(last_year, 2016)
    return {
        "noc": _text(table.index),
        "country": _text([names.get(noc, noc) for noc in table.index]),
        "sport": _text(table.columns),
        "medals": table.to_numpy(dtype=np.int64),
        "games": int(years[years.between(FIRST_SPORTS, last)].nunique()),
    }


def table_features(tables: Tables, last_year: int) -> Features:
    """Return the features of model 5: who is in the 2028 table, and how much is given out.

    Keys: `noc` (every country forecast), `country`, `listed` (True for the countries with 3
    medals or more in the last three Games), `events` and `size` (gold medals and all medals of
    the last Games, taken for the next), `year`.
    """
    medals = count_medals(tables)
    nocs = list_entries(medals, last_year + CYCLE)["noc"]
    recent = medals[medals["year"] > last_year - 3 * CYCLE].groupby("noc")["total"].sum()
    names = name_countries(tables)
    return {
        "noc": _text(nocs),
        "country": _text([names.get(noc, noc) for noc in nocs]),
        "listed": recent.reindex(nocs, fill_value=0).to_numpy() >= TABLE_MEDALS,
        "events": int(medals.loc[medals["year"] == last_year, "gold"].sum()),
        "size": _size(medals, last_year),
        "year": last_year + CYCLE,
    }


BUILDERS: Mapping[int, Callable[[Tables, int], Features]] = {
    1: medal_features,
    2: first_medal_features,
    3: medal_features,
    4: sport_features,
    5: table_features,
}


def list_entries(medals: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return what is known of every country before the Games of a year, sorted by code.

    A country is expected if it took part in one of the two Games before. Columns: `noc`;
    `year`; `rate_1`, `rate_2`, `rate_3`, its medals per 1,000 given out at the last three Games
    (a Games it missed counts as the one beside it); `athletes`, how many it last sent;
    `previous`, its medals when it last took part; `host` and `was_host`, 1 for this and for the
    previous host, else 0.
    """
    before = [year - CYCLE * lag for lag in (1, 2, 3)]
    total = medals.pivot_table(index="noc", columns="year", values="total")
    athletes = medals.pivot_table(index="noc", columns="year", values="athletes")
    total, athletes = (table.reindex(columns=before) for table in (total, athletes))
    expected = total[before[:2]].notna().any(axis=1)
    total, athletes = total[expected].sort_index(), athletes[expected].sort_index()
    rates = [1000 * total[games] / _size(medals, games) for games in before]
    first, second = rates[0].fillna(rates[1]), rates[1].fillna(rates[0])
    return pd.DataFrame(
        {
            "noc": list(total.index),
            "year": year,
            "rate_1": first.to_numpy(),
            "rate_2": second.to_numpy(),
            "rate_3": rates[2].fillna(second).to_numpy(),
            "athletes": athletes[before[0]].fillna(athletes[before[1]]).to_numpy(np.int64),
            "previous": total[before[0]].fillna(total[before[1]]).to_numpy(np.int64),
            "host": (total.index == HOSTS[year]).astype(np.int64),
            "was_host": (total.index == HOSTS[year - CYCLE]).astype(np.int64),
        }
    )


def _outcomes(medals: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """Return the entries of all Games to learn from, with what came of them."""
    rows = pd.concat([list_entries(medals, year) for year in _targets(last_year)])
    outcome = medals[["year", "noc", *MEDALS, "total"]]
    rows = rows.merge(outcome, on=["year", "noc"])  # only who took part
    rows = rows[[pair not in KEPT_OUT for pair in zip(rows["year"], rows["noc"], strict=True)]]
    return rows.assign(size=rows["year"].map(medals.groupby("year")["total"].sum()))


def _without_medal(medals: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the entries of countries that had won nothing before the Games of a year."""
    before = medals[medals["year"] < year]
    past = before.groupby("noc").agg(won=("total", "sum"), games=("year", "nunique"))
    entries = list_entries(medals, year)[["noc", "year", "athletes"]].merge(past, on="noc")
    return entries[entries["won"] == 0].drop(columns="won")


def _targets(last_year: int) -> range:
    return range(FIRST_TARGET, last_year + 1, CYCLE)


def _size(medals: pd.DataFrame, year: int) -> int:
    """Return how many medals were given out at the Games of a year."""
    return int(medals.loc[medals["year"] == year, "total"].sum())


def _arrays(table: pd.DataFrame) -> dict[str, np.ndarray[Any, Any]]:
    return {
        str(name): _text(column) if name in ("noc", "country") else column.to_numpy()
        for name, column in table.items()
    }


def _text(values: Iterable[Any]) -> np.ndarray[Any, Any]:
    return np.array([str(value) for value in values])
