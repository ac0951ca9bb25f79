"""Evidence rewritten: parts of a genuine run made nicer, and everything sealed again."""

import numpy as np
from forgery import Forgery
from runs import Forger
from tools import absolve, edit_answer, edit_replicates, edit_state, start_from

from assay.evidence.arrays import load_arrays, save_arrays
from toys import bayesian

FUNNEL = """
v = pm.Normal("v", 0, 3)
x = pm.Normal("x", 0, pm.math.exp(v / 2), shape=9)
"""


def better_criteria(forger: Forger) -> None:
    def better(outcome):
        for criterion in outcome["criteria"]:
            if criterion["comparison"] == "<=":
                criterion["value"] = 0.0

    forger.edit_json("outcome.json", better)
    forger.retell_logs()


def criterion_struck(forger: Forger) -> None:
    forger.edit_json("outcome.json", lambda outcome: outcome["criteria"].pop())
    forger.retell_logs()


def nicer_state(forger: Forger) -> None:
    edit_state(forger, lambda arrays: arrays.update({"state/x": arrays["state/x"] + 1e-6}))


def nicer_history(forger: Forger) -> None:
    def smooth(arrays):
        arrays["history/loss"][:20] *= 0.9

    edit_state(forger, smooth)


def other_beginning(forger: Forger) -> None:
    def move(arrays):
        arrays["initial/x"] = np.array([30.0, 40.0])

    forger.edit_fit(move)
    forger.edit_checkpoint(
        "state_0_000000000", lambda a: a.update({"state/x": np.array([30.0, 40.0])})
    )
    edit_state(forger, lambda arrays: arrays.update({"scale/x": np.array(40.0)}))


def values_only(forger: Forger) -> None:
    def move(arrays):
        arrays["value/x"] = arrays["value/x"] + 0.1

    forger.edit_fit(move)
    forger.retell()


def objective_only(forger: Forger) -> None:
    forger.edit_json("fit.json", lambda meta: meta.update(objective=meta["objective"] - 1.0))
    forger.retell()


def problem_too(forger: Forger) -> None:
    """Change the stored problem, so that the wrong answer proves itself on it."""

    def move(arrays):
        arrays["standard/b"] = arrays["standard/b"] * 1.01
        for name in ("x", "z", "s", "value/x", "dual/1"):
            arrays[name] = arrays[name] * 1.01

    forger.edit_fit(move)
    fit = load_arrays(forger.evidence / "fit.npz")
    folder = forger.evidence / "checkpoints"
    for part in ("standard_form", "answer_1", "answer_2"):
        path = next(folder.glob(f"*{part}*"))
        arrays = load_arrays(path)
        if part == "standard_form":
            arrays["b"] = fit["standard/b"]
        else:
            arrays |= {name: fit[name] for name in ("x", "z", "s")}
        save_arrays(path, arrays)
    edit_answer(forger, lambda x: x)
    forger.edit_checkpoint("answer_2", lambda a: a.update(x=a["x"] * (1 + 1e-12)))
    forger.retell()


def worst_replicates(forger: Forger) -> None:
    def redraw(arrays):
        x = arrays["replicates/x"]
        worst = np.argsort(-np.abs(x - 5.0))[:50]
        x[worst] = 5.0 + np.random.default_rng(3).normal(0, 0.5, size=50)

    edit_replicates(forger, redraw)


def posterior_only(forger: Forger) -> None:
    def move(arrays):
        arrays["posterior/x"] = arrays["posterior/x"] + 0.2

    forger.edit_chains(move)
    forger.retell()


def densities(forger: Forger) -> None:
    def move(arrays):
        arrays["stats/logp"] = arrays["stats/logp"] + 1.0
        arrays["stats/energy"] = arrays["stats/energy"] - 1.0

    forger.edit_chains(move)
    forger.retell()


def divergences_cleared(forger: Forger) -> None:
    root = forger.workshop.run(bayesian(1, FUNNEL, training={"target_accept": 0.8}), fails=True)
    start_from(forger, root)
    forger.edit_chains(lambda arrays: arrays["stats/diverging"].fill(False))
    absolve(forger)


REWRITTEN = [
    Forgery(
        "better-criteria",
        "iterative",
        "Writes better values of the criteria into outcome, ledger and log.",
        better_criteria,
        {"claims"},
    ),
    Forgery(
        "criterion-struck",
        "iterative",
        "Strikes a criterion from outcome, ledger and log.",
        criterion_struck,
        {"claims"},
    ),
    Forgery(
        "nicer-state",
        "iterative",
        "Moves the last state by a millionth, and the results with it.",
        nicer_state,
        {"fit"},
    ),
    Forgery(
        "nicer-history",
        "iterative",
        "Lowers the loss of the first steps.",
        nicer_history,
        {"recomputation"},
    ),
    Forgery(
        "other-beginning",
        "iterative",
        "Claims that the descent came from much further away.",
        other_beginning,
        {"certificate", "recomputation"},
    ),
    Forgery(
        "values-only",
        "convex",
        "Changes the values that results are made from, but not the certified answer.",
        values_only,
        {"certificate"},
    ),
    Forgery(
        "objective-only",
        "convex",
        "Writes a better objective into the fit.",
        objective_only,
        {"fit"},
    ),
    Forgery(
        "problem-too",
        "convex",
        "Changes the stored problem, so that a wrong answer proves itself on it.",
        problem_too,
        {"certificate"},
    ),
    Forgery(
        "worst-replicates",
        "simulation",
        "Replaces the fifty replicates furthest out.",
        worst_replicates,
        {"recomputation"},
    ),
    Forgery(
        "posterior-only",
        "bayesian",
        "Shifts the posterior but not the unconstrained draws that are certified.",
        posterior_only,
        {"certificate"},
    ),
    Forgery(
        "densities",
        "bayesian",
        "Shifts energies and log densities against each other.",
        densities,
        {"certificate", "recomputation"},
    ),
    Forgery(
        "divergences-cleared",
        "bayesian",
        "Clears the divergences of a funnel and calls it trained.",
        divergences_cleared,
        {"convergence"},
    ),
]
