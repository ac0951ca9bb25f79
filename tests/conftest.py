"""Examples and order of the whole suite."""

import pytest
from hypothesis import HealthCheck, settings

from longest_first import LongestFirst

# The same few examples in every run, however busy the machine; `--hypothesis-profile=thorough` for
# more, and others each time.
settings.register_profile(
    "suite",
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", settings.get_profile("suite"), max_examples=2000, derandomize=False
)
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Have the longest files run first."""
    config.pluginmanager.register(LongestFirst(config))
