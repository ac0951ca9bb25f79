"""Run one training, or do one again: read a job from stdin, report over the pipe in argv[1]."""

import gc
import os
import sys
import traceback
from pathlib import Path

from assay.core.errors import Category, TrainingError
from assay.core.processes import die_with_parent
from assay.worker.channel import PipeChannel, Stage
from assay.worker.messages import TASK, failure
from assay.worker.pipe import read_message

# Objects made before garbage is looked for: to compile a model makes millions, and keeps them.
OBJECTS = 100_000


def main() -> None:
    """Be a worker until whoever started it has what he wants, or is gone."""
    die_with_parent(int(sys.argv[2]))
    serve(int(sys.argv[1]))


def serve(pipe: int) -> None:
    """Do the task that comes over stdin; every way it can fail ends as a message.

    Args:
        pipe: file descriptor of the pipe over which to report.
    """
    gc.set_threshold(OBJECTS, 50, 50)
    commands = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)  # model code must not read the recorder's commands
    task = read_message(commands, TASK)
    if task is None:
        return
    with os.fdopen(pipe, "wb") as stream:
        channel = PipeChannel(stream, Path(task.scratch), task.heartbeat_seconds)
        stage = Stage()
        try:
            from assay.worker.work import work  # here, so that it is told if this fails

            work(task, channel, commands, stage)
        except TrainingError as error:
            channel.send(failure(error, stage.name))
        except MemoryError as error:
            channel.send(failure(_out_of_memory(error), stage.name))
        except OSError as error:
            channel.send(failure(_refused(error), stage.name))


def _out_of_memory(error: MemoryError) -> TrainingError:
    return TrainingError(
        f"the worker ran out of memory {error}".strip(),
        category=Category.RESOURCE,
        where="worker",
        remedy="Give the job more memory (resources.memory_mb in the design) and run again.",
    )


def _refused(error: OSError) -> TrainingError:
    return TrainingError(
        f"the machine refused: {error.strerror or error}",
        category=Category.RESOURCE,
        where=str(error.filename or "worker"),
        remedy="Make room on the disk, or lift what limits files and processes, and run again.",
        details=traceback.format_exc(),
    )


if __name__ == "__main__":
    main()
