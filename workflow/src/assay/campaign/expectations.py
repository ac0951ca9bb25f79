"""What is expected of a training: heartbeats and checkpoints."""

from assay.design.schema import Design
from assay.methods import load
from assay.methods.base import Range


def heartbeats(design: Design, heartbeat_seconds: float) -> Range:
    """Return how many heartbeats the expected time holds."""
    minutes = design.expected.minutes
    if minutes == "auto":
        return 0, None
    return int(minutes[0] * 60 // heartbeat_seconds), int(minutes[1] * 60 // heartbeat_seconds)


def checkpoints(design: Design, heartbeat_seconds: float) -> Range:
    """Return the least and the greatest number of checkpoints that a training should leave."""
    expected = load(design.method, "settings").expected_checkpoints
    return expected(design.training, heartbeats(design, heartbeat_seconds))
