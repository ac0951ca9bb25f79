"""A model's attempts as its evidence tells of them, read once when a training starts.

Whether the newest one was interrupted, what it left, and what has changed since: every question
of "the same inputs, the same seed?" is answered here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import Category
from assay.core.files import digest_file
from assay.evidence.admission import (
    ADMISSION,
    Admission,
    Environment,
    FixUse,
    Identity,
    read_admission,
)
from assay.evidence.ledger import Ended, Ledger, LedgerLine, read_ledger
from assay.evidence.progress import PROGRESS, Checkpoint, ProgressLine, Stopped, read_whole_lines
from assay.evidence.record import EvidenceError

CHECKPOINTS = "checkpoints"  # folder of the evidence
KEPT = "kept"  # folder of the evidence with what a resumed run needs; gone when training ends
NOBODY_TOLD = "its recorder was killed, or the machine went down"


@dataclass(frozen=True)
class Now:
    """What a training would be that began now.

    Attributes:
        identity: None if an input is missing or broken.
        source: digest of assay's own source.
        environment: the machine and its packages.
    """

    identity: Identity | None
    source: str
    environment: Environment


@dataclass(frozen=True)
class Interrupted:
    """A training without an end that left what it takes to go on.

    Attributes:
        records: the lines of its progress.jsonl, never empty.
        admission: what was fixed before it began.
        attempt: which attempt at the model it is.
        requested: when it was asked for, as ISO 8601.
        reason: why it ended, as far as is known.
        checkpoints: files of the checkpoints on record, by the name the method gave them.
        kept: files of what `Channel.keep` was handed, by name.
    """

    records: tuple[ProgressLine, ...]
    admission: Admission
    attempt: int
    requested: str
    reason: str
    checkpoints: Mapping[str, Path]
    kept: Mapping[str, Path]


@dataclass(frozen=True)
class Attempt:
    """The attempt at a model that is about to be made, after those that were.

    Attributes:
        ledger: those that were.
        interrupted: the newest of them, if it can go on.
        now: what it would be; None where no attempt is on record to compare it with.
    """

    ledger: Ledger
    interrupted: Interrupted | None
    now: Now | None

    @property
    def number(self) -> int:
        """Return which attempt it would be if it began afresh."""
        return len(self.ledger.begun) + 1

    def is_of(self, identity: Identity) -> bool:
        """Return whether it would be of just these inputs and this seed."""
        return self.now is not None and self.now.identity == identity

    def differences(self, before: Admission, fix: FixUse | None) -> list[str]:
        """Return what is no longer as it was when another attempt began, as phrases.

        Args:
            before: what was fixed then.
            fix: the emergency fix that it would be trained with.
        """
        now = self.now
        if now is None or now.identity is None:
            return ["an input is missing"]
        then, digests = before.digests, now.identity.digests
        found = sorted(n for n in digests.keys() | then.keys() if digests.get(n) != then.get(n))
        if now.identity.seed != before.seed and not found:
            found.append("the nonce")
        if now.source != before.source:
            found.append("assay itself")
        if now.environment != before.environment:
            found.append("the machine or the packages")
        if fix != before.emergency_fix:
            found.append("the emergency fix")
        return found


def read_attempt(evidence: Path, now: Callable[[], Now]) -> Attempt:
    """Read what earlier attempts left.

    Args:
        evidence: the evidence folder.
        now: tells what a training would be now; asked only if there were any.

    Raises:
        OSError: a file cannot be read.
        EvidenceError: the ledger is not what assay writes.
    """
    ledger = read_ledger(evidence)
    if not ledger.begun:
        return Attempt(ledger, None, None)
    return Attempt(ledger, _interrupted(evidence, ledger), now())


def _interrupted(evidence: Path, ledger: Ledger) -> Interrupted | None:
    """Return the newest attempt if it was interrupted and left something.

    One that ended, and be it with a failure, is not interrupted, unless what failed was a
    resource such as memory or disk.
    """
    last = ledger.last
    if last is None or not _unfinished(last):
        return None
    try:
        admission = read_admission(evidence / ADMISSION)
        records = read_whole_lines(evidence / PROGRESS)
    except (FileNotFoundError, EvidenceError):
        return None
    stored = [record for record in records if isinstance(record, Checkpoint)]
    if not records or not all(_is_there(evidence, checkpoint) for checkpoint in stored):
        return None
    return Interrupted(
        records=records,
        admission=admission,
        attempt=ledger.begun[-1].attempt,
        requested=ledger.begun[-1].at,
        reason=_reason(last, records[-1]),
        checkpoints={checkpoint.name: evidence / checkpoint.file for checkpoint in stored},
        kept={path.stem: path for path in sorted((evidence / KEPT).glob("*.npz"))},
    )


def _is_there(evidence: Path, checkpoint: Checkpoint) -> bool:
    path = evidence / checkpoint.file
    return path.is_file() and digest_file(path) == checkpoint.digest


def _unfinished(last: LedgerLine) -> bool:
    if not isinstance(last, Ended):
        return True
    return last.failure is not None and last.failure.category is Category.RESOURCE


def _reason(last: LedgerLine, record: ProgressLine) -> str:
    if isinstance(last, Ended) and last.failure is not None:
        return last.failure.summary
    return record.reason if isinstance(record, Stopped) else NOBODY_TOLD
