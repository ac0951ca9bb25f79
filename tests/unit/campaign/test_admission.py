"""Features that act when they are loaded are refused before anything is trained."""

import os

import pandas as pd
import pytest

from assay.campaign.admission import admit
from assay.core.errors import Category, TrainingError
from assay.core.workspace import Workspace
from toys import SIMULATED, simulation, write_workspace


class Acting:
    """Calls a function when it is loaded."""

    def __reduce__(self):
        return os.getcwd, ()


def admitted(root, features):
    place = Workspace(write_workspace(root, [simulation(1, SIMULATED, features=features)]))
    return admit(place, 1, "", ())


def test_what_calls_something_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(TrainingError, match=r"calls posix.getcwd when it is loaded") as caught:
        admitted(tmp_path, {"x": Acting()})
    assert caught.value.category is Category.DATA
    assert "frames, arrays, numbers and text" in str(caught.value)


def test_data_is_admitted(tmp_path):
    frame = pd.DataFrame({"when": pd.to_datetime(["2024-07-26"]), "who": pd.Categorical(["NA"])})
    assert admitted(tmp_path, {"frame": frame, "rest": [1, 2.0, ("a",)]}).seed


def test_a_broken_pickle_is_left_to_the_worker_which_says_why(tmp_path):
    place = Workspace(write_workspace(tmp_path, [simulation(1, SIMULATED)]))
    place.features(1).write_bytes(b"no pickle")
    assert admit(place, 1, "", ()).seed
