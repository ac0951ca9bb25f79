"""What counts as reaching a published answer; see the reference folder's README."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd
from case import Comparison

OPTIMUM = 1e-6
NEAR_ZERO = 1e-2
DIGITS = 1e-6
STANDARD_ERRORS = 4.0
SPREAD = 0.1


def optimum(published: float):
    """Return a comparison of an objective: 1e-6 relative, absolute where it is nearly zero."""

    def compare(table: pd.DataFrame) -> list[Comparison]:
        ours = float(table["value"].iloc[0])
        off = abs(ours - published)
        if abs(published) >= NEAR_ZERO:
            off /= abs(published)
        return [Comparison("objective", published, ours, off, OPTIMUM)]

    return compare


def certified(parameters: Sequence[float], rss: float):
    """Return a comparison of least-squares parameters and the residual sum of squares."""

    def compare(table: pd.DataFrame) -> list[Comparison]:
        wanted = {f"b{number}": value for number, value in enumerate(parameters, start=1)}
        return [
            Comparison(name, value, ours, abs(ours / value - 1), DIGITS)
            for name, value in {**wanted, "rss": rss}.items()
            for ours in [_value(table, name, "value")]
        ]

    return compare


def posterior(reference: Mapping[str, Mapping[str, float]]):
    """Return a comparison of means, within 4 combined standard errors, and of sd within 10 %.

    Args:
        reference: by parameter as posteriordb names it (theta[1] is the first): mean, sd and
            mcse_mean.
    """

    def compare(table: pd.DataFrame) -> list[Comparison]:
        found = []
        for name, known in reference.items():
            row = _from_zero(name)
            mean, sd = _value(table, row, "mean"), _value(table, row, "sd")
            error = math.hypot(_value(table, row, "mcse_mean"), known["mcse_mean"])
            off = abs(mean - known["mean"]) / error
            found += [
                Comparison(f"mean of {name}", known["mean"], mean, off, STANDARD_ERRORS),
                Comparison(f"sd of {name}", known["sd"], sd, abs(sd / known["sd"] - 1), SPREAD),
            ]
        return found

    return compare


def trajectories(
    species: Mapping[str, Mapping[str, Sequence[float]]], times: Sequence[float], replicates: int
):
    """Return DSMTS's own comparison: Z of means within 3, Y of variances within 5."""

    def compare(table: pd.DataFrame) -> list[Comparison]:
        found = []
        for name, known in species.items():
            for time, mean, sd in zip(times, known["mean"], known["sd"], strict=True):
                row = f"{name}({time:g})"
                ours, spread = _value(table, row, "mean"), _value(table, row, "sd")
                if sd <= 0:  # known exactly, as at the start
                    found.append(Comparison(f"mean of {row}", mean, ours, abs(ours - mean), 1e-9))
                    continue
                z = math.sqrt(replicates) * (ours - mean) / sd
                y = math.sqrt(replicates / 2) * (spread**2 / sd**2 - 1)
                found += [
                    Comparison(f"mean of {row}", mean, ours, abs(z), 3.0),
                    Comparison(f"sd of {row}", sd, spread, abs(y), 5.0),
                ]
        return found

    return compare


def stationary(exact: Mapping[str, float], precision: float):
    """Return a comparison of long-run averages within a relative precision."""

    def compare(table: pd.DataFrame) -> list[Comparison]:
        return [
            Comparison(name, value, ours, abs(ours / value - 1), precision)
            for name, value in exact.items()
            for ours in [_value(table, name, "value")]
        ]

    return compare


def _value(table: pd.DataFrame, quantity: str, column: str) -> float:
    rows = table.loc[table["quantity"] == quantity, column]
    return float(rows.iloc[0]) if len(rows) == 1 else math.nan


def _from_zero(name: str) -> str:
    """Return a parameter's name counted from zero: theta[1] is theta[0], b[1,2] is b[0, 1]."""
    if not name.endswith("]"):
        return name
    head, _, places = name[:-1].partition("[")
    return f"{head}[{', '.join(str(int(place) - 1) for place in places.split(','))}]"
