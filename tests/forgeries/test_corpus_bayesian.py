"""Every forgery of a bayesian run is refused, for the right reason; honest ones are approved."""

import pytest
from corpus import BAYESIAN, CORPUS
from judging import expect_approval, expect_refusal

FORGERIES = [forgery for forgery in CORPUS if forgery.model in BAYESIAN]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_forgery_is_refused(forgery, workshop, tmp_path):
    expect_refusal(forgery, workshop, tmp_path)


@pytest.mark.parametrize("name", sorted(BAYESIAN))
def test_honest_run_is_approved(name, workshop, tmp_path):
    expect_approval(name, workshop, tmp_path)
