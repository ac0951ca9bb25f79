"""Every forgery of the corpus is refused, for the right reason; every honest run is approved."""

from collections import Counter

import pytest
from corpus import CORPUS, FAMILIES
from forgery import HONEST
from runs import copy_workspace

from assay.cli import CANNOT_JUDGE, main
from assay.validation.campaign import validate_campaign
from assay.validation.subject import Options
from assay.validation.verdict import Verdict
from assay.workspace import Workspace


def verdict_on(root, model: int, **options) -> Verdict:
    """Judge a model after those that it reads."""
    asked = Options(**{"replay": "full", "cores": 1, **options})
    verdicts = list(validate_campaign(Workspace(root), [model], asked))
    return next(verdict for verdict in verdicts if verdict.model == model)


def told(verdict: Verdict) -> str:
    """Return what was found against a run."""
    return f"{verdict.verdict}: " + " | ".join(
        f"{finding.check} [{finding.status}, {finding.red_flag}]: {finding.message}"
        for finding in verdict.reasons
    )


@pytest.mark.parametrize("forgery", CORPUS, ids=lambda forgery: forgery.name)
def test_forgery_is_refused(forgery, workshop, tmp_path):
    forger = workshop.forger(forgery.model, tmp_path / "workspace")
    options = forgery.forge(forger) or {}
    if forgery.verdict == "ERROR":
        assert main(["validate", str(forger.root)]) == CANNOT_JUDGE
        return
    verdict = verdict_on(forger.root, forger.model, **options)
    if forgery.accepted_because:
        assert verdict.verdict == "APPROVE", f"no longer accepted: {told(verdict)}"
        pytest.xfail(forgery.accepted_because)
    assert verdict.verdict == forgery.verdict, told(verdict)
    assert forgery.caught_by & {finding.check for finding in verdict.reasons}, told(verdict)
    if forgery.red_flag:
        assert forgery.red_flag in {f.red_flag for f in verdict.reasons}, told(verdict)


@pytest.mark.parametrize("name", HONEST)
def test_honest_run_is_approved(name, workshop, tmp_path):
    root = copy_workspace(workshop.honest(name), tmp_path / "copy")
    verdict = verdict_on(root, HONEST[name][-1].number)
    assert verdict.verdict == "APPROVE", told(verdict)


def test_the_corpus_is_whole():
    assert len(CORPUS) >= 60
    names = Counter(forgery.name for forgery in CORPUS)
    assert not [name for name, count in names.items() if count > 1]
    assert {forgery.family for forgery in CORPUS} == set(FAMILIES)
    assert all(forgery.deed.endswith(".") and forgery.caught_by for forgery in CORPUS)
