"""The failed attempt on which an emergency fix rests, done again: did it really fail like that?"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.diary import PREVIOUS
from assay.recorder.worker_process import WorkerProcess
from assay.validation.claims import same_arrays
from assay.validation.replay import SHORT_SECONDS, Replayed, await_message, replay_task
from assay.validation.subject import Subject
from assay.validation.verdict import Finding

CHECK = "failed_attempt"


def check_failed_attempt(subject: Subject, exact: bool) -> Iterator[Finding]:
    """Train with the design's own parameters and compare with what is kept of that attempt.

    It is done where it takes no longer than a minute, or on demand; elsewhere the stored fit,
    measured again, must do.

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
    asked, seconds = subject.options.replay, float(line["wall_seconds"])
    if asked == "none" or not exact or (asked != "full" and seconds > SHORT_SECONDS):
        why = f"it took {seconds:,.0f} s" if exact else "bits need not agree on this machine"
        message = f"attempt {number}, which justifies the fix, was not done again ({why})"
        yield Finding(CHECK, "warn", message)
        return
    told, fresh = _again(subject, line)
    if told != fresh:
        message = f"done again, attempt {number} does not fail as it is said to have failed: "
        yield Finding(CHECK, "fail", message + f"{fresh}, not {told}", fresh, told)
    else:
        yield Finding(CHECK, "pass", f"done again, attempt {number} fails as it did")


def _again(subject: Subject, line: dict[str, Any]) -> tuple[str, str]:
    """Return how the attempt ended, as recorded and as it ends now."""
    kept = subject.evidence / PREVIOUS / "fit.npz"
    stopped = line["failure"]["stage"] == "fit"
    told = str(line["failure"]["summary"]) if stopped else "the kept fit"
    with tempfile.TemporaryDirectory(prefix="assay-validate-") as folder:
        scratch = Path(folder)
        own = subject.design.training.model_dump(mode="json")
        task = {**replay_task(subject, Replayed("full"), scratch), "training": own}
        worker = WorkerProcess(task, scratch, lambda _: None)
        try:
            message = await_message(worker, "replayed")
            if message["type"] != "replayed":
                return told, str(message["summary"])
            if stopped:
                return told, "a fit"
            differing = same_arrays(kept, scratch / "fit.npz")
        finally:
            worker.kill()
    return told, f"another fit ({', '.join(differing[:3])} differ)" if differing else told
