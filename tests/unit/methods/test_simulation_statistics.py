"""Settling, drift and precision of a simulation against plain formulas."""

import math

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind
from simulation_toys import rising

from assay.methods.simulation.precision import bound, half_width, is_met, worst_share
from assay.methods.simulation.series import Drift, drift, length, undeclared
from assay.methods.simulation.settings import Precision
from assay.methods.simulation.settling import halves, tails


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("count", [400, 401])
def test_halves_are_compared_as_by_welch(rng, count):
    x = rng.normal(size=(count, 3)) * [1, 2, 3]
    x[:, 1] += np.linspace(0, 1, count)
    half = count // 2
    squares = (x - x.mean(axis=0)) ** 2
    means = ttest_ind(x[:half], x[-half:], equal_var=False).statistic
    spreads = ttest_ind(squares[:half], squares[-half:], equal_var=False).statistic
    found = halves(x)
    assert found.value == pytest.approx(max(np.abs(means).max(), np.abs(spreads).max()))
    assert (found.element, found.what) == (1, "mean")
    upside_down = halves(-x)
    assert upside_down.value == pytest.approx(found.value)


def test_halves_may_differ_in_spread_alone(rng):
    x = rng.normal(size=(400, 3))
    x[200:, 2] *= 3
    assert (halves(x).element, halves(x).what) == (2, "spread")
    assert halves(x).value > 5
    x[7, 0] = np.nan
    with np.errstate(invalid="ignore"):
        assert halves(x).element == 0
        assert math.isnan(halves(x).value)


def test_halves_share_one_chance_in_ten_thousand(rng):
    # Student's quantiles with 398 degrees of freedom at 1e-4 / 4 and / 12.
    assert halves(rng.normal(size=(400, 1))).threshold == pytest.approx(4.100511027769874)
    assert halves(rng.normal(size=(400, 3))).threshold == pytest.approx(4.3588344661593545)


def test_halves_that_are_the_same_do_not_differ():
    with np.errstate(invalid="ignore"):  # as `diagnose` does
        assert halves(np.tile([[1.0], [3.0]], (200, 1))).value == 0.0


@pytest.mark.parametrize(
    ("varying", "judged_from"),
    [(199, None), (200, "40"), (999, "199"), (2000, "281")],
)
def test_tails_need_forty_deviations_and_end_at_a_root(rng, varying, judged_from):
    x = np.concatenate([np.abs(rng.normal(size=varying)) + 1, np.zeros(varying + 1)])
    found = tails(x[:, None])
    assert (found and found.what) == (judged_from and f"{judged_from} largest deviations")


def test_how_heavy_a_tail_may_be(rng):
    few, many = rng.normal(size=(200, 2)), rng.normal(size=(2000, 1))
    # 0.4 + 3.719 * sqrt(1.16 / 40), and 3.891 where two are judged; 0.8 once that is less.
    assert tails(few[:, :1]).threshold == pytest.approx(1.0333256863207496)
    assert tails(few).threshold == pytest.approx(1.0625439242586747)
    assert tails(many).threshold == 0.8


def two_sizes(large, by, count=500):
    """Return a column with `large` of its hundred largest deviations exp(by), the others 1."""
    return np.concatenate([np.full(large, math.exp(by)), np.ones(count - large), np.zeros(600)])


@pytest.mark.parametrize("by", [2.0, 0.5])
@pytest.mark.parametrize("large", [57, 61])
def test_the_index_of_two_sizes(large, by):
    share = large / 100
    found = tails(two_sizes(large, by)[:, None])
    assert found.value == pytest.approx(by * share + 1 - 0.5 / (1 - share))
    assert tails(-two_sizes(large, by)[:, None]).value == pytest.approx(found.value)


def test_the_index_is_the_moment_estimate(rng):
    x = rng.pareto(1.5, size=(2000, 1))
    largest = np.sort(np.abs(x - np.median(x)), axis=None)[::-1]
    logs = np.log(largest[:281] / largest[281])
    expected = logs.mean() + 1 - 0.5 / (1 - logs.mean() ** 2 / (logs**2).mean())
    assert tails(x).value == pytest.approx(expected)


@pytest.mark.parametrize("by", [2.0, 0.5])
@pytest.mark.parametrize("large", [62, 99, 100, 101])
def test_what_falls_off_faster_than_a_power_has_no_index(large, by):
    assert tails(two_sizes(large, by)[:, None]).value == -math.inf


def test_the_heaviest_of_several_tails_is_judged():
    columns = [two_sizes(57, by) for by in (1.0, 3.0, 3.0, 2.0)]
    assert tails(np.stack(columns, axis=1)).element == 1
    short = np.where(np.arange(1100) < 199, 2.0, 0.0)
    assert tails(np.stack([short, columns[0]], axis=1)).element == 1


@pytest.mark.parametrize("steps", [1, 3, 9, 20, 29, 100])
def test_drift_is_the_larger_of_two_contrasts(rng, steps):
    x = 5 + rng.normal(size=(400, steps)) + np.linspace(0, 0.2, steps)
    first, last = max(1, int(0.1 * steps)), max(1, int(0.5 * steps))
    contrasts = [x[:, -last:].mean(axis=1) - x[:, :first].mean(axis=1)]
    contrasts.append(x @ (np.arange(steps) - np.arange(steps).mean()))
    expected = max(abs(ttest_1samp(one, 0.0).statistic) if steps > 1 else 0.0 for one in contrasts)
    for sign in (1, -1):
        found = drift(sign * x, 1)
        assert found.value == pytest.approx(expected)
        assert found.early == pytest.approx(sign * x[:, :first].mean())
        assert found.late == pytest.approx(sign * x[:, -last:].mean())


def test_drifts_share_one_chance_in_ten_thousand(rng):
    # Student's quantiles with 399 degrees of freedom at 1e-4 / 4 and / 8.
    assert drift(rng.normal(size=(400, 50)), 1).threshold == pytest.approx(4.100397441239027)
    assert drift(rng.normal(size=(400, 50)), 2).threshold == pytest.approx(4.264872407501899)


def test_series_that_are_all_the_same_drift_infinitely_or_not_at_all():
    with np.errstate(all="raise"):
        assert drift(np.full((10, 20), 0.1), 1).value == 0.0
        assert drift(np.tile(np.arange(20.0), (10, 1)), 1).value == math.inf
        assert drift(np.tile(-np.arange(20.0), (10, 1)), 1).value == math.inf


def plain_length(x):
    """Return the length in autocorrelation times, by sums over lags."""
    x = x[np.linspace(0, len(x) - 1, min(len(x), 256)).astype(int)]
    steps = x.shape[1]
    centred = x - x.mean(axis=1, keepdims=True)
    lagged = [np.mean([r[: steps - k] @ r[k:] / steps for r in centred]) for k in range(steps)]
    time = -1.0
    for lag in range(0, steps - 1, 2):
        pair = (lagged[lag] + lagged[lag + 1]) / lagged[0]
        if pair <= 0:
            break
        time += 2 * pair
    return steps / max(time, 1 / steps)


@pytest.mark.parametrize(
    ("count", "steps", "by"),
    [(20, 64, 0.8), (20, 65, 0.5), (300, 30, 0.6), (20, 40, -0.9), (5, 2, 0.0), (256, 21, 0.9)],
)
def test_the_length_of_a_series_is_that_of_the_formula(rng, count, steps, by):
    x = rng.normal(size=(count, steps))
    for k in range(1, steps):
        x[:, k] += by * x[:, k - 1]
    assert length(x) == pytest.approx(plain_length(x))


def test_lengths_where_nothing_moves(rng):
    assert length(np.full((10, 30), 0.1)) == 30.0
    assert length(np.tile(rng.integers(0, 9, size=(10, 1)), (1, 30)).astype(float)) == 1.0
    # Two values in turn: as good as many independent ones, but not infinitely many.
    assert length(np.tile([1.0, -1.0], (4, 10))) == 400.0


@pytest.mark.parametrize("x", [[-1, 1, 0, -2, 3], [3, -2, 3, -3, 2, 1], [-2, 1, 1, -1, 3, -3, 2]])
def test_every_pair_counts_until_one_is_not_positive(x):
    series = np.array([x], dtype=float)
    assert length(series) == pytest.approx(plain_length(series))


def test_all_of_a_series_counts_that_never_forgets():
    x = np.array([[2.0, 2.0, -2.0, -2.0]])  # rho 1, 1/4, -1/2, -1/4
    assert length(x) == pytest.approx(4 / (2 * 1.25 - 1))


def test_fifty_elements_that_vary_together_look_like_a_series(rng):
    assert undeclared(rising(rng, 49)) is None
    found = undeclared(rising(rng, 50))
    assert found.value > found.threshold
    assert undeclared(rising(rng, 50, together=False)) is None
    assert undeclared(rising(rng, 50) - np.linspace(0, 20, 50)) is None
    assert undeclared(np.zeros((420, 50))) is None


@pytest.mark.parametrize(("changes", "seen"), [(12, True), (13, False)])
def test_neighbours_vary_together_for_half_of_their_power(changes, seen):
    # Of 49 pairs of neighbours `changes` are of opposite sign: 49 - 24 is half of 50.
    signs = np.cumprod([-1.0 if 0 < k <= changes else 1.0 for k in range(50)])
    x = np.stack([signs, -signs] * 100) + np.arange(50.0)
    assert (undeclared(x) is not None) is seen


@pytest.mark.parametrize(("value", "seen"), [(4.0, False), (np.nextafter(4.0, 5), True)])
def test_an_undeclared_drift_is_beyond_its_threshold(rng, monkeypatch, value, seen):
    from assay.methods.simulation import series

    monkeypatch.setattr(series, "drift", lambda x, n: Drift(value, 4.0 if n == 1 else 0, 0, 0))
    assert (undeclared(rising(rng, 50)) is not None) is seen


def test_undeclared_courses_are_judged_by_256_replicates(rng, monkeypatch):
    from assay.methods.simulation import series

    seen = []

    def drift(x, n):
        seen.append(x)
        return Drift(1.0, 4.0, 0, 0)

    monkeypatch.setattr(series, "drift", drift)
    x = rising(rng, 50)
    undeclared(x)
    undeclared(x[:100])
    assert np.array_equal(seen[0], x[np.linspace(0, 419, 256).astype(int)])
    assert np.array_equal(seen[1], x[:100])


def test_half_widths_are_student_s():
    x = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expected = 2.262157162798205 * x.std(ddof=1) / math.sqrt(10)
    assert half_width(x, Precision(abs=1)) == pytest.approx((expected, 0))
    assert half_width(x, Precision(rel=0.1)) == pytest.approx((expected / 5.5, 0))
    assert half_width(x / 100, Precision(rel=0.1)) == pytest.approx((expected / 5.5, 0))
    assert half_width(-x, Precision(rel=0.1)) == pytest.approx((expected / 5.5, 0))
    table = np.stack([x, 0 * x + 0.1, 3 * x, x], axis=1).reshape(10, 2, 2)
    assert half_width(table, Precision(abs=1)) == pytest.approx((3 * expected, 2))


def test_half_widths_at_their_ends():
    assert half_width(np.zeros((5, 0)), Precision(abs=1)) == (0.0, 0)
    assert half_width(np.full((3, 2), 0.1), Precision(abs=1)) == (0.0, 0)
    assert half_width(np.zeros((5, 2)), Precision(rel=0.1)) == (0.0, 0)
    around_zero = np.array([[0.0, 1.0], [0.0, -1.0]])
    assert half_width(around_zero, Precision(rel=0.1)) == (math.inf, 1)
    unknown = np.array([[0.0, 1.0], [1.0, np.nan]])
    assert half_width(unknown, Precision(abs=1)) == (math.inf, 1)


def test_a_precision_is_met_at_its_bound(rng):
    outputs = {"x": rng.normal(size=100), "y": rng.normal(size=(100, 2))}
    width = {name: half_width(values, Precision(abs=1))[0] for name, values in outputs.items()}
    exact = {name: Precision(abs=value) for name, value in width.items()}
    smaller = {**exact, "y": Precision(abs=np.nextafter(width["y"], 0))}
    assert is_met(outputs, exact)
    assert not is_met(outputs, smaller)
    assert is_met(outputs, {})
    assert bound(Precision(rel=0.25)) == 0.25
    assert bound(Precision(abs=2.0)) == 2.0
    assert worst_share(outputs, {}) == 0.0
    assert worst_share(outputs, exact) == 1.0
    halved = {"x": Precision(abs=2 * width["x"]), "y": Precision(abs=width["y"] / 2)}
    assert worst_share(outputs, halved) == pytest.approx(2.0)
