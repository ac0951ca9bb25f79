"""Which process is meant, whether it still lives, and how none outlives its parent."""

import ctypes
import functools
import os
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psutil

PR_SET_PDEATHSIG = 1
LARGEST_PID = 1 << 22  # on Linux
ROUNDING_SECONDS = 1.5  # the system tells when it was booted in whole seconds


@dataclass(frozen=True)
class Identity:
    """What tells one process from all others, for those who ask for it later.

    Attributes:
        host: where its number means the same, see `here`.
        boot: the boot of that machine, see `boot`.
        pid: its number, given to another one once it is gone.
        started: seconds from the boot to its start. No date: dates move when a clock is set.
    """

    host: str
    boot: str
    pid: int
    started: float

    @classmethod
    def of(cls, process: "psutil.Process") -> "Identity":
        """Return the identity of a process that is seen here.

        Raises:
            psutil.Error: it is gone.
        """
        import psutil

        started = process.create_time() - psutil.boot_time()
        return cls(here(), boot(), process.pid, round(started, 2))

    @classmethod
    def from_json(cls, stored: object) -> "Identity | None":
        """Return what `as_json` stored; None if it is something else."""
        if not isinstance(stored, Mapping):
            return None
        match stored.get("host"), stored.get("boot"), stored.get("pid"), stored.get("started"):
            case str(host), str(of_boot), int(pid), int() | float() as started:
                return cls(host, of_boot, pid, started) if 0 < pid <= LARGEST_PID else None
        return None

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def myself() -> Identity:
    """Return the identity of this process."""
    import psutil

    return Identity.of(psutil.Process(os.getpid()))


def is_alive(process: Identity) -> bool | None:
    """Return whether a process has not ended; None where that cannot be known from here.

    What is on another machine, or in another container of this one, is not seen from here. A
    zombie has ended: only its parent has not noticed. So has a process whose number another one
    has now, and all those of an earlier boot.
    """
    import psutil

    if process.host != here():
        return None
    if process.boot != boot():
        return False
    try:
        found = psutil.Process(process.pid)
        if found.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return False
        return abs(Identity.of(found).started - process.started) < ROUNDING_SECONDS
    except psutil.NoSuchProcess:
        return None if _is_hidden(process.pid) else False
    except psutil.Error:
        return None


def here() -> str:
    """Return where process numbers mean the same: the machine, and the container on it."""
    try:
        return f"{socket.gethostname()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no such file system
        return socket.gethostname()


@functools.cache
def boot() -> str:
    """Return what names this boot of the machine; empty where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when `parent` dies; exit at once if it already has.

    The wish is not inherited: a process forked from this one must ask again.
    """
    libc: Any = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent process is gone")


def _is_hidden(pid: int) -> bool:
    """Return whether a number is another user's process, of which /proc may show nothing."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return False
