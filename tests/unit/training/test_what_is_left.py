"""How far a worker says it is, and what is left if the rest goes like what was done."""

import time

import pytest

from assay.training.session import Progress


@pytest.mark.parametrize(
    ("step", "of", "left"),
    [
        (None, None, None),
        (0, 10, None),
        (5, None, None),
        (5, 10, 8.0),
        (10, 10, 0.0),
        (12, 10, 0.0),
    ],
)
def test_what_is_left(monkeypatch, step, of, left):
    monkeypatch.setattr(time, "monotonic", lambda: 108.0)
    progress = Progress(phase="sample", step=step, of=of, phase_started=100.0)
    assert progress.eta_seconds() == left


def test_a_phase_that_ends_is_added_to_its_seconds(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    progress = Progress(phase="start", phase_started=100.0, step=3, of=4)
    for seconds, phase in ((1.0, "build"), (2.0, "start"), (4.0, "end")):
        now[0] += seconds
        progress.enter(phase)
    assert progress.phases == {"start": 5.0, "build": 2.0}
    assert (progress.phase, progress.step, progress.of) == ("end", None, None)
