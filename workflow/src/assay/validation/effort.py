"""The account of work: what the record claims was used, against what doing it again takes."""

from collections.abc import Iterator, Sequence

from assay.design.schema import SHORTEST
from assay.evidence.progress import Phase, ProgressLine, State
from assay.evidence.sessions import stretches
from assay.evidence.verdict import Finding
from assay.validation.case import Case
from assay.validation.replayed import Replayed

NO_WORK = frozenset({"start", "import", "build", "compile", "canonicalise", "results", "end"})
AROUND = frozenset({"import", "results"})  # phases that are not part of the fit
CPU_FACTOR, CPU_SLACK = 6.0, 5.0  # machines differ, and short phases are measured roughly
# Beyond this a run neither computed nor waited for a processor, but mostly did nothing.
IDLE_FACTOR, IDLE_SLACK = 4.0, 30.0
CROWDED = 20.0  # the factor where the system does not say how long a run waited for a processor
FILLED = 1.5  # CPU seconds in a second on one core: both are measured roughly
MEMORY_FACTOR, MEMORY_SLACK = 4.0, 2**30  # per core; sums over processes count shared pages often


def check_effort(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Compare the recorded CPU and time of the work itself with what doing it again took."""
    if not replayed.share:
        return
    cpu, wall = work(case.progress)
    again, slack = _again(replayed), _slack(replayed)
    low, high = (again - slack) / CPU_FACTOR, again * CPU_FACTOR + slack
    longest = _longest(case.progress[-1], cpu)
    if not low <= cpu <= high:
        message = (
            f"the record claims {cpu:.1f} s of processor time for work that takes {again:.1f} s "
            "here: it is not the record of this run"
        )
        yield Finding("effort", "warn", message, cpu, [low, high], doubt=True)
    elif wall > longest:
        message = (
            f"of {wall:.0f} s of work only {cpu:.0f} s were spent computing, and the rest not "
            "waiting for a processor: was it padded?"
        )
        yield Finding("effort", "warn", message, wall, longest, doubt=True)
    else:
        message = f"{cpu:.1f} s of processor time recorded, {again:.1f} s when done again"
        yield Finding("effort", "pass", message, cpu, again)
    cores = case.admission.cores
    if cpu > wall * cores * FILLED + slack:
        message = f"{cpu:.1f} s of processor time do not fit into {wall:.1f} s on {cores} cores"
        yield Finding("effort", "warn", message, cpu, wall * cores, doubt=True)


def check_padding(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Hold the duration against what the work takes: too short for it, or padded to what is due."""
    if not replayed.share:
        return
    least = case.design.expected.least_minutes
    if least is None:
        _, wall = work(case.progress)
        again = _again(replayed)
        required = SHORTEST * again / (case.admission.cores * FILLED) - CPU_SLACK
        if wall < required:
            message = f"the work took {wall:.1f} s on record; here it takes {again:.1f} s of CPU"
            yield Finding("duration", "fail", message, wall, required, "short_duration")
        return
    spent = replayed.phases.values()
    again = sum(max(each.wall, each.cpu) for each in spent) / replayed.share
    if 60 * least > CPU_FACTOR * again + IDLE_SLACK:
        message = (
            f"the record claims the {60 * least:g} s that the design demands at least, yet done "
            f"again it takes {again:.1f} s: it was padded, or the design expects too much"
        )
        yield Finding("duration", "warn", message, again, 60 * least, doubt=True)


def check_memory(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """Compare the recorded memory with what doing all of it again needed."""
    if replayed.mode != "full" or not case.exact or replayed.error:
        return
    again, last = replayed.peak_rss, case.progress[-1]
    if not again or not isinstance(last, State):
        yield Finding("memory", "skipped", "this system does not say how much memory a run takes")
        return
    peak = last.peak_rss_bytes.value
    most = MEMORY_FACTOR * again * case.admission.cores + MEMORY_SLACK
    if not again / MEMORY_FACTOR <= peak <= most:
        message = (
            f"the record claims {peak / 2**20:,.0f} MiB of memory; done again the work takes "
            f"{again / 2**20:,.0f} MiB: it is not the record of this run"
        )
        yield Finding("memory", "warn", message, peak, again, doubt=True)
    else:
        yield Finding("memory", "pass", "the memory on record is what the work takes", peak, again)


def check_phases(case: Case, replayed: Replayed) -> Iterator[Finding]:
    """See that the record names the phases that the work has when all of it is done again."""
    if replayed.mode != "full":
        return
    recorded = {line.phase for line in case.progress if isinstance(line, Phase)} - AROUND
    if recorded != replayed.phases.keys():
        message = "the record names other phases than the work has when it is done again"
        measured = sorted(recorded), sorted(replayed.phases)
        yield Finding("phases", "warn", message, *measured, doubt=True)
    else:
        yield Finding("phases", "pass", "the record names the phases that the work has")


def work(records: Sequence[ProgressLine]) -> tuple[float, float]:
    """Return recorded CPU and wall seconds of the phases that are the work itself."""
    parts = [(cpu, wall) for phase, wall, cpu in stretches(records) if phase not in NO_WORK]
    return sum(cpu for cpu, _ in parts), sum(wall for _, wall in parts)


def _again(replayed: Replayed) -> float:
    """Return the CPU seconds that all of the work takes here."""
    spent = [each.cpu for name, each in replayed.phases.items() if name not in NO_WORK]
    return sum(spent) / replayed.share


def _slack(replayed: Replayed) -> float:
    """Return the seconds by which such an estimate may be off."""
    return CPU_SLACK / replayed.share


def _longest(last: ProgressLine, cpu: float) -> float:
    """Return the wall seconds in which so much computing fits, given what the run waited for."""
    waited = last.waited_seconds.value if isinstance(last, State) else None
    if waited is None:
        return CROWDED * cpu + IDLE_SLACK
    return IDLE_FACTOR * (cpu + waited) + IDLE_SLACK
