"""The time tracker's record of one training; its troubles never cost a good training."""

from collections.abc import Callable
from pathlib import Path

from assay import timing
from assay.documents.training_log import TrainingLog
from assay.evidence.outcome import Failure

PHASE = "5"


class TrackedTime:
    """Starts a record, keeps it alive, ends it; pauses it while others correct the inputs.

    Attributes:
        issues: what the time tracker could not do, a sentence each.
    """

    def __init__(self, path: Path, agent: str, model: int, log: TrainingLog) -> None:
        self.issues: list[str] = []
        self._record = (path, PHASE, agent, model)
        self._log = log
        self._attempt: int | None = None
        self._attempt = self._try(lambda: timing.start(*self._record, rerun=True).number)

    def alive(self) -> None:
        """Leave a sign of life, so that the time counts even if the process is killed."""
        self._try(lambda: timing.alive(*self._record, attempt=self._attempt).number)

    def end(self, status: str) -> None:
        """End the record."""
        self._try(lambda: timing.end(*self._record, status=status, attempt=self._attempt).number)

    def close(self, failure: Failure | None, back_to: str) -> None:
        """End the record; or pause it until the next attempt, if the inputs go back to somebody.

        Args:
            failure: why training failed, if it did.
            back_to: whom it goes back to, and why; empty for nobody.
        """
        if failure is None or not back_to:
            self.end("completed" if failure is None else "failed")
        else:
            self._log.line("time tracking pauses until the inputs are corrected")
            self._try(lambda: timing.pause(*self._record, reason=back_to).number)

    def _try(self, action: Callable[[], int]) -> int | None:
        try:
            return action()
        except (timing.TimingError, OSError) as error:
            issue = f"the time tracker could not record this training: {error}"
            if issue not in self.issues:
                self.issues.append(issue)
                self._log.line(issue)
            return None
