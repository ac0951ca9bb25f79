"""The recorder's end of a worker: start it, read what it says, know how it ended."""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.pinning import worker_environment
from assay.recorder.usage import Usage
from assay.worker.pipe import Message, write_message

CHUNK = 1 << 16
KILLED = "it was killed by"


class WorkerProcess:
    """A running worker.

    Attributes:
        usage: what it has used so far.
    """

    def __init__(self, job: Message, scratch: Path, print_line: Callable[[str], None]) -> None:
        reader, writer = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "assay.worker", str(writer), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(writer,),
            cwd=scratch,
            env=worker_environment(temporary=scratch),
            start_new_session=True,
        )
        os.close(writer)
        self.usage = Usage()
        self._print_line = print_line
        self._messages = reader
        self._output = self._process.stdout.fileno()  # type: ignore[union-attr]
        self._buffers = {self._messages: b"", self._output: b""}
        self._selector = selectors.DefaultSelector()
        for stream in self._buffers:
            os.set_blocking(stream, False)
            self._selector.register(stream, selectors.EVENT_READ)
        self.send(job)

    def send(self, message: Message) -> None:
        """Send a command; a worker that has just died is noticed by `receive`."""
        try:
            write_message(self._process.stdin, message)  # type: ignore[arg-type]
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
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._reap()
        self._close()

    def _reap(self) -> int:
        """Wait for the worker's end, take over the kernel's account, return the exit code."""
        _, status, rusage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self.usage.finish(rusage)
        return self._process.returncode

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            try:
                stream.close()  # type: ignore[union-attr]
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
