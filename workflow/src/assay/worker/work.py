"""Doing a job in a worker: the model is imported and called here, under guard."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from assay.core.seeds import generator
from assay.evidence.arrays import StoredArrays, save_fit
from assay.evidence.record import Part
from assay.methods import load, traits_of
from assay.methods.base import Before, Channel, Job
from assay.methods.calls import caller
from assay.modelcode.guard import Guard
from assay.modelcode.libraries import Untouched
from assay.modelcode.loading import import_model
from assay.worker.channel import PipeChannel, Stage
from assay.worker.inputs import read_inputs
from assay.worker.messages import COMMAND, AnyTask, Fitted, MakeResults, Recompute, Results
from assay.worker.pipe import read_message
from assay.worker.recompute import Phases, recompute
from assay.worker.table import write_table


def import_libraries(method: str, validating: bool) -> None:
    """Import what a model is trained with, so that it is there before the model is.

    pandas too: all model code uses it, and what it does to it is to be seen.
    """
    load(method, "settings")
    load(method, "fit")
    if validating:
        load(method, "replay")
    import_module("pandas")


def work(task: AnyTask, pipe: PipeChannel, commands: BinaryIO, stage: Stage) -> None:
    """Train a model, or do it again; nothing is reported once its code did what it may not.

    Args:
        task: what to do, as the recorder or the validator sent it.
        pipe: where to report.
        commands: what else they want, and when.
        stage: kept up to date, for the incident report.

    Raises:
        TrainingError: it failed.
    """
    channel: Channel = pipe
    if isinstance(task, Recompute):
        channel = phases = Phases(task.heartbeat_seconds, pipe.send, task.checkpoints)
    pipe.phase("import")
    import_libraries(task.method, validating=isinstance(task, Recompute))
    settings, method = load(task.method, "settings"), load(task.method, "fit")
    upstream = {int(i): (Path(table), Path(types)) for i, (table, types) in task.upstream.items()}
    inputs = read_inputs(Path(task.features), upstream, task.design, task.digests)
    before = Before(
        *(StoredArrays({k: Path(v) for k, v in part.items()}) for part in (task.before, task.kept))
    )
    scratch, code = Path(task.scratch), Path(task.code)
    guard = Guard(code.parent, scratch)
    guard.install()
    untouched = Untouched(code.parent)
    model = import_model(code)

    def send(message: Part) -> None:
        guard.raise_swallowed()
        untouched.raise_changed()
        pipe.send(message)

    stage.name = "fit"
    training = Job(
        model=model,
        inputs=inputs,
        training=settings.Training(**task.training),
        convergence=settings.Convergence(**task.convergence),
        seed=task.seed,
        cores=task.cores,
        channel=channel,
        call=_watched(caller(model, traits_of(task.method).called_often), guard, untouched),
        before=before,
    )
    if isinstance(task, Recompute):
        recompute(task, training, phases, commands, send)
        return
    fit = method.fit(training)
    save_fit(scratch, fit)
    send(Fitted())
    if not isinstance(read_message(commands, COMMAND), MakeResults):
        return
    stage.name = "results"
    pipe.phase("results")
    rng = generator(task.seed, "results")
    table = training.call("results", inputs, method.view(fit, rng))
    write_table(scratch / "results.json", table)
    send(Results())


def _watched(call: Callable[..., Any], guard: Guard, untouched: Untouched) -> Callable[..., Any]:
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
