"""Comparing a fit with a fresh run elsewhere: rounding passes, another answer does not."""

import numpy as np
import pytest

from assay.core.fit import Fit
from assay.methods import load
from assay.methods.samples import same_means


def agree(method, one, other, **training):
    settings = load(method, "settings").Training(**training)
    (criterion,) = load(method, "recompute").agree(one, other, settings)
    assert criterion.gates
    return criterion


def draws(seed, shift=0.0):
    values = np.random.default_rng(seed).normal(shift, 1, size=(4, 500, 2))
    return Fit({"unconstrained": values}, {"coordinates": [["a", "a"], ["b", "b"]]})


@pytest.mark.parametrize(("shift", "passed"), [(0.0, True), (0.3, False)])
def test_draws(shift, passed):
    criterion = agree("bayesian", draws(1), draws(2, shift))
    assert criterion.passed is passed
    assert criterion.where in ("a", "b")


def test_draws_of_another_shape():
    other = Fit({"unconstrained": np.zeros((4, 500, 3))}, {"coordinates": []})
    assert not agree("bayesian", draws(1), other).passed


def replicates(seed, shift=0.0):
    return Fit({"replicates/x": np.random.default_rng(seed).normal(shift, 1, size=1000)})


@pytest.mark.parametrize(("shift", "passed"), [(0.0, True), (0.4, False)])
def test_replicates(shift, passed):
    assert agree("simulation", replicates(1), replicates(2, shift)).passed is passed


def test_a_constant_output_must_be_the_same_constant():
    one, other = (Fit({"replicates/x": np.full(9, value)}) for value in (1.0, 2.0))
    assert agree("simulation", one, one).passed
    assert not agree("simulation", one, other).passed


@pytest.mark.parametrize(("loss", "passed"), [(2.0 + 1e-8, True), (2.0 + 1e-4, False)])
def test_losses(loss, passed):
    one, other = (Fit({"history/loss": np.array([3.0, end])}) for end in (2.0, loss))
    assert agree("iterative", one, other, max_steps=9).passed is passed


@pytest.mark.parametrize(
    ("objective", "passed"), [(5.0 + 1e-9, True), (5.001, False), (None, False)]
)
def test_objectives(objective, passed):
    one, other = (Fit({}, {"objective": value}) for value in (5.0, objective))
    assert agree("convex", one, other).passed is passed


def test_nothing_to_compare_is_no_agreement():
    assert not same_means([], len, "")[0].passed
    assert not agree("simulation", replicates(1), Fit({})).passed


def test_not_a_number_is_no_agreement():
    broken = replicates(1)
    broken.arrays["replicates/x"][3] = np.nan
    assert not agree("simulation", replicates(2), broken).passed
