"""What a worker uses of the machine, and how each figure was measured."""

import contextlib
import resource
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from assay.evidence.progress import Bytes, MaybeSeconds, Seconds, Used

TREE = "psutil, sum over the worker's process tree, sampled once a second"
SCHEDSTAT = "schedstat of the worker's threads: ready to run, sampled once a second"
UNKNOWN = "not available on this system"
RUSAGE = "wait4 of the worker, with the children it waited for"


@dataclass
class Usage:
    """The largest figures seen so far.

    Attributes:
        cpu_seconds: user and system time.
        earlier_cpu: that of interrupted sessions of the same training.
        peak_rss_bytes: largest resident memory.
        rss_bytes: resident memory at the last sample.
        processes: processes in the tree at the last sample.
        waits: seconds that each thread was ready but no processor was free, by its number; on a
            crowded machine this is what a run spends most of its time with.
    """

    cpu_seconds: float = 0.0
    earlier_cpu: float = 0.0
    cpu_source: str = TREE
    rss_bytes: int = 0
    peak_rss_bytes: int = 0
    rss_source: str = TREE
    processes: int = 0
    waits: dict[int, float] = field(default_factory=dict)

    def carry(self, earlier: Used) -> None:
        """Count on from what a line of progress.jsonl says of an interrupted session."""
        self.earlier_cpu = earlier.cpu_seconds.value
        self.peak_rss_bytes = earlier.peak_rss_bytes.value
        self.waits[0] = earlier.waited_seconds.value or 0.0

    @property
    def total_cpu_seconds(self) -> float:
        """Return the processor time of this session and the interrupted ones before it."""
        return self.earlier_cpu + self.cpu_seconds

    def sample(self, pid: int) -> None:
        """Look at the process tree now; a process that just ended is left out."""
        cpu, rss, count = 0.0, 0, 0
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(pid)
            for process in (root, *root.children(recursive=True)):
                with contextlib.suppress(psutil.Error), process.oneshot():
                    times = process.cpu_times()
                    cpu += times.user + times.system
                    if process.pid == pid:  # children that have ended
                        cpu += times.children_user + times.children_system
                    rss += process.memory_info().rss
                    self.waits |= _waits(process.pid)
                    count += 1
        if count:
            self.cpu_seconds = max(self.cpu_seconds, cpu)
            self.rss_bytes, self.processes = rss, count
            self.peak_rss_bytes = max(self.peak_rss_bytes, rss)

    def finish(self, rusage: resource.struct_rusage) -> None:
        """Take over the kernel's own account, where it saw more than the samples did."""
        cpu = rusage.ru_utime + rusage.ru_stime
        if cpu >= self.cpu_seconds:
            self.cpu_seconds, self.cpu_source = cpu, RUSAGE
        peak = rusage.ru_maxrss * 1024
        if peak >= self.peak_rss_bytes:
            self.peak_rss_bytes, self.rss_source = peak, RUSAGE

    def so_far(self) -> Used:
        """Return the figures with their sources, for a line of progress.jsonl."""
        waited = round(sum(self.waits.values()), 3) if self.waits else None
        return Used(
            cpu_seconds=Seconds(value=round(self.total_cpu_seconds, 3), source=self.cpu_source),
            waited_seconds=MaybeSeconds(value=waited, source=SCHEDSTAT if self.waits else UNKNOWN),
            rss_bytes=Bytes(value=self.rss_bytes, source=TREE),
            peak_rss_bytes=Bytes(value=self.peak_rss_bytes, source=self.rss_source),
        )


def _waits(pid: int) -> dict[int, float]:
    """Return run-queue delays by thread (Linux, Documentation/scheduler/sched-stats)."""
    waits = {}
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            waits[int(path.parent.name)] = int(path.read_text(encoding="ascii").split()[1]) / 1e9
    return waits
