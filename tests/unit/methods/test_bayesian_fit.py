"""Sampling: the same bytes for any number of cores, and plain refusals of what cannot be drawn."""

import types

import numba
import numpy as np
import pymc as pm
import pytest

from assay.core.errors import Category, TrainingError
from assay.methods.base import Inputs, Job, Quiet
from assay.methods.bayesian.fit import fit, view
from assay.methods.bayesian.settings import Convergence, Training
from assay.methods.calls import caller


class Channel(Quiet):
    """Keeps what it is told."""

    heartbeat_seconds = 0.0

    def __init__(self):
        self.checkpoints = {}
        self.phases = []
        self.metrics = {}

    def phase(self, name):
        self.phases.append(name)

    def progress(self, step, of, **metrics):
        assert 0 <= step <= of
        self.metrics |= metrics

    def checkpoint(self, name, arrays, **meta):
        self.checkpoints[name] = dict(arrays)

    def heartbeat_due(self):
        return True


def eight_schools(inputs):
    effects = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
    errors = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
    with pm.Model(coords={"school": list("ABCDEFGÜ")}) as model:
        mu = pm.Normal("mu", 0, 5)
        tau = pm.HalfCauchy("tau", 5)
        raw = pm.Normal("raw", 0, 1, dims="school")
        theta = pm.Deterministic("theta", mu + tau * raw, dims="school")
        pm.Normal("y", theta, errors, observed=effects)
    return model


def train(build, cores=1, **training):
    code = types.ModuleType("model_1")
    code.__file__ = "model_1.py"
    code.__dict__["build"] = build
    channel = Channel()
    job = Job(
        model=code,
        inputs=Inputs(features=None, design={}, upstream={}),
        training=Training(**{"draws": 200, "tune": 200, "chains": 3, **training}),
        convergence=Convergence(),
        seed="5eed",
        cores=cores,
        channel=channel,
        call=caller(code),
    )
    return fit(job), channel


@pytest.fixture(scope="module")
def schools():
    return train(eight_schools)[0]


@pytest.mark.parametrize("sampler", ["nutpie", "pymc"])
def test_same_bytes_for_any_number_of_cores(sampler, schools):
    one = schools if sampler == "nutpie" else train(eight_schools, sampler=sampler)[0]
    three, channel = train(eight_schools, cores=3, sampler=sampler)
    assert one.arrays.keys() == three.arrays.keys()
    for name, values in one.arrays.items():
        assert values.tobytes() == three.arrays[name].tobytes(), name
    assert one.meta == three.meta
    assert {"chain_0", "chain_1", "chain_2"} <= channel.checkpoints.keys()
    assert len({values.tobytes() for values in one.arrays["unconstrained"]}) == 3


@pytest.mark.parametrize(("sampler", "draws"), [("nutpie", 30000), ("pymc", 1500)])
def test_while_it_runs_it_says_how_the_chains_look(sampler, draws):
    _, channel = train(eight_schools, cores=2, sampler=sampler, draws=draws, tune=100)
    assert channel.metrics["rhat"] == pytest.approx(1, abs=0.2)
    assert channel.metrics["ess"] > 10
    assert channel.metrics["divergences"] >= 0


def test_view_has_names_and_coordinates(schools):
    seen = view(schools, np.random.default_rng(0))
    assert seen.posterior["theta"].dims == ("chain", "draw", "school")
    assert list(seen.posterior.school.values) == list("ABCDEFGÜ")
    expected = (
        schools.arrays["posterior/mu"]
        + schools.arrays["posterior/tau"] * (schools.arrays["posterior/raw"][..., 7])
    )
    np.testing.assert_allclose(seen.posterior["theta"].sel(school="Ü").values, expected)


def discrete(inputs):
    with pm.Model() as model:
        k = pm.Poisson("k", 3)
        pm.Normal("y", k, 1, observed=2.0)
    return model


def test_nutpie_refuses_discrete_variables_and_names_the_way_out():
    with pytest.raises(TrainingError, match="discrete variables k") as caught:
        train(discrete)
    assert "sampler: pymc" in caught.value.remedy


def test_pymc_draws_discrete_variables():
    trained, _ = train(discrete, sampler="pymc", draws=300)
    k = trained.arrays["posterior/k"]
    assert k.dtype.kind == "i"
    assert 1.5 < k.mean() < 3.5


def no_variables(inputs):
    with pm.Model() as model:
        pm.Deterministic("x", pm.math.constant(1.0))
    return model


def impossible(inputs):
    with pm.Model() as model:
        rate = pm.Exponential("rate", 1)
        pm.Poisson("y", rate, observed=np.array([1, -2]))
    return model


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda inputs: 3, "not a pymc.Model"),
        (no_variables, "no free variables"),
        (impossible, "log density of y is not finite"),
    ],
)
def test_what_cannot_be_sampled_is_refused_in_words(build, words):
    with pytest.raises(TrainingError, match=words) as caught:
        train(build)
    assert caught.value.remedy


def test_an_impossible_model_is_explained_for_pymc_too():
    with pytest.raises(TrainingError, match="log density of y is not finite"):
        train(impossible, sampler="pymc")


def test_an_exception_in_build_names_function_and_kind():
    def build(inputs):
        raise KeyError("medals")

    with pytest.raises(TrainingError, match=r"build raised KeyError: 'medals'") as caught:
        train(build)
    assert caught.value.category is Category.DATA


def test_shapes_that_differ_are_refused_in_few_words():
    @numba.njit
    def put(values, into):
        into[1:3] = values

    with pytest.raises(ValueError, match=r"^cannot assign slice from input of different size$"):
        put(np.ones(3), np.zeros(5))
