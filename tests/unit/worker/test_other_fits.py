"""`results` is called with the stored fit and with others, and cannot tell which one comes."""

from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from assay.core.fit import Fit
from assay.methods.base import Inputs, Job, Quiet
from assay.methods.simulation.replay import distort, perturb
from assay.methods.variants import Lazy, nudged
from assay.worker.recompute import _tabulate, made_before, made_when_due

MADE = [made_before, made_when_due]


@pytest.fixture
def fit():
    rows = np.asfortranarray(np.random.default_rng(0).normal(size=(50, 2)))
    return Fit(
        {"replicates/x": rows, "flags/x": np.zeros(50)}, {"replicates": 50, "outputs": ["x"]}
    )


def kinds_of(fit):
    rng = np.random.default_rng(1)
    return {
        "perturbed": perturb(fit, rng),
        "nudged": nudged(fit, rng),
        "distorted": distort(fit, rng),
    }


def test_the_same_fits_come_whether_they_are_made_before_or_when_due(fit):
    kinds = kinds_of(fit)
    one, other = (made(fit, kinds) for made in MADE)
    assert one.keys() == other.keys()
    assert len(one) == 2 + sum(map(len, kinds.values()))
    for name in one:
        first, second = one[name](), other[name]()
        for key in first.arrays:
            assert np.array_equal(first.arrays[key], second.arrays[key]), (name, key)
    assert other["0"]() is other["1"]() is fit


def test_made_when_due_as_much_is_made_for_the_fit_as_for_any_other(fit):
    made = []

    def counted(kind, count):
        def make():
            made.append(kind)
            return fit

        return Lazy([make] * count)

    fits = made_when_due(fit, {"perturbed": counted("p", 3), "nudged": counted("n", 2)})
    for name, make in fits.items():
        made.clear()
        make()
        assert made == ["p", "n"], name


@pytest.mark.parametrize("made", MADE)
def test_every_call_has_arrays_of_its_own_that_lie_alike(made, fit, tmp_path):
    before, seen = fit.arrays["replicates/x"].copy(), []

    def results(name, inputs, view):
        x = view["replicates/x"]
        seen.append((x.flags["C_CONTIGUOUS"], x.flags["OWNDATA"], x.strides))
        x[:] = 0  # as model code may
        return pd.DataFrame({"x": [1.0]})

    job = Job(
        model=ModuleType("model_1"),
        inputs=Inputs(None, {}, {}),
        training=None,
        convergence=None,
        seed="5eed",
        cores=1,
        channel=Quiet(),
        call=results,
    )
    fits = made(fit, kinds_of(fit))
    method = SimpleNamespace(SEEN=("replicates/",), view=lambda fit, rng: fit.arrays)
    assert _tabulate(job, fits, 3, method, tmp_path) == {}
    assert len(seen) == len(fits)
    assert len(set(seen)) == 1
    assert np.array_equal(fit.arrays["replicates/x"], before)
