"""How often a state is stored beside those that the design asks for."""

import io

import numpy as np
import pytest

from assay.worker import channel
from assay.worker.channel import PipeChannel


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose one number is the time, and moves only when a test says so."""
    now = [100.0]
    monkeypatch.setattr("assay.worker.channel.time.monotonic", lambda: now[0])
    return now


def stored(clock, tmp_path, seconds):
    """Return when a training of steps of half a second stored states, from its beginning."""
    line = PipeChannel(io.BytesIO(), tmp_path, heartbeat_seconds=60.0)
    began, found = clock[0], []
    while clock[0] < began + seconds:
        clock[0] += 0.5
        if line.checkpoint_due("state"):
            found.append(clock[0] - began)
            line.checkpoint("state", {"x": np.zeros(2)})
    return np.array(found)


@pytest.mark.parametrize("seconds", [60, 100, 600, 3600, 86_400])
def test_no_stretch_without_a_state_is_a_large_part_of_the_whole(clock, tmp_path, seconds):
    times = stored(clock, tmp_path, seconds)
    assert max(np.diff([0.0, *times, seconds])) <= 0.06 * seconds
    assert max(np.diff(times)) <= 60.5
    assert len(times) <= 70 + seconds / 60


def test_states_that_take_long_to_store_are_stored_rarely(clock, tmp_path, monkeypatch):
    def store(*_):
        clock[0] += 4.0

    monkeypatch.setattr(channel, "save_arrays", store)
    times = stored(clock, tmp_path, 3600)
    assert 2 <= len(times) <= 1 + 3600 * 0.02 / 4.0
