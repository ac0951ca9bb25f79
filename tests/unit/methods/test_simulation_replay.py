"""What shows on a simulation itself that a fit is made of its replicates, and fits that are not."""

import numpy as np
import pytest
from simulation_toys import doubted, evidence, make_job, normals, refused

from assay.core.fit import Fit
from assay.methods.simulation.fit import fit
from assay.methods.simulation.replay import certify, perturb, replay

PRECISE = {"replicates": 100, "precision": {"x": {"abs": 0.08}}, "max_replicates": 5000}


def nans(rng):
    return {"x": np.array([rng.normal(), np.nan]), "b": rng.random(2) < 0.5}


@pytest.mark.parametrize(
    ("simulate", "how"),
    [(normals, {}), (normals, PRECISE), (nans, {}), (normals, {"replicates": 4})],
)
def test_an_honest_fit_is_certified(simulate, how):
    job = make_job(simulate, **how)
    criteria = certify(job, fit(job))
    assert [one.name for one in criteria] == ["replicates_agree", "stopping"]
    assert refused(criteria) == doubted(criteria) == []


def test_any_replicates_can_be_run_again_bit_for_bit():
    job = make_job(normals, replicates=60)
    arrays = fit(job).arrays
    numbers = [59, 3, 17]
    for name, values in replay(job, {"replicates": numbers}, {}).items():
        assert values.tobytes() == arrays[name][numbers].tobytes()
        assert values.dtype == arrays[name].dtype


def test_replicates_of_another_seed_or_model_are_in_doubt():
    job = make_job(normals)
    for other in (make_job(normals, seed="12" * 32), make_job(lambda rng: {"x": rng.normal()})):
        assert doubted(certify(job, fit(other))) == ["replicates_agree"]
    fitted = fit(job)
    edited = fitted.arrays["replicates/x"].copy()
    edited[-1] *= 1 + 1e-6
    forged = Fit({**fitted.arrays, "replicates/x": edited}, fitted.meta)
    [one, _] = certify(job, forged)
    assert one.where == "replicate 499, replicates/x"
    short = Fit({**fitted.arrays, "replicates/x": edited[:100]}, fitted.meta)
    assert doubted(certify(job, short)) == ["replicates_agree"]


def test_rounding_is_no_doubt():
    def rounded(rng):
        return {
            name: value * (1 + 1e-13) if name != "n" else value
            for name, value in normals(rng).items()
        }

    assert doubted(certify(make_job(rounded), fit(make_job(normals)))) == []


def test_stopping_elsewhere_is_refused():
    fitted = fit(make_job(normals, **PRECISE))
    for wanted in (0.02, 0.2):
        job = make_job(normals, **{**PRECISE, "precision": {"x": {"abs": wanted}}})
        assert refused(certify(job, fitted)) == ["stopping"]
    finer = make_job(normals, convergence={"mcse_over_sd": 0.02}, **PRECISE)
    assert refused(certify(finer, fitted)) == ["stopping"]
    assert refused(certify(finer, fit(finer))) == []
    assert refused(certify(make_job(normals, replicates=510), fit(make_job(normals)))) == [
        "stopping"
    ]


def test_perturbed_fits_are_made_of_other_replicates():
    job = make_job(normals, replicates=40)
    fitted = fit(job)
    others = perturb(fitted, np.random.default_rng(0))
    assert len(others) == 6
    for other in others:
        assert other.meta == fitted.meta
        assert {n: (a.dtype, a.shape) for n, a in other.arrays.items()} == {
            n: (a.dtype, a.shape) for n, a in fitted.arrays.items()
        }
        assert set(other.arrays["replicates/x"]) <= set(fitted.arrays["replicates/x"])
    means = {other.arrays["replicates/x"].mean() for other in [fitted, *others]}
    assert len(means) == 7
    distinct = [len(set(other.arrays["replicates/x"])) for other in others]
    assert distinct[2:] == [20, 1, 1, 1]


def test_single_replicates_differ_as_long_as_there_are_any():
    def rare(rng):
        return {"hit": rng.random() < 0.02}

    fitted, _ = evidence(make_job(rare))
    singles = perturb(fitted, np.random.default_rng(0))[3:]
    assert {float(one.arrays["replicates/hit"].mean()) for one in singles} == {0.0, 1.0}
    same = fit(make_job(lambda rng: {"x": 1.0}))
    assert len(perturb(same, np.random.default_rng(0))) == 6
