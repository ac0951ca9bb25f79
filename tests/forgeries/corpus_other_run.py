"""A real run, but of something else: other seed, code, data, design, model or campaign."""

import json
import shutil

import numpy as np
from forgery import DRAWN, HONEST, LOCATION_SCALE, Forgery
from runs import Forger, train
from tools import edit_replicates, edit_text, publish_text, relabel, start_from, take, train_again

from assay.evidence.arrays import load_arrays
from assay.validation.workspace import frozen_inputs
from toys import DESCENT, Toy, bayesian, iterative, simulation


def run_of(toy: Toy, nonce: str = ""):
    """Return a forgery that presents the run of another model as that of this one."""

    def forge(forger: Forger) -> None:
        take(forger, forger.workshop.run(toy, nonce=nonce))

    return forge


def own_nonce(forger: Forger) -> dict:
    root = forger.workshop.run(HONEST["simulation"], nonce="a lucky one")
    start_from(forger, root)
    return {"nonce": "the director's"}


def directors_nonce(forger: Forger) -> dict:
    return {"nonce": "the director's"}


def nonce_relabelled(forger: Forger) -> dict:
    """Claim the director's nonce, and the seed that it gives, for the run of another."""
    forger.edit_json("admission.json", lambda a: a.update(nonce="the director's"))
    forger.reseal(nonce="the director's")
    relabel(forger)
    return {"nonce": "the director's"}


def half_padded(forger: Forger) -> None:
    root = forger.workshop.run(simulation(4, DRAWN, training={"replicates": 500}))
    half = load_arrays(root / "implementation" / "evidence" / "4" / "fit.npz")

    def pad(arrays):
        arrays.update({name: np.tile(values, 2) for name, values in half.items()})

    edit_replicates(forger, pad)


def draws_padded(forger: Forger) -> None:
    """Present half the draws twice, the second time moved by a billionth."""

    def pad(arrays):
        for name, values in arrays.items():
            half = values[:, : values.shape[1] // 2]
            again = half * (1 + 1e-9) if half.dtype.kind == "f" else half
            arrays[name] = np.concatenate([half, again], axis=1)

    forger.edit_chains(pad)
    forger.retell()


def of_another_model(forger: Forger) -> None:
    other = Forger(forger.workshop.honest("simulation"), HONEST["simulation"][-1].number)
    shutil.rmtree(forger.evidence)
    shutil.copytree(other.evidence, forger.evidence)
    shutil.copy(other.results, forger.results)


def upstream_edited(forger: Forger) -> None:
    edit_text(forger.workspace.results(3), lambda text: text.replace("a,1", "a,3"))


def upstream_relabelled(forger: Forger) -> None:
    upstream_edited(forger)
    relabel(forger)


def upstream_forged(forger: Forger) -> None:
    """Forge the model that is read, properly sealed, before this one is trained from it."""
    publish_text(Forger(forger.root, 3), lambda text: text.replace("a,1", "a,3"))
    train(forger.root, HONEST["dependent"][-1])


def comment_for_luck(forger: Forger) -> dict:
    """Edit a comment after the inputs were frozen, for another seed; hide the first attempt."""
    path = forger.root / "frozen.json"
    path.write_text(json.dumps(frozen_inputs(forger.workspace)))
    edit_text(forger.workspace.code(forger.model), lambda text: text + "\n# luckier\n")
    shutil.rmtree(forger.evidence)
    train_again(forger)
    return {"frozen": path}


def nonce_for_luck(forger: Forger) -> None:
    root = forger.workshop.run(HONEST["simulation"], nonce="a lucky one")
    start_from(forger, root)


OTHER_RUN = [
    Forgery(
        "other-seed",
        "simulation",
        "Presents the replicates of another seed.",
        run_of(HONEST["simulation"][0], "other"),
        {"recomputation"},
    ),
    Forgery(
        "other-seed-draws",
        "bayesian",
        "Presents the draws of another seed.",
        run_of(HONEST["bayesian"][0], "other"),
        {"recomputation"},
    ),
    Forgery(
        "older-code",
        "simulation",
        "Presents the run of an older version of the code.",
        run_of(simulation(4, DRAWN.replace("5.0", "5.1"))),
        {"recomputation"},
    ),
    Forgery(
        "other-prior",
        "bayesian",
        "Presents the posterior under another prior.",
        run_of(bayesian(1, LOCATION_SCALE.replace("0, 1", "0, 2"))),
        {"recomputation", "certificate"},
    ),
    Forgery(
        "other-target",
        "iterative",
        "Presents the descent to another target.",
        run_of(
            iterative(3, DESCENT.replace("1.0, 2.0", "1.0, 2.1"), training={"checkpoint_every": 20})
        ),
        {"certificate", "recomputation"},
    ),
    Forgery(
        "other-features",
        "simulation",
        "Presents a run on other data.",
        run_of(simulation(4, DRAWN, features=1)),
        {"recomputation"},
    ),
    Forgery(
        "looser-tolerance",
        "iterative",
        "Presents a run with a tolerance ten thousand times looser.",
        run_of(iterative(3, DESCENT, training={"checkpoint_every": 20, "tolerance": 1e-4})),
        {"convergence"},
    ),
    Forgery(
        "half-padded",
        "simulation",
        "Runs half of the replicates and presents them twice.",
        half_padded,
        {"fit", "checkpoints"},
    ),
    Forgery(
        "draws-padded",
        "bayesian",
        "Draws half as many and presents them twice, moved by a billionth.",
        draws_padded,
        {"recomputation"},
    ),
    Forgery(
        "of-another-model",
        "iterative",
        "Presents evidence and results of another model.",
        of_another_model,
        {"structure", "inputs"},
    ),
    Forgery(
        "own-nonce",
        "simulation",
        "Chooses the nonce; the director has set another.",
        own_nonce,
        {"seed"},
    ),
    Forgery(
        "no-nonce",
        "bayesian",
        "Presents a run made before the director set the nonce.",
        directors_nonce,
        {"seed"},
    ),
    Forgery(
        "nonce-relabelled",
        "simulation",
        "Writes the director's nonce and its seed on a run of another.",
        nonce_relabelled,
        {"recomputation"},
    ),
    Forgery(
        "upstream-edited",
        "dependent",
        "Edits the results that the model has read.",
        upstream_edited,
        {"inputs"},
    ),
    Forgery(
        "upstream-relabelled",
        "dependent",
        "Edits the results that the model reads and claims it was trained on them.",
        upstream_relabelled,
        {"recomputation"},
    ),
    Forgery(
        "upstream-forged",
        "dependent",
        "Trains in earnest on forged results of another model.",
        upstream_forged,
        {"upstream"},
        verdict="INVESTIGATE",
    ),
    Forgery(
        "comment-for-luck",
        "simulation",
        "Edits a comment after the inputs were frozen, for a luckier seed.",
        comment_for_luck,
        {"frozen"},
    ),
    Forgery(
        "nonce-for-luck",
        "simulation",
        "Tries nonces until the results please; the director has set none.",
        nonce_for_luck,
        {"seed"},
        accepted_because="it is a genuine run; only a nonce that the director sets after freezing "
        "the inputs rules the choice out (see own-nonce)",
    ),
]
