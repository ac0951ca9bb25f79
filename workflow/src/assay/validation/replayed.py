"""What doing a run again gave, as a frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.core.criteria import Criterion
from assay.evidence.verdict import Replay
from assay.methods.base import Challenge
from assay.worker.messages import Spent


@dataclass(frozen=True)
class Tables:
    """The tables (pandas DataFrames) that `results` made of the stored fit, and of others.

    Attributes:
        rebuilt: of the stored fit; None if it raised.
        again: the same once more.
        perturbed: of other fits.
        distorted: of fits that need not make sense.
        nudged: of fits which differ in the twelfth digit.
        strangers: `given` columns with a value that is not in the inputs.
        own: rows whose value is not in the inputs, by column of the others.
        broken: what `results` raised, by fit.
    """

    rebuilt: Any = None
    again: Any = None
    perturbed: tuple[Any, ...] = ()
    distorted: tuple[Any, ...] = ()
    nudged: tuple[Any, ...] = ()
    strangers: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FailedAgain:
    """A failed attempt, done again.

    Attributes:
        number: which attempt.
        told: how it ended, as recorded.
        fresh: how it ends now; empty if it was not done again.
        not_done: why it was not.
    """

    number: int
    told: str = ""
    fresh: str = ""
    not_done: str = ""


@dataclass(frozen=True)
class Replayed:
    """What doing it again gave.

    Attributes:
        mode: full, challenge or none.
        challenge: what was chosen, for a challenge.
        phases: wall and CPU seconds by phase.
        peak_rss: the largest memory of its first process, in bytes; 0 if unknown.
        differences: arrays (or "fit.json", or checkpoints) that differ from those stored, after a
            full replay.
        agreement: criteria of a comparison with a fresh run but for rounding, if one differs.
        met: criteria of a challenge.
        certificates: criteria measured on the model itself.
        tables: what `results` made of the stored fit.
        failed_attempt: the attempt on which an emergency fix rests, done again, if there is one.
        error: why the replay could not be done, if it could not.
    """

    mode: Replay
    challenge: Challenge | None = None
    phases: Mapping[str, Spent] = field(default_factory=dict)
    peak_rss: int = 0
    differences: tuple[str, ...] = ()
    agreement: tuple[Criterion, ...] = ()
    met: tuple[Criterion, ...] = ()
    certificates: tuple[Criterion, ...] = ()
    tables: Tables = field(default_factory=Tables)
    failed_attempt: FailedAgain | None = None
    error: str = ""

    @property
    def share(self) -> float:
        """Return the part of the work that was done again."""
        if self.mode == "full":
            return 1.0
        return self.challenge.share if self.challenge else 0.0
