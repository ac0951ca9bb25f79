"""The recorder's end of a worker: start it, read what it says, know how it ended."""

import json
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
from assay.worker.pipe import Message, write_message
from assay.worker.usage import Usage

CHUNK = 1 << 16
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


class WorkerProcess:
    """A running worker.

    Attributes:
        usage: what it has used so far.
    """

    def __init__(
        self, job: Message, scratch: Path, print_line: Callable[[str], None], start: Start = spawn
    ) -> None:
        reader, writer = os.pipe()
        try:
            self._process = start(job["method"], writer, scratch)
        finally:
            os.close(writer)
        self.usage = Usage()
        self._ended = False
        self._print_line = print_line
        self._messages = reader
        self._output = self._process.stdout.fileno()
        self._buffers = {self._messages: b"", self._output: b""}
        self._selector = selectors.DefaultSelector()
        for stream in self._buffers:
            os.set_blocking(stream, False)
            self._selector.register(stream, selectors.EVENT_READ)
        self.send(job)

    def send(self, message: Message) -> None:
        """Send a command; a worker that has just died is noticed by `receive`."""
        try:
            write_message(self._process.stdin, message)
        except BrokenPipeError:
            return

    def receive(self, timeout: float) -> list[Message] | None:
        """Return the messages that came within `timeout` seconds; None when it has ended."""
        if not self._selector.get_map():
            return None
        messages: list[Message] = []
        for key, _ in self._selector.select(timeout):
            stream = key.fd
            chunk = os.read(stream, CHUNK)
            if not chunk:
                self._selector.unregister(stream)
                continue
            *lines, self._buffers[stream] = (self._buffers[stream] + chunk).split(b"\n")
            if stream == self._messages:
                messages += [_decode(line) for line in lines]
            else:
                for line in lines:
                    self._print_line(line.decode("utf-8", "replace"))
        return messages

    def sample(self) -> None:
        """Measure what the worker uses now."""
        self.usage.sample(self._process.pid)

    def finish(self) -> str:
        """Wait for the end and return how it came: empty if in order, else words."""
        if rest := self._buffers[self._output]:
            self._print_line(rest.decode("utf-8", "replace"))
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


def _decode(line: bytes) -> Message:
    """Return a message; what is none becomes one of type "garbage"."""
    try:
        message: Any = json.loads(line)
    except (ValueError, RecursionError):
        message = None
    if isinstance(message, dict) and isinstance(message.get("type"), str):
        return message
    return {"type": "garbage", "text": line[:200].decode("utf-8", "replace")}
