"""Energies that the dynamics could not have had, on draws written down here."""

import math

import numpy as np
import pytest
from bayesian_records import CHAINS, DRAWS, judged, make_fit

from assay.core.fit import Fit
from assay.methods.bayesian import consistency
from assay.methods.bayesian.consistency import (
    energy_criteria,
)
from assay.methods.bayesian.stein import standard_errors


def energies(kinetic, logp=0.0):
    """Return the criteria on a kinetic energy (chain, draw) of two dimensions."""
    density = np.full(kinetic.shape, logp)
    return {one.name: one for one in energy_criteria(kinetic - density, density, 2)}


@pytest.fixture
def honest():
    return np.random.default_rng(5).chisquare(2, size=(CHAINS, DRAWS)) / 2


@pytest.mark.parametrize(
    ("value", "logp", "negative"),
    [
        (0.0, 0.0, 0),
        (-1e-9, 0.0, 0),
        (-1.1e-9, 0.0, 1),
        (-999 * 1e-9, 999.0, 0),
        (-1.01e-6, 999.0, 1),
        (-999 * 1e-9, -999.0, 0),
        (-1.01e-6, -999.0, 1),
        (math.nan, 0.0, 1),
    ],
)
def test_kinetic_energy_is_not_negative_beyond_rounding(honest, value, logp, negative):
    honest[2, 4] = value
    criterion = energies(honest, logp)["negative_kinetic_energy"]
    assert (criterion.value, criterion.threshold) == (negative, 0)
    assert (criterion.passed, criterion.gates) == (not negative, True)
    assert criterion.where == ("chain 2" if negative else "")


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("z", "passed"), [(5.99, True), (6.01, False)])
def test_kinetic_energy_is_half_the_dimension_on_average(honest, sign, z, passed):
    error = float(standard_errors(honest[..., None])[0])
    moved = honest - honest.mean() + 1.0 + sign * z * error
    criterion = energies(moved)["kinetic_energy"]
    assert criterion.value == pytest.approx(z)
    assert (criterion.passed, criterion.gates, criterion.threshold) == (passed, False, 6.0)


def test_kinetic_energy_at_its_threshold_and_without_error(honest, monkeypatch):
    monkeypatch.setattr(consistency, "standard_errors", lambda values: np.array([0.5]))
    assert not energies(np.full((2, 8), 4.0))["kinetic_energy"].passed  # 6 errors exactly
    monkeypatch.setattr(consistency, "standard_errors", lambda values: np.array([0.0]))
    criterion = energies(np.ones((2, 8)))["kinetic_energy"]
    assert (criterion.value, criterion.passed) == (math.inf, False)


def test_only_continuous_coordinates_have_kinetic_energy():
    criteria = judged(make_fit())
    assert criteria["kinetic_energy"].where.endswith("half the dimension 1")


@pytest.mark.parametrize("name", ["stats/logp", "stats/energy"])
def test_energies_are_judged_where_both_are_stored(name):
    fit = make_fit()
    arrays = {key: values for key, values in fit.arrays.items() if key != name}
    assert consistency._energies(Fit(arrays, fit.meta)) == []
    both = {key: fit.arrays[key] for key in ("stats/logp", "stats/energy")}
    assert len(consistency._energies(Fit(both, {}))) == 2
