"""An honest workspace to forge from, made once."""

import pytest
from runs import Forger, copy_workspace, honest_workspace

from toys import GOOD


@pytest.fixture(scope="session")
def own_key(tmp_path_factory):
    """Keep the tests' signing key apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_SIGNING_KEY", str(tmp_path_factory.mktemp("key") / "key.pem"))
        yield


@pytest.fixture(scope="session")
def honest(tmp_path_factory, own_key):
    """Return a workspace with an honest run of each method."""
    return honest_workspace(tmp_path_factory.mktemp("honest") / "workspace", GOOD[:4])


@pytest.fixture
def forger(honest, tmp_path):
    """Return a function that gives a forger a copy of the honest workspace."""

    def begin(model):
        return Forger(copy_workspace(honest, tmp_path / "workspace"), model)

    return begin
