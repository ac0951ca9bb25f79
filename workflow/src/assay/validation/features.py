"""Whether the features file is data: `assay.modelcode.pickles` says why that is asked."""

from collections.abc import Iterator

from assay.evidence.verdict import Finding
from assay.modelcode.pickles import described
from assay.validation.case import Case


def check_features(case: Case) -> Iterator[Finding]:
    """Doubt a features file that calls more than what data are made of; nothing of it is run."""
    path, calls = case.inputs["features"], case.calls
    if calls.problem:
        message = f"{path.name} cannot be read without running it: {calls.problem}"
        yield Finding("features", "warn", message, doubt=True)
    elif calls.odd:
        message = described(path, list(calls.odd))
        yield Finding("features", "warn", message, list(calls.odd), [], doubt=True)
    else:
        yield Finding("features", "pass", "the features file holds nothing but data")
