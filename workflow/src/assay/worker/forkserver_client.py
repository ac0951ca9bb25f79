"""Workers for many verdicts: forked from processes that have imported what they need."""

import os
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from assay.core.environment import worker_environment
from assay.worker.process import Started, spawn

KILLED = -9  # the exit code of a worker that died with its fork server


class ForkServers:
    """Starts workers, from one fork server for each method; leaving the context ends those."""

    def __init__(self) -> None:
        self._fork_servers: dict[str, _ForkServer] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._fork_servers.clear()
        self._stack.close()

    def start(self, method: str, pipe: int, scratch: Path) -> Started:
        """Start a worker; one whose fork server has died is started in a fresh interpreter.

        Args:
            method: of its model.
            pipe: descriptor to which it writes messages.
            scratch: its folder.
        """
        if method not in self._fork_servers:
            self._fork_servers[method] = self._stack.enter_context(_ForkServer(method))
        try:
            return self._fork_servers[method].start(pipe, scratch)
        except OSError:
            return spawn(method, pipe, scratch)


class _ForkServer:
    """One process that forks workers (`assay.worker.forkserver`), and the line to it."""

    def __init__(self, method: str) -> None:
        self._stack = ExitStack()
        folder = tempfile.TemporaryDirectory(prefix="assay-validate-")
        scratch = Path(self._stack.enter_context(folder))
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = str(theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "assay.worker.forkserver", number, str(os.getpid()), method],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                cwd=scratch,
                env=worker_environment(temporary=scratch),
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait()
        self._stack.close()

    def start(self, pipe: int, scratch: Path) -> Started:
        """Have a worker forked.

        Raises:
            OSError: the fork server is gone.
        """
        stdin, commands = os.pipe()
        output, stdout = os.pipe()
        try:
            socket.send_fds(self._control, [os.fsencode(scratch)], [stdin, stdout, pipe])
            pid = self._answer("began")
        except OSError:
            os.close(commands)
            os.close(output)
            raise
        finally:
            os.close(stdin)
            os.close(stdout)
        return Started(pid, os.fdopen(commands, "wb"), os.fdopen(output, "rb"), self._wait)

    def _wait(self) -> tuple[int, Any]:
        try:
            self._control.send(b"wait")
            return self._answer("ended"), None
        except OSError:
            return KILLED, None

    def _answer(self, event: str) -> int:
        """Return the number that comes with an event."""
        words = self._control.recv(64).decode().split()
        if words[:1] != [event]:
            raise BrokenPipeError("the fork server is gone")
        return int(words[1])
