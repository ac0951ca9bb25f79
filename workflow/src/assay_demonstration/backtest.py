"""The backtest: the same models, given data up to 2020, against the Games of 2024.

The published measure counts every code of the tables by itself: Russia is ROC in 2020 and AIN in
2024. It covers the countries with a medal at either of the two Games, so that those with none,
which anyone forecasts right, do not flatter it. The forecasts know joined teams only: there
theirs stands under the code last used. A second measure joins the teams, and a third leaves
Russia out, most of whose athletes were kept from the Games of 2024, for no reason that medals up
to 2020 could tell.
"""

import re
from pathlib import Path

import pandas as pd
import yaml

from assay.core.files import write_bytes, write_text
from assay.core.workspace import Workspace
from assay_demonstration.features import CYCLE
from assay_demonstration.medals import MEDALS, SAME_TEAM, count_medals, read_tables, summer_until

LAST_YEAR = 2020
FORECASTS = {"model 1": (1, "total"), "model 3": (3, "median")}
MEASURES = ("codes as published", "teams joined", "without Russia")


def prepare_backtest(source: Path, workspace: Path) -> None:
    """Copy the demonstration's designs and code into another workspace, with data up to 2020.

    Args:
        source: the demonstration's workspace; nothing generated is taken from it.
        workspace: the folder to be filled; files of the same names are replaced.

    Raises:
        FileNotFoundError: the source is not the demonstration.
    """
    old, new = Workspace(source), Workspace(workspace)
    marker = old.demonstration.read_text(encoding="utf-8")
    for model in yaml.safe_load(marker)["models"]:
        for path, copy in (
            (old.design(model), new.design(model)),
            (old.code(model), new.code(model)),
        ):
            write_bytes(copy, path.read_bytes())
    moved = re.sub(r"(?m)^last_year:.*$", f"last_year: {LAST_YEAR}", marker)
    write_text(new.demonstration, moved)


def score_backtest(workspace: Path) -> str:
    """Return a table of mean absolute errors, in medals, of the forecasts of 2024.

    Args:
        workspace: the backtest's workspace, with the published results of models 1 and 3.

    Raises:
        FileNotFoundError: a model has not published its results.
    """
    forecasts = {name: _published(workspace, *place) for name, place in FORECASTS.items()}
    errors = score_forecasts(forecasts)
    lines = [
        f"Mean absolute error, in medals, of forecasts of {LAST_YEAR + CYCLE} "
        f"made with data up to {LAST_YEAR}",
        "",
        f"{'':<12}" + "".join(f"{name:>20}" for name in MEASURES),
    ]
    lines += [
        f"{name!s:<12}" + "".join(f"{row[measure]:>20.2f}" for measure in MEASURES)
        for name, row in errors.iterrows()
    ]
    return "\n".join(lines) + "\n"


def score_forecasts(forecasts: dict[str, "pd.Series[float]"]) -> pd.DataFrame:
    """Return the mean absolute error of each forecast and of persistence, by `MEASURES`.

    Args:
        forecasts: medals in 2024 by name of the forecast, indexed by a joined team's code; a
            country that is not there is taken to be forecast none.
    """
    tables = summer_until(read_tables(), LAST_YEAR + CYCLE)
    coded = tables.medals.groupby(["year", "noc"])[[*MEDALS]].sum().sum(axis=1)
    joined = count_medals(tables).set_index(["year", "noc"])["total"]
    last_codes = {SAME_TEAM[code]: code for code in coded.loc[LAST_YEAR].index if code in SAME_TEAM}
    pairs = {
        **{name: (one.rename(index=last_codes), one) for name, one in forecasts.items()},
        "persistence": (coded.loc[LAST_YEAR], joined.loc[LAST_YEAR]),
    }
    errors = {
        name: [
            _error(apart, coded, ()),
            _error(together, joined, ()),
            _error(together, joined, ("RUS",)),
        ]
        for name, (apart, together) in pairs.items()
    }
    return pd.DataFrame.from_dict(errors, orient="index", columns=list(MEASURES))


def _error(
    forecast: "pd.Series[float]", medals: "pd.Series[int]", without: tuple[str, ...]
) -> float:
    """Return the mean absolute error over the countries with a medal at either Games."""
    pair = pd.DataFrame({"now": medals.loc[LAST_YEAR + CYCLE], "last": medals.loc[LAST_YEAR]})
    pair = pair.fillna(0).drop(index=list(without))
    pair = pair[(pair["now"] > 0) | (pair["last"] > 0)]
    expected = forecast.reindex(pair.index).fillna(0)
    return float((pair["now"] - expected).abs().mean())


def _published(workspace: Path, model: int, column: str) -> "pd.Series[float]":
    path = Workspace(workspace).results(model)
    table = pd.read_csv(path, keep_default_na=False, encoding="utf-8")
    return table.set_index("noc")[column].astype(float)
