"""Swapped inputs: what the run was made from is no longer what lies there."""

import os
import pickle
import shutil
from pathlib import Path

from forgery import Forgery
from runs import Forger
from tools import edit_text, relabel, start_from

from toys import simulation

HELPED = 'import helper\nreturn {"x": helper.middle() + rng.normal()}'


def _quietly(path: Path, change) -> None:
    """Change a file and keep its times."""
    old = path.stat()
    change(path)
    os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))


def features(forger: Forger) -> None:
    path = forger.workspace.features(forger.model)
    _quietly(path, lambda p: p.write_bytes(pickle.dumps(1)))


def features_relabelled(forger: Forger) -> None:
    features(forger)
    relabel(forger)


def features_twice(forger: Forger) -> None:
    path = forger.workspace.features(forger.model)
    shutil.copy(path, path.with_suffix(".parquet"))


def features_gone(forger: Forger) -> None:
    forger.workspace.features(forger.model).unlink()


def helper(forger: Forger) -> None:
    _helped(forger)
    path = forger.workspace.code_folder / "helper.py"
    _quietly(path, lambda p: edit_text(p, lambda text: text.replace("5.0", "6.0")))


def helper_relabelled(forger: Forger) -> None:
    helper(forger)
    relabel(forger)


def helper_added(forger: Forger) -> None:
    """Add a helper that hides a library behind the model's own code, and relabel nothing."""
    (forger.workspace.code_folder / "pandas.py").write_text("raise SystemExit\n")


def _helped(forger: Forger) -> None:
    helpers = {"helper.py": "def middle():\n    return 5.0\n"}
    root = forger.workshop.run(simulation(4, HELPED), helpers=helpers)
    start_from(forger, root)


def code(forger: Forger) -> None:
    path = forger.workspace.code(forger.model)
    _quietly(path, lambda p: edit_text(p, lambda text: text.replace("5.0", "5.1")))


def code_relabelled(forger: Forger) -> None:
    code(forger)
    relabel(forger)


def results_relabelled(forger: Forger) -> None:
    """Change only how results are made from the fit, and claim that training used it."""
    path = forger.workspace.code(forger.model)
    edit_text(path, lambda text: text.replace("float(x.std())", "float(x.std()) / 2"))
    relabel(forger)


def design(forger: Forger) -> None:
    path = forger.workspace.design(forger.model)
    _quietly(path, lambda p: edit_text(p, lambda text: text.replace("Prose.", "Other prose.")))


def design_relabelled(forger: Forger) -> None:
    """Claim that fewer replicates were asked for all along."""
    path = forger.workspace.design(forger.model)
    edit_text(path, lambda text: text.replace("training: {}", "training: {replicates: 500}"))
    relabel(forger)


SWAPPED = [
    Forgery(
        "features",
        "simulation",
        "Replaces the features after training and keeps their time.",
        features,
        {"inputs"},
    ),
    Forgery(
        "features-relabelled",
        "simulation",
        "Replaces the features and claims that the run was made on them.",
        features_relabelled,
        {"recomputation"},
    ),
    Forgery(
        "features-twice",
        "simulation",
        "Lays a second features file beside the first.",
        features_twice,
        {"inputs"},
    ),
    Forgery("features-gone", "simulation", "Deletes the features.", features_gone, {"inputs"}),
    Forgery(
        "helper",
        "simulation",
        "Edits a helper module of the code and keeps its time.",
        helper,
        {"inputs"},
    ),
    Forgery(
        "helper-relabelled",
        "simulation",
        "Edits a helper module and claims the run was made with it.",
        helper_relabelled,
        {"recomputation"},
    ),
    Forgery(
        "helper-added",
        "simulation",
        "Adds a module that the code would import in place of a library.",
        helper_added,
        {"inputs"},
    ),
    Forgery(
        "code", "simulation", "Edits the code after training and keeps its time.", code, {"inputs"}
    ),
    Forgery(
        "code-relabelled",
        "simulation",
        "Edits code, frozen copy, digests and seed; the fit is of the old code.",
        code_relabelled,
        {"recomputation"},
    ),
    Forgery(
        "results-relabelled",
        "simulation",
        "Edits only how results are made, with all digests and the seed.",
        results_relabelled,
        {"recomputation"},
    ),
    Forgery(
        "design",
        "simulation",
        "Edits the prose of the design and keeps its time.",
        design,
        {"inputs"},
    ),
    Forgery(
        "design-relabelled",
        "simulation",
        "Claims a design with half the replicates, with all digests and the seed.",
        design_relabelled,
        {"design", "fit"},
    ),
]
