"""Honest runs to forge from, each made once, also when tests run side by side."""

import os

import pytest
from forgery import Workshop

from forked import FORK_SERVERS


@pytest.fixture(scope="module", autouse=True)
def _fork_servers():
    """End after each file what workers were forked from."""
    with FORK_SERVERS.in_use():
        yield


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """Return a folder that all processes of one pytest run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "forgeries"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def own_key(shared_folder):
    """Keep the tests' signing key apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_SIGNING_KEY", str(shared_folder / "key.pem"))
        yield


@pytest.fixture(scope="session")
def workshop(shared_folder, own_key):
    """Return where honest runs and others are made."""
    return Workshop(shared_folder)
