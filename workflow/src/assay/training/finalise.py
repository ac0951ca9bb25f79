"""What is written before and after a training: the old evidence goes, the new is sealed."""

import shutil
from pathlib import Path
from typing import Any

from assay.core.errors import Category, TrainingError
from assay.core.files import write_text
from assay.documents.convergence_log import convergence_log
from assay.documents.incident import incident_report
from assay.evidence.attempt import KEPT
from assay.evidence.keys import KeyUnusableError, publish_key, signing_key
from assay.evidence.ledger import LEDGER, append_ledger, ended_with
from assay.evidence.lock import NAME as LOCK
from assay.evidence.outcome import Outcome, write_outcome
from assay.evidence.seal import Predicate, write_seal
from assay.repair.attempts import PREVIOUS
from assay.training.request import Request


def write_conclusion(request: Request, outcome: Outcome) -> None:
    """Write everything that says how it ended; the outcome last, since it completes the rest."""
    workspace, model = request.workspace, request.model
    write_text(workspace.convergence_log(model), convergence_log(outcome))
    if outcome.failure is not None:
        write_text(workspace.incident(model), incident_report(outcome))
    append_ledger(workspace.evidence(model), ended_with(outcome))
    write_outcome(workspace.outcome(model), outcome)


def usable_key() -> Any:
    """Return the key before anything is touched, so that no training ends without a seal."""
    try:
        return signing_key()
    except KeyUnusableError as error:
        raise TrainingError(
            str(error), category=Category.RESOURCE, where="signing key", remedy="Then run again."
        ) from error


def seal(request: Request, outcome: Outcome, signer: Any) -> None:
    """Sign what the evidence holds now; nothing in it changes after this."""
    workspace, model = request.workspace, request.model
    if outcome.failure is None or not outcome.failure.transient:
        shutil.rmtree(workspace.evidence(model) / KEPT, ignore_errors=True)
    publish_key(signer, workspace.keys)
    predicate = Predicate(
        model=model,
        attempt=outcome.attempt,
        status=outcome.status,
        method=outcome.method,
        seed=outcome.seed,
        nonce=request.nonce,
        inputs=outcome.inputs,
        source=request.source,
        started=outcome.timing.started,
        finished=outcome.timing.finished,
        results=outcome.results_digest,
    )
    logs = [workspace.training_log(model), workspace.convergence_log(model)]
    write_seal(workspace.root, workspace.evidence(model), logs, predicate, signer)


def clear(evidence: Path) -> None:
    """Remove an earlier attempt's evidence; the ledger and what is kept for comparing stay."""
    for path in sorted(evidence.iterdir()):
        if path.name == PREVIOUS:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in (LEDGER, LOCK):
            path.unlink()
