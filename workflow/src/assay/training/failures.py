"""Why a training publishes nothing, by what went wrong."""

import traceback

from assay.core.criteria import Criterion
from assay.core.errors import Category
from assay.documents.criteria import brief
from assay.evidence.outcome import Failure


def unconverged(criteria: list[Criterion]) -> Failure:
    """Return the failure of a fit that some gate refuses."""
    failed = [criterion for criterion in criteria if criterion.gates and not criterion.passed]
    return Failure(
        category=Category.CONVERGENCE,
        stage="convergence",
        summary="not converged: " + "; ".join(brief(criterion) for criterion in failed),
        where=", ".join(dict.fromkeys(c.where for c in failed if c.where)),
        remedy=" ".join(dict.fromkeys(c.advice for c in failed if c.advice)),
    )


def no_resource(error: OSError, stage: str) -> Failure:
    """Return the failure of a machine that lacks something."""
    return Failure(
        category=Category.RESOURCE,
        stage=stage,
        summary=f"the machine refused: {error.strerror or error}",
        where=str(error.filename or ""),
        remedy="Make room on the disk or correct the permissions, and run again.",
        details=traceback.format_exc(),
    )


def own_fault(error: Exception, stage: str) -> Failure:
    """Return the failure of assay itself."""
    return Failure(
        category=Category.IMPLEMENTATION,
        stage=stage,
        summary=f"a fault in assay itself: {type(error).__name__}: {error}",
        where="assay",
        remedy="Report this with the details below; the model is not to blame.",
        details=traceback.format_exc(),
    )


def insane(messages: list[str]) -> Failure:
    """Return the failure of results that break the design."""
    more = "" if len(messages) == 1 else f" (and {len(messages) - 1} more)"
    return Failure(
        category=Category.IMPLEMENTATION,
        stage="sanity",
        summary=f"the results violate the design: {messages[0]}{more}",
        where="results",
        remedy="Correct what `results` computes, or the design where it says something wrong.",
        violations=tuple(messages),
    )
