"""Of what is this the evidence: which inputs, seed and attempt, on what machine, by which assay?"""

from collections.abc import Iterator

from assay.core.seeds import derive_seed
from assay.evidence.admission import FROZEN
from assay.evidence.ledger import Ended
from assay.evidence.verdict import Finding
from assay.validation.case import PLACES, Case


def check_inputs(case: Case) -> Iterator[Finding]:
    """Compare the inputs as they are now with those that were trained from."""
    if case.inputs_problem:
        yield Finding("inputs", "fail", case.inputs_problem, action="RERUN")
        return
    now, then = case.digests, case.seal.predicate.inputs
    changed = _differing(now, then)
    copies = {name: name for name in now if name.startswith("code/")}
    copies["design"] = PLACES.design(case.model).name
    there = case.below(case.evidence / FROZEN)
    digests = {name: file.digest for name, file in there.items()}
    unlike = sorted(name for name, copy in copies.items() if digests.get(copy) != now[name])
    # Python would take what else lies there before it looks for a library, or instead of a source.
    strange = sorted((there.keys() | _odd_copies(case)) - set(copies.values()))
    if strange:
        names = [f"{FROZEN}/{name}" for name in strange]
        message = f"beside the copies of the inputs lies what is no input: {', '.join(names)}"
        yield Finding("inputs", "fail", message, names, [])
    elif changed or unlike:
        others = ", ".join(dict.fromkeys([*changed, *unlike]))
        message = f"the run is of other inputs than those that are there now: {others}"
        yield Finding("inputs", "fail", message, changed, [], action="RERUN")
    elif case.admission.digests != then or case.outcome.inputs != then:
        yield Finding("inputs", "fail", "admission, outcome and manifest name different inputs")
    else:
        yield Finding("inputs", "pass", f"all {len(now)} inputs are those that were trained from")


def _odd_copies(case: Case) -> set[str]:
    folder = f"{(case.evidence / FROZEN).as_posix()}/"
    return {name.removeprefix(folder) for name in case.odd if name.startswith(folder)}


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Return, sorted, the names that are not in both, or not with the same digest."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def check_frozen(case: Case) -> Iterator[Finding]:
    """Compare the inputs with the list that the director made of them."""
    path = case.options.frozen
    if path is None:
        return
    own = {name: d for name, d in case.digests.items() if not name.startswith("upstream/")}
    if changed := _differing(own, dict(case.frozen or {})):
        message = f"not as {path.name} froze them: {', '.join(changed)}"
        yield Finding("frozen", "fail", message, changed, [])
    else:
        yield Finding("frozen", "pass", f"the inputs are as {path.name} froze them")


def check_seed(case: Case) -> Iterator[Finding]:
    """See that nobody picked the seed: it must follow from inputs and nonce."""
    if _differing(case.digests, case.seal.predicate.inputs):
        message = "which seed they give is asked when the run is of these inputs"
        yield Finding("seed", "skipped", message, doubt=True)
        return
    expected = derive_seed(case.digests, case.nonce)
    claimed = {case.seal.predicate.seed, case.outcome.seed, case.admission.seed}
    if claimed != {expected}:
        message = "the seed is not the one that inputs and nonce give: it was picked, or the nonce"
        yield Finding("seed", "fail", f"{message} is another", sorted(claimed), expected)
        return
    whose = "the evidence's" if case.options.nonce is None else "the director's"
    yield Finding("seed", "pass", f"the seed follows from the inputs and {whose} nonce")


def check_attempt(case: Case) -> Iterator[Finding]:
    """See that the evidence is of the newest attempt, and that this attempt succeeded."""
    outcome, last = case.outcome, case.ledger.last
    numbers = [line.attempt for line in case.ledger.begun]
    newest = len(numbers)
    claimed = {case.seal.predicate.attempt, outcome.attempt, last.attempt if last else 0}
    if claimed != {newest} or numbers != list(range(1, newest + 1)):
        message = "the evidence is not of the newest attempt on record; train the model again"
        yield Finding("attempt", "fail", message, sorted(claimed), newest)
    elif not isinstance(last, Ended) or {outcome.status, last.status} != {"trained"}:
        said = outcome.failure.summary if outcome.failure else "no reason recorded"
        yield Finding("attempt", "fail", f"training failed: {said}", action="RERUN")
    elif outcome.model != case.model or last.seed != outcome.seed:
        yield Finding("attempt", "fail", "outcome or ledger are those of another run")
    else:
        yield Finding("attempt", "pass", f"attempt {newest} is the newest", newest)


def check_shopping(case: Case) -> Iterator[Finding]:
    """Tell of other seeds that were tried."""
    seeds = {line.seed for line in case.ledger.ended}
    if len(seeds) > 1:
        message = (
            f"{len(case.ledger.begun)} attempts with {len(seeds)} different seeds are on record: "
            "see that nobody shopped for a lucky one"
        )
        yield Finding("shopping", "warn", message, len(seeds), 1)


def check_environment(case: Case) -> Iterator[Finding]:
    """See whether a replay here must agree to the last bit with what was recorded."""
    if differing := case.unlike_here:
        message = (
            f"recorded in another environment ({', '.join(differing)} differ): a replay here "
            "need not agree to the last bit"
        )
        yield Finding("environment", "warn", message, differing, [], doubt=True)
    else:
        yield Finding("environment", "pass", "replays here must agree to the last bit")


def check_source(case: Case) -> Iterator[Finding]:
    """See whether this assay is the one that trained."""
    recorded, own = case.admission.source, case.here.source
    if recorded != own:
        message = "trained by another version of assay; validate with that one, or train again"
        yield Finding("source", "warn", message, recorded, own, doubt=True)
    else:
        yield Finding("source", "pass", "trained by this version of assay")
