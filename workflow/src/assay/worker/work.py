"""Doing a job in a worker: the model is imported and called here, under guard."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from assay.core.seeds import generator
from assay.evidence.arrays import StoredArrays, save_fit
from assay.methods import load
from assay.methods.base import Before, Job
from assay.methods.calls import caller
from assay.modelcode.guard import Guard
from assay.modelcode.libraries import Untouched
from assay.modelcode.loading import import_model
from assay.worker.channel import PipeChannel, Stage
from assay.worker.inputs import read_inputs
from assay.worker.pipe import Message, read_message
from assay.worker.recompute import Phases, recompute
from assay.worker.table import write_table


def import_libraries(method: str, validating: bool) -> None:
    """Import what a model is trained with, so that it is there before the model is.

    pandas too: all model code uses it, and what it does to it is to be seen.
    """
    for part in ("settings", "fit", *(["replay"] if validating else [])):
        load(method, part)
    import_module("pandas")


def work(job: Message, pipe: PipeChannel, commands: BinaryIO, stage: Stage) -> None:
    """Train a model, or do it again; nothing is reported once its code did what it may not.

    Args:
        job: what to do, as the recorder or the validator sent it.
        pipe: where to report.
        commands: what else they want, and when.
        stage: kept up to date, for the incident report.

    Raises:
        TrainingError: it failed.
    """
    validating = job["type"] == "recompute"
    channel: Any = pipe
    if validating:
        channel = Phases(job["heartbeat_seconds"], pipe.send, job["checkpoints"])
    pipe.phase("import")
    import_libraries(job["method"], validating)
    settings, method = (load(job["method"], part) for part in ("settings", "fit"))
    upstream = {int(i): (Path(table), Path(types)) for i, (table, types) in job["upstream"].items()}
    inputs = read_inputs(Path(job["features"]), upstream, job["design"], job["digests"])
    before = Before(
        *(StoredArrays({k: Path(v) for k, v in job[part].items()}) for part in ("before", "kept"))
    )
    scratch = Path(job["scratch"])
    guard = Guard(Path(job["code"]).parent, scratch)
    guard.install()
    untouched = Untouched(Path(job["code"]).parent)
    model = import_model(Path(job["code"]))

    def send(message: Message) -> None:
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
    write_table(scratch / "results.json", training.call("results", inputs, method.view(fit, rng)))
    send({"type": "results"})


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
