"""Order and time: the record of a run that cannot have taken place so."""

from itertools import pairwise

from forgery import EXPECTING, Forgery
from runs import Forger, touch
from tools import (
    CLOCKS,
    edit_progress,
    last_state,
    retime,
    start_from,
    stretched,
    with_cpu,
    with_heartbeats,
)

from assay.evidence.progress import Clock
from toys import DESCENT, iterative

HOUR = 3600.0


def results_first(forger: Forger) -> None:
    touch(forger.results, forger.records()[0]["timestamp"] - HOUR)


def end_before_start(forger: Forger) -> None:
    def turn(records):
        for record in records:
            record["timestamp"] = 2 * records[0]["timestamp"] - record["timestamp"] - HOUR

    retime(forger, turn)


def monotonic_backwards(forger: Forger) -> None:
    def turn(records):
        records[4]["monotonic"] = records[3]["monotonic"] - 0.5

    edit_progress(forger, turn)
    forger.reseal()


def wall_clock_set_back(forger: Forger) -> None:
    def turn(records):
        for record in records[4:]:
            record["timestamp"] -= 60.0

    retime(forger, turn)


def clocks_disagree(forger: Forger) -> None:
    def turn(records):
        for record in records[4:]:
            record["timestamp"] += 60.0

    retime(forger, turn)


def clock_line_invented(forger: Forger) -> None:
    """Note that the clock was set back a minute, which no other line shows."""

    def insert(records):
        line = {name: value for name, value in records[4].items() if name in Clock.model_fields}
        records.insert(4, {**line, "event": "clock", "jump_seconds": -60.0})
        for number, record in enumerate(records):
            record["sequence"] = number
        return records

    retime(forger, insert)


def elapsed_alone(forger: Forger) -> None:
    def stretch(records):
        for record in records:
            record["elapsed_seconds"] = record["elapsed_seconds"] * 1000

    edit_progress(forger, stretch)
    forger.reseal()


def in_the_future(forger: Forger) -> None:
    def move(records):
        for record in records:
            record["timestamp"] += 24 * HOUR

    retime(forger, move)


def outcome_apart(forger: Forger) -> None:
    early = "2020-01-01T00:00:00.000+00:00"
    forger.edit_json("outcome.json", lambda o: o["timing"].update(started=early))
    forger.reseal()


def outcome_hours(forger: Forger) -> None:
    forger.edit_json("outcome.json", lambda o: o["timing"].update(wall_seconds=12 * HOUR))
    forger.reseal()


def outcome_cpu(forger: Forger) -> None:
    forger.edit_json("outcome.json", lambda o: o["timing"].update(cpu_seconds=12 * HOUR))
    forger.reseal()


def end_twice(forger: Forger) -> None:
    def add(records):
        return [*records, records[-1]]

    edit_progress(forger, add)
    forger.reseal()


def too_short(forger: Forger) -> None:
    """Train a model of which at least five minutes are expected, in seconds."""
    toy = iterative(3, DESCENT, training={"checkpoint_every": 20}, extra=EXPECTING)
    root = forger.workshop.run(toy)
    start_from(forger, root)


def too_short_stretched(forger: Forger) -> None:
    too_short(forger)
    retime(forger, lambda r: with_heartbeats(stretched(r, _to(360.0, r)), 60.0))


def too_short_slow_import(forger: Forger) -> None:
    """Let six minutes pass while libraries are imported, which nothing is expected of."""
    too_short(forger)
    retime(forger, lambda r: with_heartbeats(stretched(r, _to(360.0, r, "import"), "import"), 60.0))


def too_short_busy_import(forger: Forger) -> None:
    """Claim half a minute of processor time for it as well."""
    too_short(forger)

    def change(records):
        records = stretched(records, _to(360.0, records, "import"), "import")
        return with_heartbeats(with_cpu(records, lambda cpu: cpu and cpu + 30.0), 60.0)

    retime(forger, change)


def _to(seconds: float, records, phase: str = "") -> float:
    """Return the factor by which a run, or a phase, becomes that long."""
    marks = [r for r in records if r["event"] in ("start", "phase", "end")]
    for before, after in pairwise(marks):
        if phase and before["phase"] == phase:
            return seconds / (after["monotonic"] - before["monotonic"])
    return seconds / (records[-1]["monotonic"] - records[0]["monotonic"])


def no_checkpoints(forger: Forger) -> None:
    for path in (forger.evidence / "checkpoints").iterdir():
        path.unlink()
    edit_progress(forger, lambda r: [x for x in r if x["event"] != "checkpoint"])
    forger.edit_json("outcome.json", lambda o: o.update(checkpoints=0))
    forger.reseal()


def checkpoints_deleted(forger: Forger) -> None:
    records: list[dict] = []
    for record in forger.records():
        stamps = {name: record[name] for name in CLOCKS}
        stored = record["event"] == "checkpoint"
        beat = {**last_state(records), **stamps, "event": "heartbeat"} if stored else {}
        records.append(beat or record)
    for path in (forger.evidence / "checkpoints").iterdir():
        path.unlink()
    forger.rewrite_progress(records)
    forger.reseal()


def no_numbers(forger: Forger) -> None:
    """Write NaN for all times of a run that is too short: no comparison holds for it."""
    too_short(forger)

    def blank(records):
        for record in records:
            record["monotonic"] = float("nan")

    edit_progress(forger, blank)
    forger.reseal()


def manifest_times(forger: Forger) -> None:
    forger.reseal(started="2020-01-01T00:00:00.000+00:00")


TIMES = [
    Forgery(
        "results-first",
        "iterative",
        "Has results that are an hour older than the training.",
        results_first,
        {"order"},
        red_flag="results_before_training",
    ),
    Forgery(
        "end-before-start",
        "iterative",
        "Lets the training end before it begins.",
        end_before_start,
        {"order", "heartbeats", "duration"},
        red_flag="results_before_training",
    ),
    Forgery(
        "monotonic-backwards",
        "iterative",
        "Has a monotonic clock that runs backwards.",
        monotonic_backwards,
        {"order"},
        red_flag="results_before_training",
    ),
    Forgery(
        "wall-clock-set-back",
        "iterative",
        "Sets the clock back a minute during the run.",
        wall_clock_set_back,
        {"order"},
        red_flag="results_before_training",
    ),
    Forgery(
        "clock-line-invented",
        "iterative",
        "Notes that the clock was set back a minute, though it was not.",
        clock_line_invented,
        {"clocks"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "clocks-disagree",
        "iterative",
        "Sets the clock forward a minute during the run.",
        clocks_disagree,
        {"clocks"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "elapsed-alone",
        "iterative",
        "Writes a thousand times the elapsed seconds into the log.",
        elapsed_alone,
        {"clocks"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "in-the-future",
        "iterative",
        "Presents a run of tomorrow.",
        in_the_future,
        {"order"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "outcome-apart",
        "iterative",
        "Tells another start in the outcome than in the log.",
        outcome_apart,
        {"order"},
        red_flag="results_before_training",
    ),
    Forgery(
        "outcome-hours",
        "iterative",
        "Claims twelve hours in the outcome, which the reports repeat.",
        outcome_hours,
        {"claims"},
    ),
    Forgery(
        "outcome-cpu",
        "iterative",
        "Claims twelve hours of processor time in the outcome.",
        outcome_cpu,
        {"claims"},
    ),
    Forgery("end-twice", "iterative", "Lets the training end twice.", end_twice, {"chain"}),
    Forgery(
        "too-short",
        "iterative",
        "Trains in seconds what should take five minutes.",
        too_short,
        {"duration"},
        red_flag="short_duration",
    ),
    Forgery(
        "too-short-stretched",
        "iterative",
        "Stretches such a run to six minutes and invents heartbeats.",
        too_short_stretched,
        {"duration"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "too-short-slow-import",
        "iterative",
        "Lets the import of libraries take six minutes of such a run.",
        too_short_slow_import,
        {"duration", "effort"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "too-short-busy-import",
        "iterative",
        "Claims processor time for that import as well.",
        too_short_busy_import,
        {"duration", "effort"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "no-numbers",
        "iterative",
        "Writes NaN for the times of a run that is too short.",
        no_numbers,
        {"chain"},
    ),
    Forgery(
        "manifest-times",
        "iterative",
        "Signs a manifest with another start.",
        manifest_times,
        {"claims"},
    ),
    Forgery(
        "no-checkpoints",
        "iterative",
        "Deletes all checkpoints and their lines of the log.",
        no_checkpoints,
        {"checkpoints"},
        red_flag="no_checkpoints",
    ),
    Forgery(
        "checkpoints-deleted",
        "simulation",
        "Deletes all checkpoints and calls their lines heartbeats.",
        checkpoints_deleted,
        {"checkpoints"},
        red_flag="no_checkpoints",
    ),
]
