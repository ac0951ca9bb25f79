"""The time tracker's log."""

from pathlib import Path

import pytest


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "implementation" / "logs" / "phase_5_timing.json"
