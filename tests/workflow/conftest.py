"""Fixtures of the tests that run Snakemake for real."""

import pytest
from campaigns import Campaign, snakemake

from toys import write_workspace


@pytest.fixture(scope="session", autouse=True)
def own_key(tmp_path_factory):
    """Keep the tests' signing key apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_SIGNING_KEY", str(tmp_path_factory.mktemp("key") / "key.pem"))
        yield


@pytest.fixture(scope="session")
def campaign(tmp_path_factory):
    """Return a function that writes toy models and runs a campaign over them."""

    def run(name, toys, *arguments, **options):
        root = tmp_path_factory.mktemp("campaigns") / name
        write_workspace(root, toys)
        return Campaign(root, snakemake(root, *arguments, **options))

    return run
