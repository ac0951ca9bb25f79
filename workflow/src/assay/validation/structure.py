"""Is the evidence whole, signed, of this model, and untouched?"""

from collections.abc import Iterator
from itertools import pairwise

from assay.core.workspace import MANIFEST, SIGNATURE
from assay.evidence.progress import End, Resume, Start, Stopped
from assay.evidence.verdict import Finding
from assay.validation.case import PLACES, Case

SHOWN = 5
RECORDS = ("admission", "outcome", "ledger")  # that are not looked at by a check of their own


def check_structure(case: Case) -> Iterator[Finding]:
    """See that there is evidence, that assay wrote it, and that it is of this model."""
    if problem := case.problem("seal"):
        message = f"there is no sealed evidence: {problem}"
        yield Finding("structure", "fail", message, action="RERUN")
        return
    broken = list(filter(None, map(case.problem, RECORDS)))
    for problem in broken:
        yield Finding("structure", "fail", problem)
    named = case.seal.predicate.model
    if named != case.model:
        message = f"the evidence is that of model {named}, not of this model"
        yield Finding("structure", "fail", message, named, case.model)
    elif not broken:
        yield Finding("structure", "pass", "manifest, signature and records can be read")


def check_signature(case: Case) -> Iterator[Finding]:
    """Verify who signed the manifest."""
    seal, trusted = case.seal, bool(case.options.trusted_keys)
    if case.keys.problem:
        yield Finding("signature", "fail", case.keys.problem)
    elif not seal.signed_by(case.keys.keys):
        whose = "a trusted key" if trusted else f"a public key in {PLACES.keys.name}/"
        message = f"the manifest is not signed by {whose}: it was edited, or is somebody else's"
        yield Finding("signature", "fail", message, seal.keyid[:16])
    else:
        source = "a key the director trusts" if trusted else "the workspace's own key"
        message = f"signed by {source}: nothing sealed has changed since it was recorded"
        yield Finding("signature", "pass", message, seal.keyid[:16])


def check_files(case: Case) -> Iterator[Finding]:
    """Compare the files that are there with those that were sealed: extra, missing, changed."""
    sealed, results = case.seal.files, PLACES.results(case.model).as_posix()
    there = _sealable(case)
    odd = {name: kind for name, kind in case.odd.items() if case.is_recorded(name)}
    odd.pop(results, None)
    differences = {
        "extra": sorted(there.keys() - sealed.keys()),
        "missing": sorted(sealed.keys() - there.keys() - odd.keys()),
        "changed": sorted(n for n in there.keys() & sealed.keys() if there[n] != sealed[n]),
        **{kind: sorted(n for n in odd if odd[n] == kind) for kind in sorted({*odd.values()})},
    }
    for kind, names in differences.items():
        if names:
            shown = ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
            message = f"{kind}, compared with what was sealed: {shown}"
            yield Finding("files", "fail", message, names, [])
    if not any(differences.values()):
        message = f"all {len(there)} files are as they were sealed"
        yield Finding("files", "pass", message, len(there), len(sealed))


def _sealable(case: Case) -> dict[str, str]:
    """Return the digests of the files that a seal covers, by name."""
    unsealed = {(case.evidence / name).as_posix() for name in (MANIFEST, SIGNATURE)}
    unsealed.add(PLACES.results(case.model).as_posix())
    return {
        name: file.digest
        for name, file in case.files.items()
        if case.is_recorded(name) and name not in unsealed
    }


def check_published(case: Case) -> Iterator[Finding]:
    """Compare the published results with what training produced."""
    path, sealed = PLACES.results(case.model), case.seal.predicate.results
    name = path.as_posix()
    if name in case.odd:
        message = f"{path.name} is {case.odd[name]}: what it shows can change without a trace"
        yield Finding("published", "fail", message)
    elif name not in case.files:
        message = f"{path.name} is missing: nothing is published"
        yield Finding("published", "fail", message, action="RERUN")
    elif case.files[name].digest != sealed:
        message = f"{path.name} is not what training produced: it was edited or replaced"
        yield Finding("published", "fail", message, case.files[name].digest, sealed)
    else:
        yield Finding("published", "pass", f"{path.name} is what training produced")


def check_chain(case: Case) -> Iterator[Finding]:
    """See that progress.jsonl is whole: canonical, chained, numbered, from one start to an end."""
    if problem := case.problem("progress"):
        yield Finding("chain", "fail", problem)
        return
    records = case.progress
    starts = sum(isinstance(record, Start) for record in records)
    ends = isinstance(records[0], Start), isinstance(records[-1], End)
    if not all(ends) or starts != 1:
        message = "progress.jsonl does not run from one start to an end"
        yield Finding("chain", "fail", message, f"{records[0].event} to {records[-1].event}")
    elif any(
        isinstance(one, End | Stopped) and not isinstance(two, Resume)
        for one, two in pairwise(records)
    ):
        yield Finding("chain", "fail", "progress.jsonl goes on after its end")
    else:
        message = f"{len(records)} lines of progress.jsonl follow one another"
        yield Finding("chain", "pass", message)
