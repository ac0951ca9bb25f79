"""Runs recorded under another instruction set and BLAS kernel: neither rejected nor approved."""

import numpy as np
import pytest
from runs import Forger, copy_workspace, honest_workspace, judge

from assay.core import environment
from toys import DESCENT, LEAST_SQUARES, SIMULATED, bayesian, convex, iterative, simulation

MANY = """
a = np.random.default_rng(3).normal(size=(60, 12))
x = pm.Normal("x", 0, 1, shape=12)
pm.Normal("y", pm.math.dot(a, x), 1, observed=np.ones(60))
"""
TOYS = [
    bayesian(1, MANY),
    convex(2, LEAST_SQUARES),
    iterative(3, DESCENT),
    simulation(4, SIMULATED),
]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, own_key):
    """Return runs recorded as on a machine of another kind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(environment.PINNED, "NUMBA_CPU_NAME", "generic")
        patch.setitem(environment.PINNED, "OPENBLAS_CORETYPE", "Prescott")
        patch.setitem(environment.PINNED, "NPY_DISABLE_CPU_FEATURES", "X86_V3 X86_V4")
        return honest_workspace(tmp_path_factory.mktemp("elsewhere") / "workspace", TOYS)


@pytest.fixture(scope="module")
def verdicts(elsewhere):
    return {toy.method: judge(elsewhere, toy.number) for toy in TOYS}


def failures(verdict):
    return [finding for finding in verdict.findings if finding.status == "fail"]


@pytest.mark.parametrize("toy", TOYS, ids=lambda toy: toy.method)
def test_a_run_of_another_machine_is_to_be_investigated(verdicts, toy):
    verdict = verdicts[toy.method]
    assert verdict.verdict == "INVESTIGATE", failures(verdict)
    assert "environment" in verdict.doubts


def test_its_bits_do_differ_here(verdicts):
    verdict = verdicts["bayesian"]
    (replayed,) = [f for f in verdict.findings if f.check == "recomputation"]
    assert (replayed.status, "unconstrained" in replayed.measured) == ("warn", True)
    assert {f.status for f in verdict.findings if f.check == "fresh_run"} == {"pass"}


def test_claiming_another_machine_is_no_way_out(elsewhere, tmp_path):
    forger = Forger(copy_workspace(elsewhere, tmp_path / "forged"), 1)

    def shift(arrays: dict[str, np.ndarray]) -> None:
        for name in ("unconstrained", "posterior/x"):
            arrays[name] += 0.3 * arrays[name].std()

    forger.edit_chains(shift)
    forger.retell()
    verdict = judge(forger.root, 1)
    assert verdict.verdict == "REJECT"
    assert {f.check for f in failures(verdict)} >= {"certificate", "fresh_run"}
