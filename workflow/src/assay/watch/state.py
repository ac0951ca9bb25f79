"""What a model is doing, as far as its files tell."""

from dataclasses import dataclass, field
from enum import StrEnum

from assay.core.errors import Category


class State(StrEnum):
    """States of a model, in the words shown."""

    WAITING = "waiting"  # for its turn
    BLOCKED = "blocked"  # until models it reads are approved
    STARTING = "starting"
    TRAINING = "training"
    PUBLISHING = "publishing"
    VALIDATING = "validating"
    APPROVED = "approved"
    REJECTED = "rejected"
    INVESTIGATE = "investigate"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    STRANDED = "not trained"  # and will not be: a model it reads is not approved
    UNREADABLE = "unreadable"


RUNNING = frozenset({State.STARTING, State.TRAINING, State.PUBLISHING, State.VALIDATING})
SETTLED = frozenset(
    {
        State.APPROVED,
        State.REJECTED,
        State.INVESTIGATE,
        State.FAILED,
        State.STRANDED,
        State.UNREADABLE,
    }
)
TROUBLED = (SETTLED - {State.APPROVED, State.STRANDED}) | {State.INTERRUPTED}
CATEGORIES = {category: category.name.lower() for category in Category}


@dataclass(frozen=True)
class ModelState:
    """One model at one moment.

    Attributes:
        model: its number.
        title, method: as its design says.
        state: what it is doing.
        note: a few words more: models it waits for, what changed.
        reason: why it failed, was rejected or cannot be read; a sentence.
        category: of a failure, 1 to 4.
        stage: where it failed.
        attempt: number of its newest training; 0 before the first.
        phase: what its training does now.
        step, of: how much of the phase is done.
        metrics: what was measured so far.
        elapsed: seconds since training began, or that it took.
        eta: seconds to the end of the phase.
        expected: minutes, least and most; None if the design expects nothing or is not known.
        cpu_seconds, rss_bytes: processor time so far and memory now.
        log: the last line of its log.
        silent: seconds since its last sign of life, where that is long.
        published: its results are published.
    """

    model: int
    title: str = ""
    method: str = ""
    state: State = State.WAITING
    note: str = ""
    reason: str = ""
    category: Category | None = None
    stage: str = ""
    attempt: int = 0
    phase: str = ""
    step: int | None = None
    of: int | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    elapsed: float | None = None
    eta: float | None = None
    expected: tuple[float, float] | None = None
    cpu_seconds: float | None = None
    rss_bytes: int | None = None
    log: str = ""
    silent: float | None = None
    published: bool = False

    @property
    def overdue(self) -> bool:
        """Return whether it trains longer than the design expects at most."""
        late = self.expected is not None and (self.elapsed or 0) > 60 * self.expected[1]
        return late and self.state in (State.STARTING, State.TRAINING)


@dataclass(frozen=True)
class Snapshot:
    """A campaign at one moment.

    Attributes:
        at: seconds since 1970.
        models: by number.
        ended: nothing more is to come of this campaign.
        begun: anything of it was ever trained.
    """

    at: float
    models: tuple[ModelState, ...]
    ended: bool
    begun: bool

    @property
    def running(self) -> tuple[ModelState, ...]:
        """Return the models at work."""
        return tuple(model for model in self.models if model.state in RUNNING)

    @property
    def counts(self) -> dict[State, int]:
        """Return how many models are in each state, in the order of the states."""
        found = dict.fromkeys(State, 0)
        for model in self.models:
            found[model.state] += 1
        return {state: number for state, number in found.items() if number}

    @property
    def exit_status(self) -> int:
        """Return what `assay validate` would: 0 all approved, 1 some are not, 3 some in doubt.

        A model that was not trained or not judged has no verdict, and counts as rejected.
        """
        states = {model.state for model in self.models}
        if states - {State.APPROVED, State.INVESTIGATE}:
            return 1
        return 3 if State.INVESTIGATE in states else 0
