"""Every gate of a bayesian fit has draws that fail it and draws that pass it."""

import numpy as np
import pytest

from assay.core.criteria import all_passed
from assay.core.fit import Fit
from assay.methods.bayesian.diagnose import diagnose
from assay.methods.bayesian.mixing import least_visited_share
from assay.methods.bayesian.settings import Convergence, Training

CHAINS, DRAWS = 4, 500
TRAINING = Training(draws=DRAWS)


def make_fit(rng, **changes):
    draws = rng.normal(size=(CHAINS, DRAWS, 3))
    arrays = {
        "unconstrained": draws,
        "posterior/x": draws[..., 0],
        "posterior/y": draws[..., 1:],
        "stats/diverging": np.zeros((CHAINS, DRAWS), dtype=bool),
        "stats/energy": rng.normal(size=(CHAINS, DRAWS)),
        "stats/maxdepth_reached": np.zeros((CHAINS, DRAWS), dtype=bool),
    }
    meta = {"free": ["x", "y"], "coordinates": [["x", "x"], ["y[0]", "y"], ["y[1]", "y"]]}
    return Fit(arrays={**arrays, **changes}, meta=meta)


def failed(fit, convergence=None):
    criteria = diagnose(fit, TRAINING, convergence or Convergence())
    return [criterion.name for criterion in criteria if criterion.gates and not criterion.passed]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_independent_draws_pass_every_gate(rng):
    criteria = diagnose(make_fit(rng), TRAINING, Convergence())
    assert all_passed(criteria)
    assert {"rhat", "ess_bulk", "ess_tail", "divergences", "ebfmi"} <= {c.name for c in criteria}


def test_a_chain_elsewhere_fails_rhat_and_mixing(rng):
    fit = make_fit(rng)
    moved = fit.arrays["posterior/x"].copy()
    moved[2] += 3
    assert {"rhat", "least_visited_fifth"} <= set(failed(make_fit(rng, **{"posterior/x": moved})))


def test_correlated_draws_fail_ess(rng):
    steps = rng.normal(size=(CHAINS, DRAWS))
    walk = np.empty_like(steps)
    walk[:, 0] = steps[:, 0]
    for k in range(1, DRAWS):
        walk[:, k] = 0.9 * walk[:, k - 1] + steps[:, k]
    names = failed(make_fit(rng, **{"posterior/x": walk}))
    assert {"ess_bulk", "ess_tail"} <= set(names)


def test_one_divergence_fails(rng):
    diverging = np.zeros((CHAINS, DRAWS), dtype=bool)
    diverging[1, 17] = True
    assert failed(make_fit(rng, **{"stats/diverging": diverging})) == ["divergences"]


def test_slow_energy_fails_ebfmi(rng):
    energy = np.cumsum(rng.normal(size=(CHAINS, DRAWS)), axis=1)
    assert failed(make_fit(rng, **{"stats/energy": energy})) == ["ebfmi"]


def test_cut_trajectories_fail(rng):
    deep = np.ones((CHAINS, DRAWS), dtype=bool)
    assert failed(make_fit(rng, **{"stats/maxdepth_reached": deep})) == ["max_depth_share"]


def test_a_chain_that_never_moves_fails_although_ess_calls_it_perfect(rng):
    fit = make_fit(rng)
    stuck = fit.arrays["unconstrained"].copy()
    stuck[0, :, 1] = 1.0
    posterior = np.ones((CHAINS, DRAWS, 2))
    names = failed(make_fit(rng, unconstrained=stuck, **{"posterior/y": posterior}))
    assert "constant_chains" in names


def test_fixed_elements_are_noted_and_their_coordinates_judged(rng):
    fit = make_fit(rng)
    fixed = fit.arrays["posterior/y"].copy()
    fixed[..., 0] = 1.0
    criteria = diagnose(make_fit(rng, **{"posterior/y": fixed}), TRAINING, Convergence())
    note = next(criterion for criterion in criteria if criterion.name == "constant_elements")
    assert note.value == 1
    assert not note.gates
    assert all_passed(criteria)


def test_a_nan_draw_fails(rng):
    fit = make_fit(rng)
    broken = fit.arrays["posterior/x"].copy()
    broken[0, 0] = np.nan
    assert "rhat" in failed(make_fit(rng, **{"posterior/x": broken}))


def test_a_missing_chain_fails(rng):
    fit = make_fit(rng)
    short = {name: values[:3] for name, values in fit.arrays.items()}
    assert failed(Fit(arrays=short, meta=fit.meta)) == ["draws"]


def test_the_design_may_tighten(rng):
    assert failed(make_fit(rng), Convergence(ess=1e6)) == ["ess_bulk", "ess_tail"]


def test_the_design_may_not_loosen():
    with pytest.raises(ValueError, match=r"1\.05"):
        Convergence(rhat=1.2)


def test_discrete_draws_with_ties_mix(rng):
    draws = rng.integers(0, 3, size=(CHAINS, DRAWS))
    assert least_visited_share(draws) > 0.8
    draws[0] = np.minimum(draws[0], 1)
    assert least_visited_share(draws) == 0
