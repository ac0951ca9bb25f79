"""What is used of the insides of PyMC, nutpie, Numba and CVXPY is there; its absence has words."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

from assay.core.errors import TrainingError
from assay.core.internals import Internal, Kind, UnsupportedLibraryError, check
from assay.methods.bayesian.compiling import NUMBA, brief_shape_errors
from assay.methods.bayesian.nutpie_sampler import NUTPIE
from assay.methods.bayesian.pymc_internals import PYMC
from assay.methods.convex.cvxpy_internals import CVXPY
from broken_internals import gone, twins

LIBRARIES = (NUMBA, NUTPIE, PYMC, CVXPY)
PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.name)
def test_the_versions_installed_here_pass(library):
    check(library)


@pytest.mark.parametrize(("library", "internal", "breaking", "said"), twins(*LIBRARIES))
def test_what_is_gone_or_different_is_named(library, internal, breaking, said, monkeypatch):
    breaking(monkeypatch)
    with pytest.raises(UnsupportedLibraryError, match=f"{library.name} .* other insides") as no:
        check(library)
    assert f"{internal.name} {said}" in str(no.value)


def test_the_range_is_the_same_wherever_it_is_said():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    wanted = [f"{each.name}>={each.oldest},<{each.below}" for each in LIBRARIES]
    assert set(wanted) <= set(project["dependencies"])


def test_numba_is_looked_at_before_and_after_it_was_changed():
    brief_shape_errors()
    brief_shape_errors()
    check(NUMBA)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("convex.cvxpy_internals", "cvxpy.constraints:SvecPSD"),
        ("bayesian.pymc_internals", "pymc.blocking:DictToArrayBijection.map"),
        ("bayesian.nutpie_sampler", "nutpie.sample:_BackgroundSampler.inspect"),
        ("bayesian.fit", "numba.np.arrayobj:fancy_setslice"),
    ],
)
def test_who_imports_the_method_is_told_before_a_name_is_missed(module, name, monkeypatch):
    """A worker reports a TrainingError whatever it was doing."""
    spec = importlib.util.find_spec(f"assay.methods.{module}")
    found = importlib.util.module_from_spec(spec)
    gone(Internal(name, Kind.VALUE, "to test"), monkeypatch)
    with pytest.raises(TrainingError) as told:
        spec.loader.exec_module(found)
    assert f"{name} is gone" in str(told.value)
    assert "requirements.txt" in told.value.remedy
