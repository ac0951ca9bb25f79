"""Running replicates in this process or in several, with the same results in the same order.

Processes are forked, so that they share model and inputs without copying them. Each gets a
stretch of replicates at a time, long enough to make the sending cheap and short enough to show
progress. Which process computes what depends on time; what comes out does not.
"""

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from types import TracebackType
from typing import Any, Self

from assay.core.errors import Category, TrainingError
from assay.core.processes import die_with_parent
from assay.methods.base import Job
from assay.methods.simulation.replicate import Replicate, simulate

_STRETCH_SECONDS = 0.1
_LONGEST_STRETCH = 2000


class Serial:
    """Runs replicates one after the other in this process."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def run(self, first: int, last: int) -> Iterator[Replicate]:
        """Yield replicates first, ..., last - 1.

        Raises:
            TrainingError: the model failed or returned something else than numbers by name.
        """
        for number in range(first, last):
            yield simulate(self._job, number)


class Forked:
    """Runs replicates in as many forked processes as the job has cores."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._processes: dict[Connection, ForkProcess] = {}
        self._stretch = 1

    def __enter__(self) -> Self:
        _flush()  # what is buffered would be written by every child again
        context = multiprocessing.get_context("fork")
        for _ in range(min(self._job.cores, self._job.training.most_replicates)):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(self._job, theirs, os.getpid()))
            try:
                process.start()
            except OSError as error:
                self._end()
                raise _no_process(error) from error
            theirs.close()
            self._processes[ours] = process
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def run(self, first: int, last: int) -> Iterator[Replicate]:
        """Yield replicates first, ..., last - 1 in this order, whichever process they come from.

        Raises:
            TrainingError: the model failed or returned something else than numbers by name (the
                first replicate that did), or a process was killed (category 3).
        """
        waiting, arrived, following = first, dict[int, Any](), first
        busy: dict[Connection, tuple[int, int]] = {}
        while waiting < last:
            for line in self._processes:
                if line not in busy and following < last:
                    end = min(following + self._stretch, last)
                    busy[line] = (following, end)
                    self._send(line, busy[line])
                    following = end
            for line in self._ready(busy):
                begin, end = busy.pop(line)
                seconds, results = self._receive(line, begin, end)
                self._pace(seconds, end - begin)
                arrived.update(zip(range(begin, end), results, strict=False))
            while waiting in arrived:
                result = arrived.pop(waiting)
                if not isinstance(result, Replicate):
                    raise _revived(result)
                yield result
                waiting += 1

    def _end(self) -> None:
        for line, process in self._processes.items():
            process.kill()
            process.join()
            line.close()
        self._processes.clear()

    def _pace(self, seconds: float, count: int) -> None:
        wanted = int(_STRETCH_SECONDS * count / max(seconds, 1e-6))
        self._stretch = max(1, min(wanted, 2 * self._stretch, _LONGEST_STRETCH))

    def _ready(self, busy: dict[Connection, tuple[int, int]]) -> list[Connection]:
        ends = {self._processes[line].sentinel: line for line in busy}
        ready = wait([*busy, *ends])
        lines = [ends[one] if isinstance(one, int) else one for one in ready]
        return [line for line in busy if line in lines]

    def _send(self, line: Connection, stretch: tuple[int, int]) -> None:
        try:
            line.send(stretch)
        except OSError as error:
            raise self._killed(line, *stretch) from error

    def _receive(self, line: Connection, begin: int, end: int) -> Any:
        try:
            if line.poll():
                return line.recv()
        except (EOFError, OSError) as error:
            raise self._killed(line, begin, end) from error
        raise self._killed(line, begin, end)

    def _killed(self, line: Connection, begin: int, end: int) -> TrainingError:
        process = self._processes[line]
        process.join(1.0)
        code = process.exitcode
        how = f"with exit status {code}"
        if code is not None and code < 0:
            how = f"by signal {-code} ({signal.strsignal(-code)})"
        place = f"replicate {begin}" if end - begin == 1 else f"replicates {begin} to {end - 1}"
        return TrainingError(
            f"the process that ran {place} was ended {how}",
            category=Category.RESOURCE,
            where=place,
            remedy="Signal 9 most often means that memory ran out: give the job more memory_mb or "
            "fewer threads under resources, or make simulate need less. Otherwise see what ends "
            "the process in simulate or in the libraries it calls.",
        )


def runner(job: Job) -> Serial | Forked:
    """Return what runs the job's replicates, a context manager."""
    return Forked(job) if job.cores > 1 else Serial(job)


def _no_process(error: OSError) -> TrainingError:
    return TrainingError(
        f"no further process could be started: {error.strerror}",
        category=Category.RESOURCE,
        where="simulate",
        remedy="Allow more processes and memory, or ask for fewer threads under resources.",
    )


def _serve(job: Job, line: Connection, parent: int) -> None:
    die_with_parent(parent)
    while True:
        begin, end = line.recv()
        started = time.monotonic()
        results: list[Any] = []
        for number in range(begin, end):
            results.append(_attempt(job, number))
            if not isinstance(results[-1], Replicate):
                break
        _flush()
        line.send((time.monotonic() - started, results))


def _attempt(job: Job, number: int) -> Replicate | tuple[str, int, str, str, str]:
    """Return the replicate, or an error as plain values: exceptions do not survive the way."""
    try:
        return simulate(job, number)
    except TrainingError as error:
        return (str(error), int(error.category), error.where, error.remedy, error.details)
    except MemoryError as error:
        message = f"replicate {number}: out of memory {error}".rstrip()
        return (message, int(Category.RESOURCE), "simulate", "", traceback.format_exc())


def _revived(plain: tuple[str, int, str, str, str]) -> TrainingError:
    message, category, where, remedy, details = plain
    return TrainingError(
        message, category=Category(category), where=where, remedy=remedy, details=details
    )


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
