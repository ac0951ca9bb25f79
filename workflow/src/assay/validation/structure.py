"""Is this the evidence of these inputs, of this model, of its newest attempt, and untouched?"""

import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assay.campaign.admission import FROZEN
from assay.campaign.source_digest import training_digest
from assay.core.environment import describe_environment
from assay.core.files import digest_bytes, digest_file
from assay.core.seeds import derive_seed
from assay.evidence.keys import KeyUnusableError, read_public_key
from assay.evidence.progress import CLOCK, FIRST
from assay.evidence.seal import Seal, SealError, evidence_files, read_seal
from assay.evidence.verdict import Finding
from assay.validation.subject import Subject

SHOWN = 5


def check_seal(subject: Subject) -> Iterator[Finding]:
    """Read the manifest into the subject and verify who signed it."""
    try:
        subject.seal = seal = read_seal(subject.evidence)
    except SealError as error:
        yield Finding("structure", "fail", f"there is no sealed evidence: {error}", action="RERUN")
        return
    named = seal.predicate.get("model")
    if named != subject.model:
        message = f"the evidence is that of model {named}, not of this model"
        yield Finding("structure", "fail", message, named, subject.model)
    else:
        yield Finding("structure", "pass", "manifest and signature can be read")
    yield _signature(subject, seal)


def _signature(subject: Subject, seal: Seal) -> Finding:
    trusted = subject.options.trusted_keys
    folder = subject.workspace.keys
    paths = trusted or sorted(folder.glob("*.pem"))
    keys = []
    for path in paths:
        try:
            keys.append(read_public_key(path))
        except KeyUnusableError as error:
            if trusted:
                raise
            return Finding("signature", "fail", str(error))
    if not seal.signed_by(keys):
        whose = "a trusted key" if trusted else f"a public key in {folder.name}/"
        message = f"the manifest is not signed by {whose}: it was edited, or is somebody else's"
        return Finding("signature", "fail", message, seal.keyid[:16])
    source = "a key the director trusts" if trusted else "the workspace's own key"
    message = f"signed by {source}: nothing sealed has changed since it was recorded"
    return Finding("signature", "pass", message, seal.keyid[:16])


def check_files(subject: Subject, seal: Seal) -> Iterator[Finding]:
    """Compare the files that are there with those that were sealed: extra, missing, changed."""
    root = subject.workspace.root
    there = {path.relative_to(root).as_posix(): path for path in evidence_files(subject.evidence)}
    logs = (
        subject.workspace.training_log(subject.model),
        subject.workspace.convergence_log(subject.model),
    )
    there |= {path.relative_to(root).as_posix(): path for path in logs if path.exists()}
    links = [p.relative_to(root).as_posix() for p in _below(subject.evidence) if p.is_symlink()]
    links += [name for name, path in there.items() if path.is_symlink() and name not in links]
    differences = {
        "extra": sorted(there.keys() - seal.files.keys()),
        "missing": sorted(seal.files.keys() - there.keys()),
        "changed": sorted(
            name
            for name in there.keys() & seal.files.keys()
            if digest_file(there[name]) != seal.files[name]
        ),
        "a link": sorted(links),
    }
    for kind, names in differences.items():
        if names:
            shown = ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
            message = f"{kind}, compared with what was sealed: {shown}"
            yield Finding("files", "fail", message, names, [])
    if not any(differences.values()):
        message = f"all {len(there)} files are as they were sealed"
        yield Finding("files", "pass", message, len(there), len(seal.files))
    yield _published(subject, seal)


def _below(folder: Path) -> Iterator[Path]:
    """Yield everything in a folder; what lies behind a link is not sealed, so none is followed."""
    for path in folder.iterdir():
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _below(path)


def _published(subject: Subject, seal: Seal) -> Finding:
    path = subject.workspace.results(subject.model)
    if not path.exists():
        message = f"{path.name} is missing: nothing is published"
        return Finding("published", "fail", message, action="RERUN")
    if path.is_symlink():
        message = f"{path.name} is a link: what it shows can change without a trace"
        return Finding("published", "fail", message)
    digest = digest_bytes(subject.published)
    if digest != seal.predicate.get("results"):
        message = f"{path.name} is not what training produced: it was edited or replaced"
        return Finding("published", "fail", message, digest, seal.predicate.get("results"))
    return Finding("published", "pass", f"{path.name} is what training produced")


def check_chain(subject: Subject) -> Iterator[Finding]:
    """Follow the hash chain of progress.jsonl, and read its lines into the subject."""
    lines = (subject.evidence / "progress.jsonl").read_bytes().splitlines(keepends=True)
    records: list[dict[str, Any]] = [json.loads(line) for line in lines]
    subject.records = records
    previous = FIRST
    for number, (line, record) in enumerate(zip(lines, records, strict=True)):
        if record["previous"] != previous or record["sequence"] != number:
            message = f"line {number + 1} of progress.jsonl does not follow from the one before it"
            yield Finding("chain", "fail", message, record["previous"], previous)
            return
        previous = "sha256:" + hashlib.sha256(line).hexdigest()
        if not _timed(record):
            message = f"line {number + 1} of progress.jsonl has a time that is no number"
            yield Finding("chain", "fail", message)
            return
    events = [record["event"] for record in records]
    if [events[0], events[-1]] != ["start", "end"] or events.count("start") != 1:
        message = "progress.jsonl does not run from one start to an end"
        yield Finding("chain", "fail", message, f"{events[:1]} to {events[-1:]}")
        return
    endings = [k for k, event in enumerate(events) if event in ("end", "stopped")]
    if any(events[k + 1 : k + 2] not in (["resume"], []) for k in endings):
        message = "progress.jsonl goes on after its end"
        yield Finding("chain", "fail", message)
        return
    yield Finding("chain", "pass", f"{len(records)} lines of progress.jsonl follow one another")


def _timed(record: dict[str, Any]) -> bool:
    """Return whether the times of a line are numbers; JSON as Python reads it knows NaN."""
    times = [record.get(name) for name in ("timestamp", "monotonic", "elapsed_seconds")]
    times += [record.get("jump_seconds")] if record["event"] == CLOCK else []
    times += [record["cpu_seconds"]["value"]] if "cpu_seconds" in record else []
    return all(isinstance(time, int | float) and math.isfinite(time) for time in times)


def check_inputs(subject: Subject, seal: Seal) -> Iterator[Finding]:
    """Compare the inputs as they are now with those that were trained from."""
    now, then = subject.digests, dict(seal.predicate["inputs"])
    changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    copies = {name: subject.evidence / FROZEN / name for name in now if name.startswith("code/")}
    copies["design"] = subject.evidence / FROZEN / subject.inputs["design"].name
    unlike = sorted(
        name
        for name, path in copies.items()
        if not path.is_file() or digest_file(path) != now[name]
    )
    # Python would take what else lies there before it looks for a library, or instead of a source.
    strange = sorted(_files_below(subject.evidence / FROZEN) - set(copies.values()))
    if strange:
        names = [path.relative_to(subject.evidence).as_posix() for path in strange]
        message = f"beside the copies of the inputs lies what is no input: {', '.join(names)}"
        yield Finding("inputs", "fail", message, names, [])
    elif changed or unlike:
        others = ", ".join(dict.fromkeys([*changed, *unlike]))
        message = f"the run is of other inputs than those that are there now: {others}"
        yield Finding("inputs", "fail", message, changed, [], action="RERUN")
    elif subject.admission["digests"] != then or subject.outcome.inputs != then:
        yield Finding("inputs", "fail", "admission, outcome and manifest name different inputs")
    else:
        yield Finding("inputs", "pass", f"all {len(now)} inputs are those that were trained from")
    yield from _frozen(subject)
    if changed:
        message = "which seed they give is asked when the run is of these inputs"
        yield Finding("seed", "skipped", message, doubt=True)
    else:
        yield _seed(subject, seal)


def _files_below(folder: Path) -> set[Path]:
    return {path for path in _below(folder) if path.is_symlink() or not path.is_dir()}


def _frozen(subject: Subject) -> Iterator[Finding]:
    path = subject.options.frozen
    if path is None:
        return
    listed = json.loads(path.read_text(encoding="utf-8"))["models"].get(str(subject.model), {})
    own = {name: d for name, d in subject.digests.items() if not name.startswith("upstream/")}
    changed = sorted(
        name for name in own.keys() | listed.keys() if own.get(name) != listed.get(name)
    )
    if changed:
        message = f"not as {path.name} froze them: {', '.join(changed)}"
        yield Finding("frozen", "fail", message, changed, [], action="RERUN")
    else:
        yield Finding("frozen", "pass", f"the inputs are as {path.name} froze them")


def _seed(subject: Subject, seal: Seal) -> Finding:
    expected = derive_seed(subject.digests, subject.nonce)
    claimed = {seal.predicate.get("seed"), subject.outcome.seed, subject.admission["seed"]}
    if claimed != {expected}:
        message = "the seed is not the one that inputs and nonce give: it was picked, or the nonce"
        return Finding("seed", "fail", f"{message} is another", sorted(map(str, claimed)), expected)
    whose = "the evidence's" if subject.options.nonce is None else "the director's"
    return Finding("seed", "pass", f"the seed follows from the inputs and {whose} nonce")


def check_attempt(subject: Subject, seal: Seal) -> Iterator[Finding]:
    """See that the evidence is of the newest attempt, and that this attempt succeeded."""
    begun = [line for line in subject.ledger if line.get("event") == "begun"]
    last = subject.ledger[-1] if subject.ledger else {}
    claimed = {seal.predicate.get("attempt"), subject.outcome.attempt, last.get("attempt")}
    numbers = [line.get("attempt") for line in begun]
    if claimed != {len(begun)} or numbers != list(range(1, len(begun) + 1)):
        message = "the evidence is not of the newest attempt on record; train the model again"
        yield Finding("attempt", "fail", message, sorted(map(str, claimed)), len(begun), None)
    elif subject.outcome.status != "trained" or last.get("status") != "trained":
        failure = subject.outcome.failure
        said = failure.summary if failure else "no reason recorded"
        yield Finding("attempt", "fail", f"training failed: {said}", action="RERUN")
    elif subject.outcome.model != subject.model or last.get("seed") != subject.outcome.seed:
        yield Finding("attempt", "fail", "outcome or ledger are those of another run")
    else:
        yield Finding("attempt", "pass", f"attempt {len(begun)} is the newest", len(begun))
    seeds = {line.get("seed") for line in subject.ledger if line.get("event") == "ended"}
    if len(seeds) > 1:
        message = (
            f"{len(begun)} attempts with {len(seeds)} different seeds are on record: see that "
            "nobody shopped for a lucky one"
        )
        yield Finding("shopping", "warn", message, len(seeds), 1)


def check_environment(subject: Subject) -> Iterator[Finding]:
    """See whether a replay here must agree to the last bit with what was recorded."""
    recorded, here = subject.admission["environment"], describe_environment()
    parts = ("python", "implementation", "machine", "pinned", "packages")
    differing = [part for part in parts if recorded.get(part) != here[part]]
    if differing:
        message = (
            f"recorded in another environment ({', '.join(differing)} differ): a replay here "
            "need not agree to the last bit"
        )
        yield Finding("environment", "warn", message, differing, [], doubt=True)
    else:
        yield Finding("environment", "pass", "replays here must agree to the last bit")
    source = training_digest(subject.design.method)
    if subject.admission["source"] != source:
        message = "trained by another version of assay; validate with that one, or train again"
        yield Finding("source", "warn", message, subject.admission["source"], source, doubt=True)
    else:
        yield Finding("source", "pass", "trained by this version of assay")


def exact(findings: list[Finding]) -> bool:
    """Return whether a replay here must agree to the last bit."""
    return any(f.check == "environment" and f.status == "pass" for f in findings)
