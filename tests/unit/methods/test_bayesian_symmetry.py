"""A density that stays the same when components change places, and draws that do not."""

import numpy as np
import pymc as pm
import pytest
from bayesian_toys import failed, make_job, normal

from assay.core.fit import Fit
from assay.methods.bayesian.diagnose import diagnose
from assay.methods.bayesian.fit import fit as train
from assay.methods.bayesian.replay import certify

Y = np.concatenate([np.linspace(-3, -1, 30), np.linspace(1, 3, 45)])


def mixture(parts=2, weights="dirichlet", ordered=False, start=None):
    """Return a mixture whose chains all begin in the same labelling, unless `start` is None."""

    def build(inputs):
        with pm.Model() as model:
            if weights == "beta":
                one = pm.Beta("weight", 3, 3)
                w = pm.math.stack([one, 1 - one])
            else:
                w = pm.Dirichlet("weight", 3 * np.ones(parts))
            order = pm.distributions.transforms.ordered if ordered else None
            mu = pm.Normal("mu", 0, 3, shape=parts, default_transform=order, initval=start)
            sigma = pm.HalfNormal("sigma", 1, shape=parts)
            pm.NormalMixture("y", w=w, mu=mu, sigma=sigma, observed=Y)
        return model

    return build


@pytest.fixture(scope="module")
def same_labels():
    job = make_job(mixture(weights="beta", start=np.array([-2.0, 2.0])), chains=4)
    fit = train(job)
    mu = fit.arrays["posterior/mu"].mean(axis=1)
    assert (mu[:, 0] < mu[:, 1]).all()  # what R-hat cannot see
    return job, fit


def criteria_of(job, fit):
    return {one.name: one for one in diagnose(fit, job.training, job.convergence)}


def test_chains_that_all_keep_to_one_labelling_are_refused(same_labels):
    job, fit = same_labels
    found = criteria_of(job, fit)
    assert found["rhat"].passed
    assert not found["labels_visited"].passed
    assert found["labels_visited"].where == "mu[0] and mu[1]"


def test_weights_that_sum_to_one_take_part_in_the_exchange():
    job = make_job(mixture(3, start=np.linspace(-2, 2, 3)), chains=2)
    pairs = [one["parts"] for one in train(job).meta["symmetries"]]
    assert pairs == ["mu[0] and mu[1]", "mu[1] and mu[2]"]


def test_ordered_components_have_no_symmetry():
    job = make_job(mixture(ordered=True, start=np.array([-2.0, 2.0])), chains=2)
    fit = train(job)
    assert fit.meta["symmetries"] == []
    assert "labels_visited" not in criteria_of(job, fit)


@pytest.mark.parametrize("sampler", ["nutpie", "pymc"])
def test_exchangeable_parts_that_mix_pass(sampler):
    job = make_job(normal, sampler=sampler, draws=400)
    fit = train(job)
    assert [one["parts"] for one in fit.meta["symmetries"]] == ["x[0] and x[1]"]
    assert criteria_of(job, fit)["labels_visited"].passed
    assert failed(certify(job, fit)) == set()


def test_a_record_that_hides_the_symmetry_is_refused(same_labels):
    job, fit = same_labels
    assert "symmetries" not in failed(certify(job, fit))
    hidden = Fit(fit.arrays, {**fit.meta, "symmetries": []})
    assert "labels_visited" not in criteria_of(job, hidden)
    assert "symmetries" in failed(certify(job, hidden))
