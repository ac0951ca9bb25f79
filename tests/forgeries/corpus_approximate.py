"""Approximations passed off as the real thing."""

import numpy as np
from bayesian_draws import invented, laplace, mean_field, redrawn, resampled
from forgery import Forgery
from runs import Forger
from scipy.stats import norm
from tools import edit_answer, edit_replicates, edit_state

from assay.evidence.arrays import load_arrays


def scaled(draws: np.ndarray) -> np.ndarray:
    """Return draws five per cent wider around their mean."""
    middle = draws.mean(axis=(0, 1))
    return middle + 1.05 * (draws - middle)


def early_end(forger: Forger) -> None:
    """Cut the history after step 60 and present the state of then."""
    folder = forger.evidence / "checkpoints"
    state = load_arrays(next(folder.glob("*_state_0_000000060.npz")))

    def cut(arrays):
        for name in ("history/loss", "history/grad_norm"):
            arrays[name] = arrays[name][:60]
        arrays["state/x"] = state["state/x"]
        arrays["confirm/x"] = np.tile(state["state/x"], (len(arrays["confirm/x"]), 1))

    forger.edit_fit(cut)
    late = [p for p in sorted(folder.iterdir()) if int(p.stem.rpartition("_")[2]) > 60]
    for path in late:
        path.unlink()
    gone = {f"checkpoints/{path.name}" for path in late}
    forger.rewrite_progress([r for r in forger.records() if r.get("file") not in gone])
    told = {"steps": 60, "settled_at": 50, "checkpoints": [0, 20, 40, 60]}
    forger.edit_json("fit.json", lambda meta: meta["starts"][0].update(told))
    forger.retell()


def early_state(forger: Forger) -> None:
    folder = forger.evidence / "checkpoints"
    state = load_arrays(next(folder.glob("*_state_0_000000060.npz")))
    edit_state(forger, lambda arrays: arrays.update({"state/x": state["state/x"]}))


def exact_answer(forger: Forger) -> None:
    """Present the optimum, found with pencil and paper, as the last state."""
    edit_state(forger, lambda arrays: arrays.update({"state/x": np.array([1.0, 2.0])}))


def quantiles(forger: Forger) -> None:
    """Replace the replicates by quantiles of the distribution, shuffled."""

    def replace(arrays):
        count = len(arrays["replicates/x"])
        even = 5.0 + norm.ppf((np.arange(count) + 0.5) / count)
        arrays["replicates/x"] = np.random.default_rng(4).permutation(even)

    edit_replicates(forger, replace)


def shifted(forger: Forger) -> None:
    """Shift the replicates so that their mean is exactly the true one."""

    def shift(arrays):
        arrays["replicates/x"] += 5.0 - arrays["replicates/x"].mean()

    edit_replicates(forger, shift)


def rounded_replicates(forger: Forger) -> None:
    edit_replicates(forger, lambda a: a.update({"replicates/x": np.round(a["replicates/x"], 9)}))


APPROXIMATE = [
    Forgery(
        "laplace",
        "bayesian",
        "Draws from the normal approximation at the mode, with true log densities.",
        invented(laplace),
        {"recomputation"},
    ),
    Forgery(
        "mean-field",
        "bayesian",
        "Draws from a mean-field approximation, with true log densities.",
        invented(mean_field),
        {"recomputation"},
    ),
    Forgery(
        "importance-resampled",
        "bayesian",
        "Draws by importance resampling, with true log densities.",
        invented(resampled),
        {"fit"},
    ),
    Forgery(
        "wider-posterior",
        "bayesian",
        "Scales the draws by 1.05 around their mean, with true log densities.",
        redrawn(scaled),
        {"recomputation"},
    ),
    Forgery(
        "optimum-off",
        "convex",
        "Moves the optimum by 1e-4.",
        lambda f: edit_answer(f, lambda x: x + 1e-4),
        {"convergence"},
    ),
    Forgery(
        "optimum-rounded",
        "convex",
        "Rounds the optimum to three digits.",
        lambda f: edit_answer(f, lambda x: np.maximum(np.round(x, 3), 0.01)),
        {"convergence"},
    ),
    Forgery(
        "optimum-off-by-a-little",
        "convex",
        "Moves the optimum by 1e-6.",
        lambda f: edit_answer(f, lambda x: x + 1e-6),
        {"convergence"},
    ),
    Forgery(
        "early-end",
        "iterative",
        "Presents the sixtieth step as the last.",
        early_end,
        {"convergence"},
    ),
    Forgery(
        "early-state",
        "iterative",
        "Presents the state of step 60 with the full history.",
        early_state,
        {"fit"},
    ),
    Forgery(
        "exact-answer",
        "iterative",
        "Presents an optimum found otherwise as the last state.",
        exact_answer,
        {"fit"},
    ),
    Forgery(
        "quantiles",
        "simulation",
        "Replaces replicates by quantiles of the true distribution.",
        quantiles,
        {"recomputation"},
    ),
    Forgery(
        "shifted",
        "simulation",
        "Shifts the replicates so that the mean is exact.",
        shifted,
        {"recomputation"},
    ),
    Forgery(
        "rounded-replicates",
        "simulation",
        "Rounds the replicates to nine digits.",
        rounded_replicates,
        {"recomputation"},
    ),
]
