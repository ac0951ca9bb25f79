"""What the mutants of modules showed, against the list of those that change nothing."""

import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from mutants import Mutant, mutants
from running import Target, TestsFailError, prepare, survivors

LEAST_KILLED = 0.95
Change = tuple[str, str]  # the line as it is, and as it is changed


@dataclass(frozen=True)
class Judged:
    """A module: its name, how many mutants it has, and which of them survived."""

    module: str
    mutants: int
    survivors: tuple[Mutant, ...]

    @property
    def killed(self) -> int:
        """Return how many were noticed."""
        return self.mutants - len(self.survivors)


def report(chosen: Sequence[Target], known: Path, jobs: int) -> int:
    """Judge modules one after the other, print what was found, and return the exit status."""
    explained = known_survivors(known)
    try:
        judged = [judge(target, jobs) for target in chosen]
    except TestsFailError as error:
        print(error, file=sys.stderr)
        return 1
    total = Judged(
        "together",
        sum(one.mutants for one in judged),
        tuple(mutant for one in judged for mutant in one.survivors),
    )
    wrong = [fault for one in judged for fault in faults(one, explained.get(one.module, []))]
    if total.killed < LEAST_KILLED * total.mutants:
        share = total.killed / total.mutants
        wrong.append(f"too few are killed: {share:.1%}, not {LEAST_KILLED:.0%}")
    print("\n".join([table([*judged, total]), *wrong]))
    return 1 if wrong else 0


def judge(target: Target, jobs: int) -> Judged:
    """Run the nearest tests of a module on each of its mutants, saying how far it is.

    Raises:
        TestsFailError: they fail without a change.
    """
    made = mutants(target.source.read_text(encoding="utf-8"), str(target.source))
    seconds = prepare(target)
    began, shown = monotonic(), sys.stderr.isatty()

    def told(done: int) -> None:
        if shown:
            print(f"{target.module}: {done}/{len(made)}", end="\r", file=sys.stderr, flush=True)

    judged = Judged(target.module, len(made), tuple(survivors(target, made, seconds, jobs, told)))
    took = f"{monotonic() - began:.0f} s"
    print(f"{target.module}: {judged.killed} of {len(made)} killed in {took}", file=sys.stderr)
    return judged


def known_survivors(path: Path) -> dict[str, list[Change]]:
    """Read which changes change nothing, by module.

    Raises:
        ValueError: an entry gives no reason.
    """
    found: dict[str, list[Change]] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", []):
        if not entry.get("reason"):
            raise ValueError(f"{path.name}: an entry of {entry.get('module')} gives no reason")
        changes = [(before, after) for before, after in entry["changes"]]
        found.setdefault(entry["module"], []).extend(changes)
    return found


def faults(judged: Judged, explained: Sequence[Change]) -> list[str]:
    """Return what is wrong: survivors that are not explained, and explanations of none."""
    left = Counter(explained)
    lines = []
    for mutant in judged.survivors:
        change = (mutant.before, mutant.after)
        if left[change]:
            left[change] -= 1
        else:
            place = f"{judged.module}:{mutant.line}"
            lines.append(f"survives: {place}\n  - {mutant.before}\n  + {mutant.after}")
    lines += [
        f"explained, but does not survive: {judged.module}\n  - {before}\n  + {after}"
        for before, after in left.elements()
    ]
    return lines


def table(judged: Sequence[Judged]) -> str:
    """Return a line for each module."""
    width = max(len(one.module) for one in judged)
    rows = [
        f"{one.module:{width}} {one.mutants:8} {one.killed:8} {len(one.survivors):9}"
        for one in judged
    ]
    return "\n".join([f"{'module':{width}}  mutants   killed survivors", *rows])
