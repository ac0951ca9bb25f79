"""Whether a workspace can be written at all, asked once before anything is trained."""

import os
import tempfile
from collections.abc import Iterable
from typing import Any

from snakemake.exceptions import WorkflowError

from assay.core.errors import AssayError
from assay.core.workspace import Workspace
from assay.snakemake.internals import before_locking

LEAST_BYTES = 64 * 1024  # less room is none: the logs of one training take about as much


class NotWritableError(AssayError):
    """The workspace is on a full or read-only disk, or not ours to write."""


def install(workflow: Any, workspace: Workspace, models: Iterable[int]) -> None:
    """Have a run, but no dry run, refuse a workspace that cannot be written.

    Before locking: on the same disk the locks, too, would find no room, and say so less well.
    """

    def act() -> None:
        try:
            check_writable(workspace, models)
        except NotWritableError as error:
            raise WorkflowError(f"assay: {error}") from None

    before_locking(workflow, act)


def check_writable(workspace: Workspace, models: Iterable[int]) -> None:
    """Write a small file into a workspace and remove it.

    Raises:
        NotWritableError: that failed; the message says why and what to do.
    """
    try:
        with tempfile.TemporaryFile(dir=workspace.root) as stream:
            stream.write(bytes(LEAST_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        names = ", ".join(map(str, models))
        raise NotWritableError(
            f"{workspace.root} cannot be written ({error.strerror}), so no model is trained: "
            f"{names}. Make room on that disk, or make the folder writable, and run again"
        ) from error
