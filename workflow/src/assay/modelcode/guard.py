"""Keeping model code to its inputs: what it opens elsewhere is refused and named.

An audit hook (PEP 578) sees every file, socket and program that Python code asks for. Where the
nearest caller outside the libraries is model code, only the libraries' own places may be read.
This catches honest slips, which make a result depend on more than its inputs; code that means
harm can get around it, and confinement of the process is another layer.
"""

import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from assay.core.errors import Category, TrainingError
from assay.modelcode.import_policy import ATTRIBUTES, BUILTINS, MODULES

PACKAGE = str(Path(__file__).parents[1])
# What libraries read of a system: themselves, its kernel, the clock's zone, fonts and names. Files
# that anybody might have put there are not among them.
# fmt: off
SYSTEM = (
    "/lib", "/usr/lib", "/usr/local/lib", "/usr/share/zoneinfo/", "/usr/share/fonts/",
    "/usr/local/share/fonts/", "/etc/fonts/", "/etc/localtime/", "/etc/mime.types/",
    "/etc/os-release/", "/etc/lsb-release/", "/etc/passwd/", "/etc/ld.so.cache/", "/proc/", "/sys/",
    "/dev/null/", "/dev/urandom/", "/dev/random/", "/dev/tty/",
)
CACHES = (
    ".pytensor", ".numba_cache", ".matplotlib", ".config/matplotlib", ".cache/matplotlib",
    ".cache/fontconfig",
)
# fmt: on
UNNAMEABLE = MODULES - {"copyreg"} | BUILTINS | ATTRIBUTES | {"eval", "getattr"}
NETWORK = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto")


class Guard:
    """Refuses what model code opens outside its inputs, and remembers that it tried.

    Attributes:
        violations: what was refused, a sentence each, in order.
    """

    def __init__(self, code: Path, scratch: Path) -> None:
        self.violations: list[TrainingError] = []
        self._code = str(code) + os.sep
        own = [os.path.realpath(scratch) + os.sep, os.path.realpath(code) + os.sep]
        homes = [os.path.realpath(Path.home() / cache) + os.sep for cache in CACHES]
        places = (sys.prefix, sys.base_prefix, sysconfig.get_path("purelib"))
        libraries = [os.path.realpath(path) + os.sep for path in places]
        self._allowed = (*own, *homes, *libraries, PACKAGE + os.sep, *SYSTEM)
        self._checks: dict[str, Callable[[tuple[Any, ...]], str]] = {
            "open": self._opened,
            "pickle.find_class": _unpickled,
            **dict.fromkeys(NETWORK, lambda args: f"used the network ({args[-1]!r})"),
        }

    def install(self) -> None:
        """Start watching this process; it cannot be taken back."""
        sys.addaudithook(self._hook)

    def raise_swallowed(self) -> None:
        """Raise the first violation, in case model code caught it and went on."""
        if self.violations:
            raise self.violations[0]

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        check = self._checks.get(event)
        if check is None:
            return
        deed = check(args)
        if deed and (caller := self._model_caller()):
            place = f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
            self.violations.append(
                TrainingError(
                    f"model code {deed}; it may read nothing but its inputs",
                    category=Category.IMPLEMENTATION,
                    where=f"{place} in {caller.f_code.co_name}",
                    remedy="Put what the model needs into its features file, where it is hashed "
                    "and recorded.",
                )
            )
            raise self.violations[-1]

    def _opened(self, args: tuple[Any, ...]) -> str:
        path = args[0]
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str):
            return ""
        full = os.path.realpath(path) + os.sep
        return "" if full.startswith(self._allowed) else f"opened {path}"

    def _model_caller(self) -> FrameType | None:
        """Return the frame of model code, if it is the nearest outside the libraries."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(self._code):
                return frame
            if file.startswith(PACKAGE) and not file.endswith("guard.py"):
                return None
            frame = frame.f_back
        return None


def _unpickled(args: tuple[Any, ...]) -> str:
    """Say what a pickle asks for that model code could not have named."""
    module, name = (str(part) for part in args)
    parts = {module.partition(".")[0], *name.split(".")}
    return f"unpickled {module}.{name}" if parts & UNNAMEABLE else ""
