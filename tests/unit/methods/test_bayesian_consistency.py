"""What bayesian evidence says against itself, on draws written down here; nothing is sampled."""

import math

import numpy as np
import pytest
from bayesian_records import CHAINS, DRAWS, STATS, judged, make_fit

from assay.core.fit import Fit
from assay.methods.bayesian import consistency
from assay.methods.bayesian.consistency import (
    coordinates,
    discrete_columns,
    inspect,
)
from assay.methods.bayesian.settings import Training


def test_honest_draws_say_nothing_against_themselves():
    criteria = judged(make_fit())
    assert all(criterion.passed for criterion in criteria.values())
    assert list(criteria) == [
        "stored_arrays", "not_finite", "copied_draws", "rejected_moves",
        "negative_kinetic_energy", "kinetic_energy", "finished_chains", "snapshots",
        "stored_states", "identical_checkpoints",
    ]  # fmt: skip


def plain(*shape):
    return np.zeros((CHAINS, DRAWS, *shape))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"posterior__x": None}, "posterior/x"),
        ({"posterior__d": None}, "posterior/d"),
        ({"unconstrained": None}, "unconstrained"),
        ({"stats__depth": None}, "stats/depth"),
        ({"stats__logp": None}, "stats/logp"),
        ({"posterior__y": plain()}, "posterior/y"),
        ({"stats__tree": plain()}, "stats/tree"),
        ({"other": plain()}, "other"),
        ({"posterior__k": np.zeros((CHAINS - 1, DRAWS))}, "posterior/k"),
        ({"posterior__k": np.zeros((CHAINS, DRAWS + 1))}, "posterior/k"),
        ({"posterior__k": np.zeros((CHAINS, DRAWS), dtype=complex)}, "posterior/k"),
        ({"posterior__k": np.zeros((CHAINS, DRAWS), dtype="U1")}, "posterior/k"),
        ({"unconstrained": plain(2)}, "unconstrained"),
        ({"unconstrained": plain(4)}, "unconstrained"),
        ({"unconstrained": plain(3).astype(np.int64)}, "unconstrained"),
        ({"stats__depth": plain(1)}, "stats/depth"),
        ({"meta": {"sampler": "pymc"}}, "sampler"),
        ({"meta": {"sampler": None}}, "sampler"),
    ],
)
def test_one_array_that_is_not_the_designs_is_too_many(changes, where):
    found = judged(make_fit(**changes))
    assert list(found) == ["stored_arrays"]
    criterion = found["stored_arrays"]
    assert (criterion.value, criterion.threshold) == (1, 0)
    assert (criterion.passed, criterion.gates, criterion.where) == (False, True, where)


def test_every_wrong_array_is_counted_and_three_are_named():
    names = ("posterior__x", "posterior__k", "posterior__d", "stats__depth")
    criterion = judged(make_fit(**dict.fromkeys(names)))["stored_arrays"]
    assert (criterion.value, criterion.where.count(",")) == (4, 2)


@pytest.mark.parametrize(
    ("without", "known"),
    [
        ((), True),
        (("logp",), True),
        (STATS, True),
        (("energy",), False),
        (STATS[:-1], False),
    ],
)
def test_other_samplers_of_pymc_may_store_fewer_statistics(without, known):
    left_out = {f"stats__{name}": None for name in without}
    for sampler, fine in (("pymc", known), ("nutpie", not without)):
        fit = make_fit(meta={"sampler": sampler}, **left_out)
        assert judged(fit, sampler=sampler)["stored_arrays"].passed is fine


@pytest.mark.parametrize(
    ("free", "pairs", "wrong"),
    [
        (["x", "k"], [["x", "x"], ["k", "k"], ["k", "k"]], ["k"]),  # more than it has elements
        (["x", "k"], [["x", "x"], ["x", "x"], ["x", "x"]], ["x", "k"]),
        (["x", "k"], [["a", "x"], ["b", "x"], ["c", "d"]], ["k"]),  # none at all
        (["k", "x"], [["a", "x"], ["b", "x"], ["k", "k"]], ["coordinates"]),  # in another order
        (["k", "x"], [["k", "k"], ["a", "x"], ["b", "x"]], []),
        (["x", "k"], [["a", "x"], ["k", "k"]], []),  # a simplex has fewer coordinates
    ],
)
def test_every_free_variable_has_its_coordinates_in_order(free, pairs, wrong):
    draws = np.random.default_rng(2).normal(size=(CHAINS, DRAWS, len(pairs)))
    fit = make_fit(unconstrained=draws, meta={"free": free, "coordinates": pairs})
    criterion = judged(fit)["stored_arrays"]
    assert (criterion.value, criterion.where) == (len(wrong), ", ".join(wrong))


def test_a_variable_without_elements_needs_no_coordinate():
    fit = make_fit(posterior__e=plain(0), meta={"free": ["x", "e", "k"]})
    assert judged(fit)["stored_arrays"].passed


def test_only_pairs_are_coordinates():
    pairs = [["x[0]", "x"], "no", ["a", "b", "c"], 3, ["k", "k"], [1, 2]]
    assert coordinates(make_fit(meta={"coordinates": pairs})) == [
        ("x[0]", "x"),
        ("k", "k"),
        ("1", "2"),
    ]
    assert coordinates(Fit({}, {})) == []


def test_whole_numbers_and_truth_values_are_discrete():
    kinds = {"i": np.int64, "u": np.uint8, "b": bool, "f": np.float32}
    arrays = {f"posterior/{name}": np.zeros((1, 1), dtype=kind) for name, kind in kinds.items()}
    fit = Fit(arrays, {"coordinates": [[name, name] for name in kinds]})
    assert discrete_columns(fit).tolist() == [True, True, True, False]


@pytest.mark.parametrize("name", ["unconstrained", "stats/logp", "stats/energy"])
def test_one_draw_that_is_not_finite_is_too_many(name):
    for value in (math.nan, math.inf):
        values = make_fit().arrays[name].copy()
        values.reshape(-1)[[0, 7]] = value
        with np.errstate(invalid="ignore"):
            criterion = judged(make_fit(**{name.replace("/", "__"): values}))["not_finite"]
        assert (criterion.value, criterion.threshold, criterion.where) == (2, 0, name)
        assert (criterion.passed, criterion.gates) == (False, True)
    assert judged(make_fit())["not_finite"].where == ""


def with_rows(fit, **rows):
    """Return the fit with draws of one place put at others: {"1_7": (0, 3)}."""
    draws = fit.arrays["unconstrained"].copy()
    for name, place in rows.items():
        chain, draw = name.removeprefix("at_").split("_")
        draws[int(chain), int(draw)] = draws[place]
    return Fit({**fit.arrays, "unconstrained": draws}, fit.meta)


@pytest.mark.parametrize(
    ("rows", "count", "where"),
    [
        ({"at_1_7": (0, 3)}, 1, "draw 7 of chain 1 is draw 3 of chain 0"),
        ({"at_0_9": (0, 3)}, 1, "draw 9 of chain 0 is draw 3 of chain 0"),
        ({"at_2_0": (0, 99)}, 1, "draw 0 of chain 2 is draw 99 of chain 0"),
        ({"at_1_7": (0, 3), "at_2_5": (0, 3)}, 2, "draw 7 of chain 1 is draw 3 of chain 0"),
        ({"at_1_7": (1, 6)}, 0, ""),  # a move that was rejected
        ({"at_1_7": (1, 6), "at_1_8": (1, 6)}, 0, ""),
    ],
)
def test_one_copied_draw_is_too_many(rows, count, where):
    criterion = judged(with_rows(make_fit(), **rows))["copied_draws"]
    assert (criterion.value, criterion.threshold, criterion.where) == (count, 0, where)
    assert (criterion.passed, criterion.gates) == (count == 0, True)


def test_discrete_coordinates_do_not_make_a_draw_another():
    fit = make_fit()
    draws = fit.arrays["unconstrained"].copy()
    draws[1, 7, :2] = draws[0, 3, :2]
    draws[1, 7, 2] = 99.0
    changed = Fit({**fit.arrays, "unconstrained": draws}, fit.meta)
    assert judged(changed)["copied_draws"].value == 1


@pytest.mark.parametrize(
    ("repeated", "accepted", "passed"),
    [(29, 1.0, True), (31, 1.0, False), (59, 0.9, True), (61, 0.9, False)],
)
def test_draws_stay_as_often_as_moves_are_rejected_and_a_tenth_more(repeated, accepted, passed):
    criterion = stayed(repeated, accepted)
    assert criterion.value == pytest.approx(repeated / 300)
    assert criterion.threshold == pytest.approx(0.1 + 1 - accepted)
    assert (criterion.passed, criterion.gates) == (passed, False)
    assert criterion.where == "chain 1"


def test_draws_that_stay_just_as_often_as_is_allowed_are_too_many(monkeypatch):
    monkeypatch.setattr(consistency, "REPEATS", 0.25)  # a number that is one to the last bit
    criterion = stayed(75, 1.0)
    assert (criterion.value, criterion.threshold, criterion.passed) == (0.25, 0.25, False)


def stayed(repeated, accepted):
    """Return the criterion where so many of 300 draws are the one before."""
    fit = make_fit()
    draws = np.concatenate([fit.arrays["unconstrained"]] * 2, axis=1)[:, :101].copy()
    draws[:, 100] += 1.0
    for k in range(repeated):
        draws[1, k + 1] = draws[1, k]
    arrays = {name: np.concatenate([x, x[:, :1]], axis=1) for name, x in fit.arrays.items()}
    arrays |= {"unconstrained": draws, "stats/mean_tree_accept": np.full((3, 101), accepted)}
    return judged(Fit(arrays, fit.meta), draws=101)["rejected_moves"]


def test_rejections_are_judged_where_acceptance_is_stored():
    left_out = {f"stats__{name}": None for name in STATS}
    fit = make_fit(meta={"sampler": "pymc"}, **left_out)
    criteria = judged(fit, sampler="pymc")
    assert "copied_draws" in criteria
    assert "rejected_moves" not in criteria
    assert "kinetic_energy" not in criteria


def chains_of_counts(changes, copies=(), chains=CHAINS):
    """Return a fit of counts alone: each chain changes so often, and some are another."""
    draws = np.zeros((chains, DRAWS, 1))
    for number in range(chains):
        draws[number, 1 + number :: 2] = 1.0 + number
        draws[number, changes + number :] = draws[number, changes + number - 1]
        draws[number, :number] = 7.0
    for one, other in copies:
        draws[one] = draws[other]
    meta = {"free": ["k"], "deterministics": [], "coordinates": [["k", "k"]], "sampler": "pymc"}
    arrays = {"unconstrained": draws, "posterior/k": draws[..., 0].astype(np.int64)}
    return Fit(arrays, meta)


@pytest.mark.parametrize(
    ("moves", "copies", "found"),
    [
        (20, [], ""),
        (20, [(2, 0)], "chain 2 is chain 0"),
        (20, [(1, 0), (2, 0)], "chain 1 is chain 0, chain 2 is chain 0"),
    ],
)
def test_equal_chains_of_counts_are_copies(moves, copies, found):
    criteria = judged(chains_of_counts(moves, copies), sampler="pymc")
    assert "copied_draws" not in criteria
    criterion = criteria["copied_chains"]
    assert (criterion.value, criterion.threshold, criterion.where) == (len(copies), 0, found)
    assert (criterion.passed, criterion.gates) == (not copies, True)


@pytest.mark.parametrize(("changes", "copied"), [(9, 0), (10, 1)])
def test_chains_that_change_less_than_ten_times_may_agree(changes, copied):
    draws = np.zeros((CHAINS, DRAWS, 2))
    for k in range(changes):
        draws[0, k + 1 :, k % 2] += 1.0  # one of two counts at a time
    draws[1] = draws[0]
    draws[2, 5:] = 3.0
    meta = {"free": ["k"], "deterministics": [], "coordinates": [["a", "k"], ["b", "k"]]}
    arrays = {"unconstrained": draws, "posterior/k": draws.astype(np.int64)}
    fit = Fit(arrays, {**meta, "sampler": "pymc"})
    assert judged(fit, sampler="pymc")["copied_chains"].value == copied


def test_three_copied_chains_are_named():
    fit = chains_of_counts(20, [(k, 0) for k in range(1, 6)], chains=6)
    settings = Training(draws=DRAWS, chains=6, sampler="pymc")
    criteria = {one.name: one for one in inspect(fit, settings, {})}
    assert (criteria["copied_chains"].value, criteria["copied_chains"].where.count(",")) == (5, 2)
