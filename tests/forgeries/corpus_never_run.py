"""Never run: results typed in, or evidence invented from nothing."""

import shutil
from functools import partial

import numpy as np
from bayesian_draws import invented, posterior_draws
from forgery import Forgery
from runs import Forger
from tools import absolve, edit_replicates, retime, start_from, stretched, with_cpu

from assay.evidence.arrays import load_arrays
from toys import DESCENT, iterative, simulation


def typed_alone(forger: Forger) -> None:
    shutil.rmtree(forger.evidence)
    forger.results.write_text("name,x\na,1.25\nb,2.5\n")


def typed_with_logs(forger: Forger) -> None:
    typed_alone(forger)
    forger.workspace.training_log(forger.model).write_text("epoch 1000: converged\n")
    forger.workspace.convergence_log(forger.model).write_text("PASS: converged\n")


def word_converged(forger: Forger) -> None:
    typed_with_logs(forger)
    forger.evidence.mkdir()
    (forger.evidence / "progress.jsonl").write_text('{"event": "end", "status": "converged"}\n')


def empty_evidence(forger: Forger) -> None:
    shutil.rmtree(forger.evidence)
    (forger.evidence / "checkpoints").mkdir(parents=True)


def no_fit(forger: Forger) -> None:
    for name in ("fit.npz", "fit.json"):
        (forger.evidence / name).unlink()
    shutil.rmtree(forger.evidence / "checkpoints")
    forger.rewrite_progress([r for r in forger.records() if r["event"] != "checkpoint"])
    forger.reseal()


def no_progress(forger: Forger) -> None:
    (forger.evidence / "progress.jsonl").write_text("")
    forger.reseal()


def no_results_file(forger: Forger) -> None:
    forger.results.unlink()


def invented_replicates(forger: Forger) -> None:
    rng = np.random.default_rng(7)

    def invent(arrays):
        arrays["replicates/x"] = 5.0 + rng.normal(size=len(arrays["replicates/x"]))

    edit_replicates(forger, invent)
    retime(forger, lambda records: with_cpu(stretched(records, 2.0), lambda cpu: 2 * cpu))


def invented_descent(forger: Forger) -> None:
    """Write the curve that such a descent would have, from a formula."""

    def invent(arrays):
        steps = np.arange(1, 1 + len(arrays["history/loss"]))
        apart = np.array([2.0, 2.0]) * 0.9 ** steps[:, None]
        arrays["history/loss"] = 1.0 + 0.5 * np.sum(apart**2, axis=1)
        arrays["history/grad_norm"] = np.sqrt(np.sum(apart**2, axis=1))
        arrays["state/x"] = np.array([1.0, 2.0]) + apart[-1]

    forger.edit_fit(invent)
    for step in (20, 40, 60, 80, 100, 120):
        state = np.array([1.0, 2.0]) + np.array([2.0, 2.0]) * 0.9**step
        edit = partial(dict.update, **{"state/x": state})
        forger.edit_checkpoint(f"state_0_{step:09d}", edit)
    forger.retell()


def failed_descent(forger: Forger) -> None:
    """Present a training that ran out of steps as one that ended well."""
    _take_failed(forger, iterative(3, DESCENT, training={"max_steps": 20}))


def failed_simulation(forger: Forger) -> None:
    """Present a simulation with numerical errors as one without."""
    body = 'return {"x": 5.0 + rng.normal() + 0.0 * np.log(rng.random() - 0.01)}'
    _take_failed(forger, simulation(4, body))
    forger.edit_fit(lambda a: a.update({n: 0 * v for n, v in a.items() if n.startswith("flags")}))
    edit_replicates(
        forger, lambda a: a.update({"replicates/x": np.nan_to_num(a["replicates/x"], nan=5.0)})
    )
    absolve(forger)


def _take_failed(forger: Forger, toy) -> None:
    root = forger.workshop.run(toy, fails=True)
    start_from(forger, root)
    if toy.method == "iterative":
        absolve(forger)


def pickled_fit(forger: Forger) -> None:
    """Store the fit as Python objects, which run code when they are read."""
    fit = dict(load_arrays(forger.evidence / "fit.npz"))
    fit["history/loss"] = fit["history/loss"].astype(object)
    np.savez(forger.evidence / "fit.npz", allow_pickle=True, **fit)
    forger.reseal()


NEVER_RUN = [
    Forgery(
        "typed-alone",
        "iterative",
        "Types results and keeps no evidence.",
        typed_alone,
        {"structure"},
    ),
    Forgery(
        "typed-with-logs",
        "iterative",
        "Types results and two logs that say 'converged'.",
        typed_with_logs,
        {"structure"},
    ),
    Forgery(
        "word-converged",
        "iterative",
        "Adds evidence that consists of the word 'converged'.",
        word_converged,
        {"structure"},
    ),
    Forgery(
        "empty-evidence",
        "iterative",
        "Makes an empty evidence folder.",
        empty_evidence,
        {"structure"},
    ),
    Forgery(
        "no-fit",
        "iterative",
        "Has results, outcome and logs but neither fit nor checkpoints, and seals them.",
        no_fit,
        {"fit", "convergence", "checkpoints"},
        red_flag="no_checkpoints",
    ),
    Forgery(
        "no-progress",
        "iterative",
        "Empties progress.jsonl and seals again.",
        no_progress,
        {"chain"},
    ),
    Forgery("no-results-file", "iterative", "Publishes nothing.", no_results_file, {"published"}),
    Forgery(
        "pickled-fit",
        "iterative",
        "Stores the fit as Python objects, which run code when read.",
        pickled_fit,
        {"fit"},
    ),
    Forgery(
        "invented-draws",
        "bayesian",
        "Invents independent draws of the exact posterior, with densities and energies.",
        invented(posterior_draws),
        {"recomputation"},
    ),
    Forgery(
        "invented-replicates",
        "simulation",
        "Draws replicates from the right distribution, with invented times.",
        invented_replicates,
        {"recomputation"},
    ),
    Forgery(
        "invented-descent",
        "iterative",
        "Writes a loss curve and states from a formula.",
        invented_descent,
        {"recomputation", "certificate"},
    ),
    Forgery(
        "failed-descent",
        "iterative",
        "Edits a training that failed to one that was trained.",
        failed_descent,
        {"convergence"},
    ),
    Forgery(
        "failed-simulation",
        "simulation",
        "Clears the numerical errors of a simulation that failed for them.",
        failed_simulation,
        {"recomputation"},
    ),
]
