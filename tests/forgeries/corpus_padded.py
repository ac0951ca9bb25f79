"""Padded and thinned: less work than claimed, repeated, stretched or blown up."""

import numpy as np
from bayesian_draws import redrawn
from forgery import LOCATION_SCALE, Forgery
from runs import Forger
from tools import edit_replicates

from assay.evidence.arrays import load_arrays, save_arrays
from toys import bayesian


def copied_chain(draws: np.ndarray) -> np.ndarray:
    draws = draws.copy()
    draws[3] = draws[1]
    return draws


def permuted_chain(draws: np.ndarray) -> np.ndarray:
    draws = draws.copy()
    draws[3] = draws[1][np.random.default_rng(2).permutation(draws.shape[1])]
    return draws


def every_draw_twice(draws: np.ndarray) -> np.ndarray:
    return np.repeat(draws[:, : draws.shape[1] // 2], 2, axis=1)


def bootstrap(draws: np.ndarray) -> np.ndarray:
    rows = draws.reshape(-1, draws.shape[-1])
    return rows[np.random.default_rng(2).integers(len(rows), size=len(rows))]


def one_long_chain(forger: Forger) -> None:
    """Cut four chains out of one; the first of them is genuine."""
    toy = bayesian(1, LOCATION_SCALE, training={"draws": 4000, "chains": 2})
    root = forger.workshop.run(toy)
    long = load_arrays(root / "implementation" / "evidence" / "1" / "fit.npz")

    def cut(arrays):
        for name, values in long.items():
            arrays[name] = values[0].reshape(4, 1000, *values.shape[2:])

    forger.edit_chains(cut)
    forger.retell()


def copied_half(forger: Forger) -> None:
    def copy(arrays):
        x = arrays["replicates/x"]
        x[500:] = x[:500]

    edit_replicates(forger, copy)


def mirrored_half(forger: Forger) -> None:
    def mirror(arrays):
        x = arrays["replicates/x"]
        x[500:] = 10.0 - x[:500]

    edit_replicates(forger, mirror)


def bootstrapped(forger: Forger) -> None:
    def draw(arrays):
        x = arrays["replicates/x"]
        arrays["replicates/x"] = x[np.random.default_rng(2).integers(200, size=len(x))]

    edit_replicates(forger, draw)


def copied_batch(forger: Forger) -> None:
    """Put the first batch in place of the second, in fit and checkpoints."""
    edit_replicates(
        forger, lambda a: a["replicates/x"].__setitem__(slice(50, 100), a["replicates/x"][:50])
    )


def copied_checkpoint(forger: Forger) -> None:
    folder = forger.evidence / "checkpoints"
    first, second = sorted(folder.iterdir())[:2]
    second.write_bytes(first.read_bytes())
    forger.reseal()


def stretched_history(forger: Forger) -> None:
    """Repeat every step of a descent, so that it seems to have taken twice as many."""

    def repeat(arrays):
        for name in ("history/loss", "history/grad_norm"):
            arrays[name] = np.repeat(arrays[name], 2)

    forger.edit_fit(repeat)
    steps = len(load_arrays(forger.evidence / "fit.npz")["history/loss"])
    folder = forger.evidence / "checkpoints"
    states = {p.name: load_arrays(p) for p in sorted(folder.iterdir())}
    for path in folder.iterdir():
        path.unlink()
    records = [r for r in forger.records() if r["event"] != "checkpoint"]
    sample = next(r for r in forger.records() if r["event"] == "checkpoint")
    logged = []
    for number, (step, state) in enumerate(_doubled(states, steps)):
        name = f"{number:05d}_state_0_{step:09d}.npz"
        save_arrays(folder / name, state)
        logged.append({**sample, "file": f"checkpoints/{name}", "meta": {"start": 0, "step": step}})
    place = next(n for n, r in enumerate(records) if r.get("phase") == "steps") + 1
    forger.rewrite_progress([*records[:place], *logged, *records[place:]])
    settled = round(steps / 1.1)

    def tell(meta):
        meta["iterations"] = f"{steps} steps"
        meta["starts"][0].update(steps=steps, settled_at=settled, checkpoints=_places(steps))

    forger.edit_json("fit.json", tell)
    forger.edit_json("outcome.json", lambda o: o.update(checkpoints=len(logged)))
    forger.retell()


def _places(steps: int) -> list[int]:
    return sorted({*range(0, steps + 1, 20), steps})


def _doubled(states: dict, steps: int):
    kept = list(states.values())
    for step in _places(steps):
        yield step, kept[min(len(kept) - 1, round(step / steps * (len(kept) - 1)))]


PADDED = [
    Forgery(
        "copied-chain",
        "bayesian",
        "Presents one chain twice.",
        redrawn(copied_chain),
        {"fit"},
    ),
    Forgery(
        "permuted-chain",
        "bayesian",
        "Presents one chain twice, the second time in another order.",
        redrawn(permuted_chain),
        {"fit"},
    ),
    Forgery(
        "every-draw-twice",
        "bayesian",
        "Draws half as many and writes each down twice.",
        redrawn(every_draw_twice),
        {"recomputation"},
    ),
    Forgery(
        "bootstrapped-draws",
        "bayesian",
        "Draws again from the draws that there are.",
        redrawn(bootstrap),
        {"fit", "convergence"},
    ),
    Forgery(
        "one-long-chain",
        "bayesian",
        "Cuts four chains out of one long one.",
        one_long_chain,
        {"recomputation"},
    ),
    Forgery(
        "copied-half",
        "simulation",
        "Copies the first half of the replicates over the second.",
        copied_half,
        {"fit"},
    ),
    Forgery(
        "mirrored-half",
        "simulation",
        "Mirrors the first half of the replicates about the mean.",
        mirrored_half,
        {"recomputation"},
    ),
    Forgery(
        "bootstrapped-replicates",
        "simulation",
        "Draws a thousand replicates from two hundred.",
        bootstrapped,
        {"recomputation"},
    ),
    Forgery(
        "copied-batch",
        "simulation",
        "Copies one batch over the next, in fit and checkpoints.",
        copied_batch,
        {"checkpoints"},
        red_flag="no_checkpoints",
    ),
    Forgery(
        "copied-checkpoint",
        "simulation",
        "Copies one checkpoint over the next.",
        copied_checkpoint,
        {"checkpoints"},
        red_flag="no_checkpoints",
    ),
    Forgery(
        "stretched-history",
        "iterative",
        "Writes every step of the history down twice.",
        stretched_history,
        {"fit"},
    ),
]
