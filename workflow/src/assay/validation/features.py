"""Whether the features file is data: `assay.modelcode.pickles` says why that is asked."""

from collections.abc import Iterator

from assay.evidence.verdict import Finding
from assay.modelcode.pickles import acts, described
from assay.validation.subject import Subject


def check_features(subject: Subject) -> Iterator[Finding]:
    """Doubt a features file that calls more than what data are made of; nothing of it is run."""
    path = subject.inputs["features"]
    try:
        odd = acts(path)
    except Exception as error:  # a stranger's pickle: whatever it provokes is a doubt
        message = f"{path.name} cannot be read without running it: {type(error).__name__}: {error}"
        yield Finding("features", "warn", message, doubt=True)
        return
    if odd:
        yield Finding("features", "warn", described(path, odd), odd, [], doubt=True)
    else:
        yield Finding("features", "pass", "the features file holds nothing but data")
