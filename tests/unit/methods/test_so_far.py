"""What people are shown of chains that still run."""

import numpy as np
import pytest

from assay.methods.bayesian.so_far import FEWEST, SoFar, so_far


def normal(draws, *, shift=0.0, seed=0, coordinates=3):
    return np.random.default_rng(seed).normal(size=(draws, coordinates)) + shift


def test_chains_that_agree_and_chains_that_do_not():
    good = so_far([normal(400, seed=1), normal(500, seed=2)], 0)
    bad = so_far([normal(400, seed=1), normal(500, seed=2, shift=3.0)], 2)
    assert good["rhat"] < 1.02
    assert bad["rhat"] > 1.5
    assert good["ess"] > 400
    assert bad["ess"] < 20
    assert (good["divergences"], bad["divergences"]) == (0, 2)


def test_one_bad_coordinate_of_many_is_the_one_shown():
    chains = [normal(200, seed=seed, coordinates=40) for seed in (1, 2)]
    chains[1][:, 39] += 5
    assert so_far(chains)["rhat"] > 1.5


def test_little_is_said_of_little():
    assert so_far([]) == {}
    assert so_far([normal(FEWEST - 1)], 1) == {"divergences": 1}
    assert set(so_far([normal(FEWEST)])) == {"ess"}  # one chain has nothing to agree with
    constant = [np.zeros((100, 2)), np.zeros((100, 2))]
    assert "rhat" not in so_far(constant)  # no number that is none


def test_a_chain_that_has_just_begun_does_not_shorten_the_others():
    chains = [normal(1000, seed=1), normal(1000, seed=2), normal(FEWEST, seed=3)]
    assert so_far(chains)["ess"] > 1000


def test_finished_chains_count_on():
    seen = SoFar()
    seen.finished(normal(300, seed=1), np.arange(300) < 2)
    seen.measure([(normal(300, seed=2), np.arange(300) < 1)])
    assert seen.metrics["divergences"] == 3
    assert seen.metrics["rhat"] == pytest.approx(1, abs=0.05)


def test_a_sampler_without_divergences_shows_none():
    seen = SoFar()
    seen.measure([(normal(100), None)])
    assert set(seen.metrics) == {"ess"}
