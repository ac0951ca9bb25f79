"""The order of the suite: the files that take longest are begun first, so that no core idles.

How long a file takes is what it took in the last run of the whole suite, which pytest's cache
knows; where that is not known, as in a clean clone, it is guessed from what kind of tests it has.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

KEY = "assay/seconds"
TESTS = Path(__file__).parent
CAMPAIGN, TRAINING, COMPILING, PLAIN = 10.0, 3.0, 1.0, 0.05  # seconds a test takes, about


def guess(item: pytest.Item) -> float:
    """Return about how many seconds a test takes."""
    if item.get_closest_marker("slow"):
        return CAMPAIGN
    if TESTS / "unit" not in item.path.parents:
        return TRAINING
    return COMPILING if "bayesian" in item.path.name else PLAIN


def in_order(items: Iterable[pytest.Item], known: Mapping[str, float]) -> list[pytest.Item]:
    """Return tests with the longest files in front, each with its tests in their order.

    Args:
        items: as pytest collected them.
        known: seconds by file, as far as they were measured.
    """
    items, guessed = list(items), defaultdict[str, float](float)
    for item in items:
        guessed[file_of(item.nodeid)] += guess(item)
    seconds = {**guessed, **known}
    return sorted(items, key=lambda item: -seconds[file_of(item.nodeid)])


def file_of(nodeid: str) -> str:
    """Return the file in which a test stands."""
    return nodeid.partition("::")[0]


class LongestFirst:
    """Sorts what is collected, and measures runs of the whole suite for the next time."""

    def __init__(self, config: pytest.Config) -> None:
        """Read what was measured; workers of xdist are told it, so that all sort alike."""
        self._config = config
        self._cache = getattr(config, "cache", None)  # None if its plugin is switched off
        self._worker = getattr(config, "workerinput", None)
        if self._worker is not None:
            self._known = self._worker[KEY]
        else:
            self._known = {} if self._cache is None else self._cache.get(KEY, {})
        self._measured = defaultdict[str, float](float)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node) -> None:
        node.workerinput[KEY] = self._known

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = in_order(items, self._known)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._measured[file_of(report.nodeid)] += report.duration

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if self._worker is not None or self._cache is None or exitstatus or not self._is_whole():
            return
        self._cache.set(KEY, {file: round(s, 1) for file, s in self._measured.items()})

    def _is_whole(self) -> bool:
        options = self._config.option
        given = self._config.args_source is not pytest.Config.ArgsSource.TESTPATHS
        return not (given or options.keyword or options.markexpr)
