"""The three forgeries that started the validator: sealed with the right key, refused all the same.

Each is complete: outcome, logs, criteria, results, chain and manifest agree with each other, and
the owner of key and machine signed them. Only recomputation can tell.
"""

import shutil

import pytest
from runs import Forger, copy_workspace, honest_workspace, judge

from toys import NORMAL, bayesian, convex

TYPED = 'pd.DataFrame({"name": ["a", "b"], "x": [0.25, 0.75]})'
NEAREST = """
x = cp.Variable(2, name="x")
problem = cp.Problem(cp.Minimize(cp.sum_squares(x - 1)))
"""


@pytest.fixture(scope="module")
def chains(tmp_path_factory, own_key):
    """Return an honest bayesian run, and one of the same model under another nonce."""
    folder = tmp_path_factory.mktemp("chains")
    toy = bayesian(1, NORMAL)
    return [honest_workspace(folder / f"nonce {n}", [toy], nonce=n) for n in ("", "other")]


def test_an_honest_run_is_approved(chains):
    verdict = judge(chains[0], 1)
    assert verdict.verdict == "APPROVE", verdict.reasons


def test_results_that_ignore_their_fit(tmp_path, own_key):
    root = honest_workspace(tmp_path, [convex(1, NEAREST, results=TYPED)])
    verdict = judge(root, 1)
    assert verdict.verdict == "REJECT"
    assert [finding.check for finding in verdict.reasons] == ["sensitivity"]


def test_draws_from_another_seed(chains, tmp_path):
    forger = Forger(copy_workspace(chains[0], tmp_path / "forged"), 1)
    other = Forger(chains[1], 1)
    shutil.copy(other.evidence / "fit.npz", forger.evidence)
    forger.edit_chains(lambda arrays: None)
    forger.retell()
    verdict = judge(forger.root, 1)
    assert verdict.verdict == "REJECT"
    assert [finding.check for finding in verdict.reasons] == ["recomputation"]


def test_a_chain_copied_over_another(chains, tmp_path):
    forger = Forger(copy_workspace(chains[0], tmp_path / "forged"), 1)

    def copy_chain(arrays):
        for values in arrays.values():
            values[3] = values[1]

    forger.edit_chains(copy_chain)
    forger.retell()
    verdict = judge(forger.root, 1)
    assert verdict.verdict == "REJECT"
    assert "recomputation" in {finding.check for finding in verdict.reasons}
