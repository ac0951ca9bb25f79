"""Run one training, or do one again: read a job from stdin, report over the pipe in argv[1]."""

import gc
import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from assay.errors import Category, TrainingError
from assay.processes import die_with_parent
from assay.worker.channel import PipeChannel
from assay.worker.pipe import Message, read_message

if TYPE_CHECKING:
    from assay.worker.guard import Guard
    from assay.worker.untouched import Untouched


# Objects made before garbage is looked for: to compile a model makes millions, and keeps them.
OBJECTS = 100_000


def main() -> None:
    """Do the job that the recorder sends; every way it can fail ends as a message."""
    die_with_parent(int(sys.argv[2]))
    gc.set_threshold(OBJECTS, 50, 50)
    commands = os.fdopen(os.dup(0), "rb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)  # model code must not read the recorder's commands
    job = read_message(commands)
    if job is None:
        return
    scratch = Path(job["scratch"])
    with os.fdopen(int(sys.argv[1]), "wb") as stream:
        channel = PipeChannel(stream, scratch, job["heartbeat_seconds"])
        stage = _Stage()
        try:
            _work(job, channel, commands, scratch, stage)
        except TrainingError as error:
            channel.send(_failure(error, stage))
        except MemoryError as error:
            channel.send(_failure(_out_of_memory(error), stage))
        except OSError as error:
            channel.send(_failure(_refused(error), stage))


class _Stage:
    """Where the work stands, for the incident report."""

    name: str = "import"


def _work(
    job: Message, pipe: PipeChannel, commands: BinaryIO, scratch: Path, stage: _Stage
) -> None:
    from assay.evidence.arrays import StoredArrays, save_fit
    from assay.methods import load
    from assay.methods.base import Before, Job
    from assay.methods.calls import caller
    from assay.seeds import generator
    from assay.worker.guard import Guard
    from assay.worker.inputs import read_inputs
    from assay.worker.loading import import_model
    from assay.worker.recompute import Phases, recompute
    from assay.worker.table import write_table
    from assay.worker.untouched import Untouched

    validating = job["type"] == "recompute"
    channel: Any = pipe
    if validating:
        channel = Phases(job["heartbeat_seconds"], pipe.send, job["checkpoints"])
    pipe.phase("import")
    settings = load(job["method"], "settings")
    method = load(job["method"], "fit")
    if validating:
        load(job["method"], "replay")
    upstream = {int(i): (Path(table), Path(types)) for i, (table, types) in job["upstream"].items()}
    inputs = read_inputs(Path(job["features"]), upstream, job["design"], job["digests"])
    before = Before(
        *(StoredArrays({k: Path(v) for k, v in job[part].items()}) for part in ("before", "kept"))
    )
    import_module("pandas")  # all model code uses it: here so that it is compared like the rest
    guard = Guard(Path(job["code"]).parent, scratch)
    guard.install()
    untouched = Untouched(Path(job["code"]).parent)
    model = import_model(Path(job["code"]))

    def send(message: Message) -> None:
        """Report what model code had a part in, unless it did what it may not."""
        guard.raise_swallowed()
        untouched.raise_changed()
        pipe.send(message)

    stage.name = "fit"
    training = Job(
        model=model,
        inputs=inputs,
        training=settings.Training(**job["training"]),
        convergence=settings.Convergence(**job["convergence"]),
        seed=job["seed"],
        cores=job["cores"],
        channel=channel,
        call=_watched(caller(model), guard, untouched),
        before=before,
    )
    if validating:
        recompute(job, training, channel, commands, send)
        return
    fit = method.fit(training)
    save_fit(scratch, fit)
    send({"type": "fit"})
    if (read_message(commands) or {}).get("type") != "results":
        return
    stage.name = "results"
    pipe.phase("results")
    rng = generator(job["seed"], "results")
    table = training.call("results", inputs, method.view(fit, rng))
    write_table(scratch / "results.json", table)
    send({"type": "results"})


def _watched(
    call: Callable[..., Any], guard: "Guard", untouched: "Untouched"
) -> Callable[..., Any]:
    """Return `call` with a look at what it did, also in processes that are forked for it.

    Libraries, at which looking takes longer, are looked at after calls 1, 4, 16, 64 and so on.
    """
    calls, due = 0, 1

    def watched(name: str, *args: Any) -> Any:
        nonlocal calls, due
        outcome = call(name, *args)
        guard.raise_swallowed()
        calls += 1
        if calls == due:
            untouched.raise_changed()
            due *= 4
        return outcome

    return watched


def _failure(error: TrainingError, stage: _Stage) -> Message:
    return {
        "type": "failure",
        "stage": stage.name,
        "category": int(error.category),
        "summary": str(error),
        "where": error.where,
        "remedy": error.remedy,
        "details": error.details,
    }


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
