"""Every forgery of the corpus is refused, for the right reason; every honest run is approved.

Those of bayesian models, which take longest, are in `test_corpus_bayesian.py`.
"""

from collections import Counter

import pytest
from corpus import BAYESIAN, CORPUS, FAMILIES
from forgery import HONEST
from judging import expect_approval, expect_refusal

OTHERS = [forgery for forgery in CORPUS if forgery.model not in BAYESIAN]


@pytest.mark.parametrize("forgery", OTHERS, ids=lambda forgery: forgery.name)
def test_forgery_is_refused(forgery, workshop, tmp_path):
    expect_refusal(forgery, workshop, tmp_path)


@pytest.mark.parametrize("name", sorted(HONEST.keys() - BAYESIAN))
def test_honest_run_is_approved(name, workshop, tmp_path):
    expect_approval(name, workshop, tmp_path)


def test_the_corpus_is_whole():
    assert len(CORPUS) >= 60
    names = Counter(forgery.name for forgery in CORPUS)
    assert not [name for name, count in names.items() if count > 1]
    assert {forgery.family for forgery in CORPUS} == set(FAMILIES)
    assert all(forgery.deed.endswith(".") and forgery.caught_by for forgery in CORPUS)
