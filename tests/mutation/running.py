"""Running the nearest tests on mutants, each in a process of its own.

A child is forked from a process that has imported the libraries, but neither the package nor the
tests. It imports the one changed module in place of the file's, everything else as it is, and
runs pytest until the first failure. What does not end, or takes too much memory, is killed.
"""

import gc
import importlib
import importlib.abc
import importlib.util
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from mutants import Mutant

SLOWER = 5.0  # times the processor's time without a change: then it is taken for an endless loop
ASLEEP = 10.0  # times that by the clock, on a machine that may be busy with something else
MEMORY = 8 << 30  # bytes of data
_FINE, _BROKEN = 0, 3  # pytest's words for "all passed" and "pytest itself failed"
_INSTALLED = (sys.prefix, sys.base_prefix)


class TestsFailError(Exception):
    """The nearest tests do not pass on the module as it is, so they can tell nothing."""


@dataclass(frozen=True)
class Target:
    """A module to change and the tests that must notice.

    Attributes:
        module: its name.
        source: its file.
        tests: files of tests, the quickest first.
        patience: seconds of the processor that they may take at least.
    """

    module: str
    source: Path
    tests: tuple[Path, ...]
    patience: float = 5.0


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and loads other code for it than its file's."""

    def __init__(self, target: Target, code: CodeType) -> None:
        self._target, self._code = target, code

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """Return a specification of the module, None of every other."""
        if name != self._target.module:
            return None
        return importlib.util.spec_from_file_location(name, self._target.source, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        exec(self._code, module.__dict__)


def prepare(target: Target) -> float:
    """Import the libraries that the tests need, and return what the tests take, in CPU seconds.

    Raises:
        TestsFailError: they do not pass.
    """
    reading, writing = os.pipe()

    def work() -> int:
        status = _tests(target)
        names = [name for name, module in sys.modules.items() if _is_of_a_library(module)]
        os.write(writing, " ".join(names).encode())
        return status

    child = _fork(work)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        names = pipe.read().decode().split()
    _, ended, usage = os.wait4(child, 0)
    status = os.waitstatus_to_exitcode(ended)
    if status != _FINE:
        raise TestsFailError(f"{target.module}: pytest ends with {status} on the module as it is")
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # not every entry of sys.modules can be imported
            continue
    gc.freeze()
    return usage.ru_utime + usage.ru_stime


def survivors(
    target: Target,
    mutants: Sequence[Mutant],
    seconds: float,
    jobs: int,
    told: Callable[[int], None],
) -> list[Mutant]:
    """Return the mutants with which all tests pass.

    Args:
        target: the module and its tests.
        mutants: its changes.
        seconds: what the tests take without a change, of the processor's time.
        jobs: how many run at the same time.
        told: called with the number of mutants judged so far.
    """
    limit = max(target.patience, SLOWER * seconds)
    found, running = list[Mutant](), dict[int, Mutant]()
    waiting = iter(mutants)
    done = 0
    while True:
        while len(running) < jobs and (mutant := next(waiting, None)) is not None:
            running[_fork(_work(target, mutant, limit))] = mutant
        if not running:
            return sorted(found, key=lambda mutant: mutant.line)
        child, status = os.wait()
        mutant = running.pop(child)
        if os.waitstatus_to_exitcode(status) == _FINE:
            found.append(mutant)
        done += 1
        told(done)


def _work(target: Target, mutant: Mutant, limit: float) -> Callable[[], int]:
    def work() -> int:
        # Their signals end a process by themselves, even one that is inside of a library.
        signal.setitimer(signal.ITIMER_PROF, limit)
        signal.setitimer(signal.ITIMER_REAL, ASLEEP * limit)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        sys.meta_path.insert(0, _Changed(target, mutant.code))
        return _tests(target)

    return work


def _fork(work: Callable[[], int]) -> int:
    """Run something in a child that says nothing; return the child's id."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    status = _BROKEN
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        status = work()
    finally:
        os._exit(status)


def _tests(target: Target) -> int:
    quiet = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist"]
    # The libraries were imported before pytest could rewrite what is asserted in them.
    known = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([*quiet, *known, *map(str, target.tests)]))


def _is_of_a_library(module: ModuleType) -> bool:
    """Return whether a module is installed, and neither the package's nor the tests' own."""
    path = getattr(module, "__file__", None)
    return path is not None and any(Path(path).is_relative_to(place) for place in _INSTALLED)
