"""The fit, checkpoints and lines of progress.jsonl of a small simulation, made by hand."""

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

import evidence_samples as samples
from assay.core.files import digest_bytes
from assay.core.fit import Fit
from assay.evidence.progress import (
    FIRST,
    Checkpoint,
    End,
    Heartbeat,
    Phase,
    Resume,
    Start,
    State,
    Stopped,
    Used,
)
from assay.evidence.record import to_line
from assay.methods.simulation.replicate import FLAGS

BEGAN, BOOTED = 1_700_000_000.0, 5_000.0  # wall clock and monotonic clock at the start
SECONDS = 100.0


def packed(arrays: Mapping[str, Any]) -> bytes:
    """Return arrays as an npz file."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


@cache
def fit() -> Fit:
    """Return a thousand honest replicates."""
    draws = np.random.default_rng(1).normal(5.0, 1.0, size=1000)
    flags = {f"flags/{name}": np.zeros(1000, np.int64) for name in FLAGS}
    meta = {
        "iterations": "1,000 replicates",
        "replicates": 1000,
        "outputs": {"x": {"shape": [], "dtype": "<f8"}},
        "batch_ends": list(range(50, 1001, 50)),
        "notes": [],
    }
    return Fit({"replicates/x": draws, **flags}, meta)


@cache
def batches() -> dict[str, bytes]:
    """Return its checkpoints by the names of their files."""
    firsts = range(0, 1000, 50)
    return {
        f"{number:05d}_batch_{first:09d}.npz": packed(
            {name: values[first : first + 50] for name, values in fit().arrays.items()}
        )
        for number, first in enumerate(firsts)
    }


def run(seconds: float, *middle: Any, **end: Any) -> list[Any]:
    """Return the lines of a run with these in between."""
    return [at(Start, 0.0, cpu=0.0), *middle, at(End, seconds, **end)]


def at(kind: type, seconds: float, **values: Any) -> dict[str, Any]:
    """Return a line so many seconds after the start, with `values` in place of others."""
    own: dict[str, Any] = {
        "kind": kind,
        "timestamp": BEGAN + seconds,
        "monotonic": BOOTED + seconds,
        "elapsed_seconds": seconds,
    }
    usage = {name: values.pop(name) for name in ("cpu", "rss") if name in values}
    waited = values.pop("waited", None)
    if issubclass(kind, State):
        own |= dict(samples.state(values.pop("phase", "simulate"), **usage))
    elif issubclass(kind, Used):
        own |= {"phase": "start", **dict(samples.used(**usage))}
    if waited is not None:
        own["waited_seconds"] = own["waited_seconds"].model_copy(update={"value": waited})
    own |= {"reason": "asked to"} if kind in (Resume, Stopped) else {}
    return own | values


def stored(seconds: float, name: str, content: bytes) -> dict[str, Any]:
    """Return the line of a checkpoint."""
    values = {"file": f"checkpoints/{name}", "digest": digest_bytes(content), "bytes": len(content)}
    return at(Checkpoint, seconds, **values, meta={})


def lines(
    *others: dict[str, Any],
    seconds: float = SECONDS,
    cpu: float = 40.0,
    rss: int = 200_000_000,
    checkpoints: Mapping[str, bytes] | None = None,
    waited: float | None = None,
    beats: tuple[float, ...] = (60.0,),
) -> list[dict[str, Any]]:
    """Return the lines of a run, `others` among them by their time."""
    kept = batches() if checkpoints is None else checkpoints
    middle = [at(Heartbeat, beat, cpu=min(cpu, 30.0), rss=rss) for beat in beats]
    middle += [stored(50.0, name, content) for name, content in kept.items()]
    found = sorted([*middle, *others], key=lambda line: line["elapsed_seconds"])
    return [
        at(Start, 0.0, cpu=0.0, rss=rss),
        at(Phase, 0.5, phase="import", cpu=0.5, rss=rss),
        at(Phase, 2.0, phase="simulate", cpu=2.0, rss=rss),
        *found,
        at(Phase, seconds - 1, phase="results", cpu=cpu + 2.0, rss=rss),
        at(End, seconds, phase="results", cpu=cpu + 2.0, rss=rss, waited=waited),
    ]


def chained(plain: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Return the records of these lines, numbered and chained."""
    records, previous = [], FIRST
    for number, values in enumerate(plain):
        kind = values["kind"]
        rest = {name: value for name, value in values.items() if name != "kind"}
        records.append(kind(**{"sequence": number, "previous": previous} | rest))
        previous = digest_bytes(to_line(records[-1]))
    return tuple(records)
