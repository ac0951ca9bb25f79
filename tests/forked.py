"""Workers of trainings and verdicts, forked from processes that have imported the libraries."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from assay.training import session
from assay.worker.forkserver_client import ForkServers
from assay.worker.process import WorkerProcess


class Forked(ForkServers):
    """Fork servers for trainings too, where they are used."""

    used = False

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Fork the workers of trainings too; end the fork servers afterwards."""
        with pytest.MonkeyPatch.context() as patch, self:
            patch.setattr(self, "used", True)
            patch.setattr(session, "WorkerProcess", partial(WorkerProcess, start=self.start))
            yield

    def ready(self, method: str) -> None:
        """Wait until a method's libraries are imported, so that no training's clock runs for it."""
        if self.used and method not in self._fork_servers:
            _, pipe = ends = os.pipe()
            worker = self.start(method, pipe, Path.cwd())
            worker.stdin.close()  # there is nothing to do
            worker.wait()
            worker.stdout.close()
            for end in ends:
                os.close(end)


FORK_SERVERS = Forked()
