"""Stein's identities and the errors they are judged by, against slow and plain formulas."""

import math

import numpy as np
import pytest

from assay.methods.bayesian import stein
from assay.methods.bayesian.stein import standard_errors, stein_criteria, z_scores


def plain_standard_error(values):
    """Return the standard error of the mean of (chain, draw), by sums over lags."""
    chains, draws = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    lagged = [
        np.mean([row[: draws - lag] @ row[lag:] / draws for row in centred]) for lag in range(draws)
    ]
    within = lagged[0] * draws / (draws - 1)
    between = np.var(values.mean(axis=1), ddof=1) if chains > 1 else 0.0
    total = within * (draws - 1) / draws + between
    rho = [1.0, *(1 - (within - each) / total for each in lagged[1:])]
    tau, smallest = -1.0, math.inf
    for lag in range(0, draws - 1, 2):
        pair = rho[lag] + rho[lag + 1]
        if pair <= 0:
            break
        smallest = min(smallest, pair)
        tau += 2 * smallest
    effective = chains * draws / max(tau, 1 / math.log10(chains * draws))
    return math.sqrt(np.var(values, ddof=1) / effective)


def correlated(rng, chains, draws, by):
    values = rng.normal(size=(chains, draws))
    for k in range(1, draws):
        values[:, k] += by * values[:, k - 1]
    return values


@pytest.mark.parametrize(
    ("chains", "draws", "by"),
    [
        (4, 50, 0.0),
        (4, 51, 0.8),
        (2, 32, 0.95),
        (2, 33, -0.9),
        (1, 40, 0.5),
        (3, 2, 0.0),
        (3, 3, 0.5),
        (2, 200, 0.99),
    ],
)
def test_errors_are_those_of_the_formula(chains, draws, by):
    rng = np.random.default_rng(5)
    columns = [correlated(rng, chains, draws, by) for _ in range(6)]
    found = standard_errors(np.stack(columns, axis=-1))
    assert found == pytest.approx([plain_standard_error(column) for column in columns], rel=1e-9)


def test_one_error_that_was_reckoned_by_hand():
    # rho is 1, -1/12, -19/30, so tau would be 5/6; it is not believed under 1 / log10(4).
    found = standard_errors(np.array([[1.0, 2.0, 3.0, 4.0]])[..., None])
    assert found == pytest.approx([math.sqrt(5 / 3 / math.log10(4) / 4)])


@pytest.mark.parametrize("columns", [0, 1, 63, 64, 65, 129])
def test_columns_are_judged_each_by_itself(columns):
    values = np.random.default_rng(2).normal(size=(2, 20, columns))
    alone = [standard_errors(values[..., k : k + 1])[0] for k in range(columns)]
    assert standard_errors(values).tolist() == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize("chain_means_differ", [True, False])
def test_a_score_is_the_gap_in_errors(chain_means_differ):
    values = np.random.default_rng(3).normal(size=(4, 100, 2))
    values[0] += 1.0 if chain_means_differ else 0.0
    error = standard_errors(values)
    assert z_scores(values, 0.5) == pytest.approx((values.mean(axis=(0, 1)) - 0.5) / error)


@pytest.mark.parametrize(
    ("value", "expected", "exact"),
    [
        (0.0, 0.0, True),
        (1e-300, 0.0, False),
        (1e6 + 0.9e-6, 1e6, True),
        (1e6 + 1.2e-6, 1e6, False),
        (-1 - 0.9e-12, -1.0, True),
        (-1 - 1.1e-12, -1.0, False),
        (-1 + 0.9e-12, -1.0, True),
        (-1 + 1.1e-12, -1.0, False),
    ],
)
def test_a_column_that_never_changes_is_right_to_rounding_or_very_wrong(value, expected, exact):
    (score,) = z_scores(np.full((2, 32, 1), value), expected)
    assert score == 0.0 if exact else abs(score) > 1e3


def test_the_scale_of_rounding_is_the_largest_value():
    values = np.array([1e3, -1e3 + 1.8e-9, 1e3, -1e3])  # their mean is 4.5e-10
    assert z_scores(np.tile(values, (2, 1))[..., None], 0.0) == [0.0]
    assert z_scores(np.array([[-3.0, 1, 1, 1 + 1e-11]] * 2)[..., None], 0.0) == [0.0]
    values[1] += 3e-9
    assert z_scores(np.tile(values, (2, 1))[..., None], 0.0) != [0.0]


def scored(monkeypatch, mean, scale, trace):
    """Return the criteria for given scores of three coordinates, 4 chains of 500 draws."""
    scores = iter([np.array(mean), np.array(scale), np.array([trace])])
    monkeypatch.setattr(stein, "z_scores", lambda values, expected: next(scores))
    draws = np.zeros((4, 500, 3))
    return {c.name: c for c in stein_criteria(draws, draws, ["a", "b", "c"])}


# Student's quantile with 4 * 500 / 8 degrees of freedom at 1e-6 / 2 / 7.
JUST_BELOW, JUST_ABOVE = 5.4162, 5.4163


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", ["stein_mean", "stein_scale", "stein_trace"])
def test_the_seven_scores_of_three_coordinates_share_one_millionth(monkeypatch, name, sign):
    fine, short = [0.1, -0.2, 0.3], name.removeprefix("stein_")
    for largest, passed in ((JUST_BELOW, True), (JUST_ABOVE, False), (math.nan, False)):
        one = sign * largest
        changed = {"trace": 0.1, "mean": fine, "scale": fine}
        changed[short] = one if short == "trace" else [0.1, one, 0.3]
        criteria = scored(monkeypatch, **changed)
        assert [c.name for c in criteria.values() if not c.passed] == ([] if passed else [name])
        assert criteria[name].where == ("all coordinates" if short == "trace" else "b")
        assert not criteria[name].gates
        assert criteria[name].comparison == "<"


def test_draws_of_a_normal_density_fulfil_every_identity():
    draws = np.random.default_rng(11).normal(size=(4, 500, 3))
    means = draws.mean(axis=(0, 1))
    for criterion in stein_criteria(draws, -draws, ["a", "b", "c"]):
        assert criterion.passed
    products = (draws - means) * -draws
    expected = {
        "stein_mean": np.abs(z_scores(-draws, 0.0)).max(),
        "stein_scale": np.abs(z_scores(products, -1.0)).max(),
        "stein_trace": np.abs(z_scores(products.sum(axis=-1, keepdims=True), -3.0)).max(),
    }
    found = {c.name: c.value for c in stein_criteria(draws, -draws, ["a", "b", "c"])}
    assert found == pytest.approx(expected)
    assert min(expected.values()) > 0


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        (lambda x: x + np.array([0, 1.0, 0]), {"stein_mean"}),
        (lambda x: x * np.array([1, 1, 2.0]), {"stein_scale", "stein_trace"}),
    ],
)
def test_draws_of_another_density_do_not(change, failing):
    draws = change(np.random.default_rng(11).normal(size=(4, 500, 3)))
    criteria = stein_criteria(draws, -draws, ["a", "b", "c"])
    assert {c.name for c in criteria if not c.passed} == failing
