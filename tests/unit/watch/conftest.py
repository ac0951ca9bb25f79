"""Real trainings of small models, in folders that tests may damage."""

import shutil

import pytest
from watched import Watched

from toys import DESCENT, LEAST_SQUARES, convex, iterative, write_workspace

TOYS = [
    convex(1, LEAST_SQUARES, extra={"title": "Zuteilung für Österreich 配分"}),
    iterative(2, DESCENT, training={"max_steps": 20}),  # does not converge
    convex(3, LEAST_SQUARES, extra={"depends_on": [2]}),
    convex(4, LEAST_SQUARES, extra={"depends_on": [1]}),
]


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Return a workspace in which 1 was trained, published and judged, and 2 failed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_SIGNING_KEY", str(tmp_path_factory.mktemp("key") / "key.pem"))
        watched = Watched(write_workspace(tmp_path_factory.mktemp("watched") / "w", TOYS))
        watched.train(1)
        watched.publish(1)
        watched.judge(1)
        watched.train(2)
    return watched.root


@pytest.fixture
def watched(finished, tmp_path):
    """Return a copy of that workspace, with the times of its files."""
    return Watched(shutil.copytree(finished, tmp_path / "w"))


@pytest.fixture
def fresh(tmp_path):
    """Return the same workspace before anything was trained."""
    return Watched(write_workspace(tmp_path / "w", TOYS))
