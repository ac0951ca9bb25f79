"""The recorder's end of a worker: start it, read what it says, know how it ended."""

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from assay.core.environment import worker_environment
from assay.evidence.record import Part
from assay.worker.messages import Said, Task, decode
from assay.worker.pipe import write_message
from assay.worker.usage import Usage

CHUNK = 1 << 16
LONGEST_MESSAGE = 1 << 28  # bytes; a table of ten million cells tells of each in fewer
LONGEST_PRINTED = 1 << 16  # bytes of a line that the model prints, before it is broken
KILLED = "it was killed by"


@dataclass(frozen=True)
class Started:
    """A worker that has just been started.

    Attributes:
        pid: its number; it leads a session of its own.
        stdin: for jobs and commands.
        stdout: what model code prints.
        wait: waits for its end; returns the exit code (negative: the signal that ended it) and,
            where the kernel tells, what it used.
    """

    pid: int
    stdin: BinaryIO
    stdout: BinaryIO
    wait: Callable[[], tuple[int, Any]]


Start = Callable[[str, int, Path], Started]


def spawn(method: str, pipe: int, scratch: Path) -> Started:
    """Start a worker in a fresh interpreter.

    Args:
        method: of its model; not needed here.
        pipe: descriptor to which it writes messages.
        scratch: its folder.
    """
    del method
    process = subprocess.Popen(
        [sys.executable, "-m", "assay.worker", str(pipe), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(pipe,),
        cwd=scratch,
        env=worker_environment(temporary=scratch),
        start_new_session=True,
    )

    def wait() -> tuple[int, Any]:
        _, status, rusage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, rusage

    return Started(process.pid, process.stdin, process.stdout, wait)  # type: ignore[arg-type]


class Lines:
    """Puts lines together from pieces, in a time that grows with their length and no faster."""

    def __init__(self, longest: int) -> None:
        """Begin; a line of more than `longest` bytes is broken."""
        self._longest = longest
        self._begun = bytearray()

    def split(self, piece: bytes) -> list[bytes]:
        """Return the lines that a piece completes, each with its end unless it was broken."""
        *ends, begun = piece.split(b"\n")
        lines = []
        for end in ends:
            lines.append(bytes(self._begun) + end + b"\n")
            self._begun.clear()
        self._begun += begun
        if len(self._begun) > self._longest:
            lines.append(self.rest)
            self._begun.clear()
        return lines

    @property
    def rest(self) -> bytes:
        """Return what has come of a line that has no end yet."""
        return bytes(self._begun)


class WorkerProcess:
    """A running worker.

    Attributes:
        usage: what it has used so far.
    """

    def __init__(
        self, task: Task, scratch: Path, print_line: Callable[[str], None], start: Start = spawn
    ) -> None:
        reader, writer = os.pipe()
        try:
            self._process = start(task.method, writer, scratch)
        finally:
            os.close(writer)
        self.usage = Usage()
        self._ended = False
        self._print_line = print_line
        self._messages = reader
        self._output = self._process.stdout.fileno()
        self._lines = {
            self._messages: Lines(LONGEST_MESSAGE),
            self._output: Lines(LONGEST_PRINTED),
        }
        self._selector = selectors.DefaultSelector()
        for stream in self._lines:
            os.set_blocking(stream, False)
            self._selector.register(stream, selectors.EVENT_READ)
        self.send(task)

    def send(self, message: Part) -> None:
        """Send a command; a worker that has just died is noticed by `receive`."""
        try:
            write_message(self._process.stdin, message)
        except BrokenPipeError:
            return

    def receive(self, timeout: float) -> list[Said] | None:
        """Return the messages that came within `timeout` seconds; None when it has ended.

        What is none, or longer than LONGEST_MESSAGE, is there as `NoMessage`.
        """
        if not self._selector.get_map():
            return None
        messages: list[Said] = []
        for key, _ in self._selector.select(timeout):
            stream = key.fd
            chunk = os.read(stream, CHUNK)
            if not chunk:
                self._selector.unregister(stream)
                continue
            for line in self._lines[stream].split(chunk):
                if stream == self._messages:
                    messages.append(decode(line))
                else:
                    self._print(line)
        return messages

    def _print(self, line: bytes) -> None:
        self._print_line(line.removesuffix(b"\n").decode("utf-8", "replace"))

    def sample(self) -> None:
        """Measure what the worker uses now."""
        self.usage.sample(self._process.pid)

    def finish(self) -> str:
        """Wait for the end and return how it came: empty if in order, else words."""
        if rest := self._lines[self._output].rest:
            self._print(rest)
        self._selector.close()
        code = self._reap()
        self._close()
        if code < 0:
            return f"{KILLED} {signal.Signals(-code).name}"
        return f"it ended with status {code}" if code else ""

    def kill(self) -> None:
        """End the worker and everything it started."""
        if not self._ended:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._reap()
        self._close()

    def _reap(self) -> int:
        """Wait for the worker's end, take over the kernel's account, return the exit code."""
        code, rusage = self._process.wait()
        self._ended = True
        if rusage is not None:
            self.usage.finish(rusage)
        return code

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                continue
        if self._messages >= 0:
            os.close(self._messages)
            self._messages = -1


def was_killed(how: str) -> bool:
    """Return whether the words that `WorkerProcess.finish` returned tell of a signal."""
    return how.startswith(KILLED)
