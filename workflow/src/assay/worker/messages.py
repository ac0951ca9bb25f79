"""Everything that is said between a worker and whoever started it, the recorder or the validator.

Model code shares the worker's process and could write to its line, too. So what comes is read as
evidence is, and each side takes only the kinds of message that it waits for.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from assay.core.errors import Category, TrainingError
from assay.evidence.outcome import StoredCriterion
from assay.evidence.progress import Metric
from assay.evidence.record import Count, EvidenceError, Number, Part, Seconds, read_line

# A path's last part; nothing that leads elsewhere.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}$")]
Arrays = Annotated[str, Field(pattern=r"^arrays_[0-9]{1,15}\.npz$")]
Order = Annotated[int, Field(ge=0, lt=2**63)]
SHOWN = 200


class Task(Part):
    """What a worker is started for.

    Attributes:
        scratch: its folder.
        heartbeat_seconds: seconds between heartbeats.
        method: of the model.
        code, features: files.
        upstream: results and design of the models it reads, by number.
        design: the front matter.
        training, convergence: settings of the method.
        digests: of the inputs, by name.
        seed: hex seed.
        cores: how many processes or threads it may keep busy.
        before: files of the checkpoints of an interrupted training, by name.
        kept: files of what it handed to `Channel.keep`, by name.
    """

    scratch: str
    heartbeat_seconds: Annotated[float, Field(gt=0)]
    method: str
    code: str
    features: str
    upstream: dict[str, tuple[str, str]]
    design: dict[str, Any]
    training: dict[str, Any]
    convergence: dict[str, Any]
    digests: dict[str, str]
    seed: str
    cores: Number
    before: dict[str, str] = Field(default_factory=dict)
    kept: dict[str, str] = Field(default_factory=dict)


class Train(Task):
    """Train a model."""

    type: Literal["train"] = "train"


class Recompute(Task):
    """Do a training again, or a part of it.

    Attributes:
        mode: how much.
        request: what to do for a challenge.
        checkpoints: names of those that training stored.
        given: columns declared as copied from the inputs.
        order: a number the validator drew, from which follows what is looked at, and when.
    """

    type: Literal["recompute"] = "recompute"
    mode: Literal["full", "challenge", "none"]
    request: dict[str, Any]
    checkpoints: tuple[str, ...]
    given: tuple[str, ...]
    order: Order


class MakeResults(Part):
    """Make the table of results, now that the fit is judged."""

    type: Literal["make_results"] = "make_results"


class Check(Part):
    """Certify the stored fit, now that it lies in the scratch folder, and rebuild the results."""

    type: Literal["check"] = "check"


class Stop(Part):
    """End."""

    type: Literal["stop"] = "stop"


class Phase(Part):
    """A phase begins."""

    type: Literal["phase"] = "phase"
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_ -]{0,49}$")]


class Progress(Part):
    """How far it is; see `evidence.progress.State`."""

    type: Literal["progress"] = "progress"
    step: Count
    of: Count | None
    metrics: dict[str, Metric]


class Checkpoint(Part):
    """A checkpoint lies in the scratch folder, under a name that the method gave it."""

    type: Literal["checkpoint"] = "checkpoint"
    name: Name
    file: Arrays
    meta: dict[str, Any]


class Keep(Part):
    """What a resumed run needs lies in the scratch folder."""

    type: Literal["keep"] = "keep"
    name: Name
    file: Arrays


class Fitted(Part):
    """The fit lies in the scratch folder."""

    type: Literal["fit"] = "fit"


class Results(Part):
    """The table of results lies in the scratch folder."""

    type: Literal["results"] = "results"


class Failed(Part):
    """It failed; the values are those of a TrainingError, and the stage at which it came."""

    type: Literal["failure"] = "failure"
    category: Category
    stage: str
    summary: str
    where: str
    remedy: str
    details: str


class Spent(Part):
    """Wall and processor seconds."""

    wall: Seconds
    cpu: Seconds


class Replayed(Part):
    """It was done again, as far as it was asked for.

    Attributes:
        phases: what each phase took.
        checkpoints: digests of the checkpoints that came, by name.
        peak_rss: the largest memory of the process in bytes; 0 if unknown.
    """

    type: Literal["replayed"] = "replayed"
    phases: dict[str, Spent]
    checkpoints: dict[str, str]
    peak_rss: Count


class Checked(Part):
    """The stored fit was certified, and tables made of it and of others.

    Attributes:
        criteria: measured on the model itself.
        strangers: `given` columns with a value that is not in the inputs, and that value.
        own: rows whose value is not in the inputs, by column of the others.
        broken: what `results` raised, by fit.
    """

    type: Literal["checked"] = "checked"
    criteria: tuple[StoredCriterion, ...]
    strangers: dict[str, str]
    own: dict[str, tuple[Count, ...]]
    broken: dict[str, str]


class NoMessage(Part):
    """Stands for what came and is no message: the beginning of it."""

    text: str


AnyTask = Train | Recompute
Command = MakeResults | Check | Stop
Message = Phase | Progress | Checkpoint | Keep | Fitted | Results | Failed | Replayed | Checked
Said = Message | NoMessage
_BY_TYPE = Field(discriminator="type")
TASK: TypeAdapter[AnyTask] = TypeAdapter(Annotated[AnyTask, _BY_TYPE])
COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, _BY_TYPE])
MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, _BY_TYPE])
# What a training's worker may say at any time, besides the one message that is waited for.
TRAINING = (Phase, Progress, Checkpoint, Keep, Failed)


def decode(line: bytes) -> Said:
    """Return the message that a worker sent as a line, its end included."""
    try:
        return read_line(MESSAGE, line, "a message")
    except EvidenceError:
        return NoMessage(text=line[:SHOWN].decode("utf-8", "replace"))


def check_message(message: Said, expected: tuple[type[Part], ...], scratch: Path) -> None:
    """See that a message is one that assay's own worker sends now, with the files that it names.

    Args:
        message: what came.
        expected: the kinds that may come.
        scratch: the folder in which the files must lie; what lies behind a link does not.

    Raises:
        TrainingError: it is not.
    """
    paths = [scratch / name for name in _files(message)]
    if not isinstance(message, expected) or not all(
        path.is_file() and not path.is_symlink() for path in paths
    ):
        raise no_message(message)


def failure(error: TrainingError, stage: str) -> Failed:
    """Return an error as the message that tells of it."""
    return Failed(
        category=error.category,
        stage=stage,
        summary=str(error),
        where=error.where,
        remedy=error.remedy,
        details=error.details,
    )


def no_message(message: Said) -> TrainingError:
    """Return the failure of a worker that sent what assay's own part of it never sends."""
    return TrainingError(
        "the worker sent something that is no message",
        category=Category.IMPLEMENTATION,
        where="model code",
        remedy="Model code must not write to file descriptors it did not open. Correct it and "
        "run again.",
        details=message.text if isinstance(message, NoMessage) else repr(message)[:SHOWN],
    )


def _files(message: Said) -> tuple[str, ...]:
    if isinstance(message, Checkpoint | Keep):
        return (message.file,)
    if isinstance(message, Fitted):
        return "fit.npz", "fit.json"
    return ("results.json",) if isinstance(message, Results) else ()
