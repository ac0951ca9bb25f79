"""Taking over a workspace from a Snakemake that was killed, without being asked to.

Snakemake locks the files of a run and leaves the locks behind when it is killed; the next run
then refuses to start until `snakemake --unlock`. Here a run notes who holds its locks, and the
next one on the same machine takes them over if that process is gone. Locks of another machine,
or of nobody known, stay: only their owner can say whether it is still alive.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay.core.files import write_text
from assay.core.processes import Identity, is_alive, myself
from assay.snakemake.internals import Lock, Locks, before_locking, locks_of

OWNER = "locks_owner.json"


def install(workflow: Any) -> None:
    """Have the run that a Snakefile's `workflow` is about take over from a dead one."""

    def act() -> None:
        if (locks := locks_of(workflow)) is not None:
            take_over(locks)

    before_locking(workflow, act)


def take_over(locks: Locks) -> None:
    """Remove the locks of a dead run of this machine, and note from now on who holds them.

    The note is written between locking and the first job: before, it could be that of a run
    which is about to be refused; in `onstart`, a run could die with its locks and without it.

    Args:
        locks: Snakemake's, before it is asked to lock.
    """
    owner = locks.folder / OWNER
    if _is_dead(owner):
        locks.remove()
        owner.unlink()

    def noting(lock: Lock) -> Lock:
        @contextmanager
        def noted() -> Iterator[None]:
            with lock():
                write_text(owner, json.dumps(myself().as_json()) + "\n")
                try:
                    yield
                finally:
                    owner.unlink(missing_ok=True)

        return noted

    locks.wrap(noting)


def _is_dead(owner: Path) -> bool:
    try:
        noted = Identity.from_json(json.loads(owner.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False
    return noted is not None and is_alive(noted) is False
