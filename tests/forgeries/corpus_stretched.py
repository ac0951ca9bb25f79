"""Stretched and blown up: time, heartbeats, memory and processor time that no run took."""

from forgery import Forgery
from runs import Forger
from tools import retime, stretched, with_cpu, with_heartbeats


def slept(forger: Forger) -> None:
    """Let hours pass in the log of a run of seconds, with a heartbeat every minute."""
    forger.edit_json("admission.json", lambda a: a.update(heartbeat_seconds=60.0))
    retime(forger, lambda r: with_heartbeats(stretched(_no_beats(r), 1000.0), 60.0))


def ten_times(forger: Forger) -> None:
    """Stretch the clock tenfold; what was a heartbeat every 0.3 s is one every three."""
    retime(forger, lambda records: stretched(records, 10.0))


def forty_times_with_heartbeats(forger: Forger) -> None:
    retime(forger, lambda records: with_heartbeats(stretched(_no_beats(records), 40.0), 0.3))


def dense_heartbeats(forger: Forger) -> None:
    """Invent a heartbeat a second, where one a minute is due."""
    forger.edit_json("admission.json", lambda a: a.update(heartbeat_seconds=60.0))
    retime(forger, lambda records: with_heartbeats(_no_beats(records), 1.0))


def sparse_heartbeats(forger: Forger) -> None:
    retime(forger, _no_beats)


def gap_cut_out(forger: Forger) -> None:
    """Strike the heartbeats of the middle of the run."""

    def strike(records):
        beats = [r for r in records if r["event"] == "heartbeat"]
        ends = beats[0]["monotonic"], beats[-1]["monotonic"]
        return [
            r
            for r in records
            if r["event"] != "heartbeat" or not ends[0] < r["monotonic"] < ends[1]
        ]

    retime(forger, strike)


def slower_heartbeats_asked(forger: Forger) -> dict:
    """Admit a heartbeat an hour; the director asks for one every 0.3 seconds."""
    forger.edit_json("admission.json", lambda a: a.update(heartbeat_seconds=3600.0))
    retime(forger, _no_beats)
    return {"heartbeat_seconds": 0.3}


def heartbeat_no_number(forger: Forger) -> None:
    """Admit a heartbeat every NaN seconds, which no gap is longer than."""
    forger.edit_json("admission.json", lambda a: a.update(heartbeat_seconds=float("nan")))
    retime(forger, _no_beats)


def memory_blown_up(forger: Forger) -> None:
    def change(records):
        for record in records:
            for name in ("rss_bytes", "peak_rss_bytes"):
                if name in record:
                    record[name] = {**record[name], "value": record[name]["value"] * 50}

    retime(forger, change)


def cpu_blown_up(forger: Forger) -> None:
    retime(forger, lambda records: with_cpu(records, lambda cpu: 100 * cpu))


def no_cpu(forger: Forger) -> None:
    retime(forger, lambda records: with_cpu(records, lambda cpu: 0.0))


def _no_beats(records):
    return [r for r in records if r["event"] != "heartbeat"]


STRETCHED = [
    Forgery(
        "slept",
        "waiting",
        "Makes hours of seconds, with heartbeats but no processor time.",
        slept,
        {"effort"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "ten-times",
        "waiting",
        "Stretches the clock tenfold.",
        ten_times,
        {"heartbeats"},
        red_flag="log_gap",
    ),
    Forgery(
        "forty-times-with-heartbeats",
        "waiting",
        "Stretches the clock fortyfold and invents the heartbeats.",
        forty_times_with_heartbeats,
        {"effort"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "dense-heartbeats",
        "waiting",
        "Invents a heartbeat a second.",
        dense_heartbeats,
        {"heartbeats"},
        red_flag="log_too_dense",
    ),
    Forgery(
        "sparse-heartbeats",
        "waiting",
        "Leaves out all heartbeats.",
        sparse_heartbeats,
        {"heartbeats"},
        red_flag="log_gap",
    ),
    Forgery(
        "gap-cut-out",
        "waiting",
        "Strikes the heartbeats of the middle.",
        gap_cut_out,
        {"heartbeats"},
        red_flag="log_gap",
    ),
    Forgery(
        "slower-heartbeats",
        "waiting",
        "Admits a heartbeat an hour, against the director's word.",
        slower_heartbeats_asked,
        {"heartbeats"},
        red_flag="log_gap",
    ),
    Forgery(
        "heartbeat-no-number",
        "waiting",
        "Admits a heartbeat every NaN seconds and leaves out all of them.",
        heartbeat_no_number,
        {"structure"},
    ),
    Forgery(
        "memory-blown-up",
        "iterative",
        "Claims fifty times the memory.",
        memory_blown_up,
        {"memory"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "cpu-blown-up",
        "waiting",
        "Claims a hundred times the processor time.",
        cpu_blown_up,
        {"effort"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "no-cpu",
        "busy",
        "Has no processor time for seven seconds of work.",
        no_cpu,
        {"effort"},
        verdict="INVESTIGATE",
    ),
]
