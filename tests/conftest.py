"""Which files are run first."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same few examples in every run, however busy the machine; `--hypothesis-profile=thorough` for
# more, and others each time.
settings.register_profile(
    "suite",
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", settings.get_profile("suite"), max_examples=2000, derandomize=False
)
settings.load_profile("suite")

# What takes longest, so that no core is idle at the end; pytest sorts what `testpaths` lists.
FIRST = (
    "workflow/test_campaign.py",
    "forgeries/test_corpus_bayesian.py",
    "forgeries/test_corpus.py",
    "workflow/test_kills.py",
    "training/test_interruption.py",
    "workflow/test_watch.py",
    "workflow/test_faults_midway.py",
    "workflow/test_faults.py",
    "workflow/test_validation.py",
    "workflow/test_emergency.py",
    "workflow/test_slurm.py",
    "workflow/test_attempts.py",
    "forgeries/test_other_machines.py",
    "unit/methods/test_bayesian_replay.py",
    "unit/methods/test_bayesian_fit.py",
    "reference/test_reference_answers.py",
)
PLACES = {Path(__file__).parent / name: place for place, name in enumerate(FIRST)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files in front, each with its tests in order."""
    items.sort(key=lambda item: PLACES.get(item.path, len(PLACES)))
