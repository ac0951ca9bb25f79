"""The failed attempt on which an emergency fix rests, done again: did it really fail like that?"""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.evidence.verdict import Finding
from assay.repair.attempts import PREVIOUS
from assay.validation.claims import same_arrays
from assay.validation.replay import Replayed, TooLongError, await_message, replay_task
from assay.validation.subject import Subject
from assay.worker.process import WorkerProcess

CHECK = "failed_attempt"
PATIENCE_SECONDS = 120.0  # for a minute of work, and for starting and compiling


def check_failed_attempt(subject: Subject, exact: bool) -> Iterator[Finding]:
    """Train with the design's own parameters and compare with what is kept of that attempt.

    It is done where it takes no longer than PATIENCE_SECONDS here, or on demand; elsewhere the
    stored fit, measured again, must do. How long it is said to have taken does not count: that is
    its owner's word.

    Args:
        subject: what is judged, with an emergency fix that is otherwise in order.
        exact: whether this machine must agree with the recording one to the last bit.
    """
    number = subject.emergency["attempt"]
    line = next(
        line
        for line in subject.ledger
        if line.get("event") == "ended" and line.get("attempt") == number
    )
    if subject.options.replay == "none" or not exact:
        why = "bits need not agree on this machine" if not exact else "--replay none"
        yield _not_done(number, why)
        return
    try:
        told, fresh = _again(subject, line)
    except TooLongError as error:
        yield _not_done(number, str(error))
        return
    if told != fresh:
        message = f"done again, attempt {number} does not fail as it is said to have failed: "
        yield Finding(CHECK, "fail", message + f"{fresh}, not {told}", fresh, told)
    else:
        yield Finding(CHECK, "pass", f"done again, attempt {number} fails as it did")


def _not_done(number: int, why: str) -> Finding:
    message = f"attempt {number}, which justifies the fix, was not done again ({why})"
    return Finding(CHECK, "warn", message)


def _again(subject: Subject, line: dict[str, Any]) -> tuple[str, str]:
    """Return how the attempt ended, as recorded and as it ends now.

    Raises:
        TooLongError: it takes too long, and nobody asked for it.
    """
    patience = math.inf if subject.options.replay == "full" else PATIENCE_SECONDS
    kept = subject.evidence / PREVIOUS / "fit.npz"
    stopped = line["failure"]["stage"] == "fit"
    told = str(line["failure"]["summary"]) if stopped else "the kept fit"
    with tempfile.TemporaryDirectory(prefix="assay-validate-") as folder:
        scratch = Path(folder)
        own = subject.design.training.model_dump(mode="json")
        task = {**replay_task(subject, Replayed("full"), scratch), "training": own}
        worker = WorkerProcess(task, scratch, lambda _: None, subject.start)
        try:
            message = await_message(worker, "replayed", patience)
            if message["type"] != "replayed":
                return told, str(message["summary"])
            if stopped:
                return told, "a fit"
            differing = same_arrays(kept, scratch / "fit.npz")
        finally:
            worker.kill()
    return told, f"another fit ({', '.join(differing[:3])} differ)" if differing else told
