"""The cases of the reference folder, each file of it that a model file here can state."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from case import Case
from compare import certified, optimum, posterior, stationary, trajectories

ROOT = Path(__file__).parents[2]
VARIABLE = "ASSAY_REFERENCE"
REPLICATES = 10_000
QUEUE_PRECISION = 0.02
NO_OPTIMUM = "refused, with a verified certificate"


class UnknownCaseError(Exception):
    """The folder lacks a file, or holds a case that no model file here states."""


def reference_folder(given: str | None = None) -> Path:
    """Return the folder: the one given, that of the environment, or ../shared/reference."""
    named = given or os.environ.get(VARIABLE)
    return Path(named) if named else ROOT.parent / "shared" / "reference"


def read_cases(folder: Path) -> list[Case]:
    """Return every case of the folder.

    Raises:
        UnknownCaseError: there is one that cannot be stated here, or a file is missing.
    """
    return [
        *_quadratic(folder / "optimization"),
        *_linear(folder / "optimization"),
        *_least_squares(folder / "optimization"),
        *_posteriors(folder / "posteriordb"),
        *_reactions(folder / "simulation"),
        *_queues(folder / "simulation"),
    ]


def _quadratic(folder: Path) -> list[Case]:
    return [
        Case(
            name=name,
            family="quadratic_program",
            method="convex",
            features=_arrays(folder / entry["file"]),
            tolerance="1e-6",
            compare=optimum(entry["published_optimum"]),
        )
        for name, entry in _json(folder / "qp_reference.json").items()
    ]


def _linear(folder: Path) -> list[Case]:
    cases = []
    for name, entry in _json(folder / "lp_reference.json").items():
        status = entry.get("published_status", "optimal")
        solved = status == "optimal"
        cases.append(
            Case(
                name=name.split("/")[-1],
                family="linear_program",
                method="convex",
                features=_arrays(folder / entry["file"]),
                tolerance="1e-6" if solved else NO_OPTIMUM,
                compare=optimum(entry["published_optimum"]) if solved else None,
                refused=() if solved else (status,),
                proof="" if solved else PROOFS[status],
            )
        )
    return cases


PROOFS = {"infeasible": "infeasibility_certificate", "unbounded": "unboundedness_certificate"}


def _least_squares(folder: Path) -> list[Case]:
    return [
        case
        for name, entry in _json(folder / "nist_strd.json").items()
        for case in least_squares(name, entry)
    ]


def least_squares(name: str, entry: dict[str, Any]) -> list[Case]:
    """Return a case of NIST StRD from both its starts."""
    return [
        Case(
            name=f"{name}, start {number}",
            family="least_squares",
            method="iterative",
            features={
                "model": entry["model"],
                "x": np.array(entry["x"]),
                "y": np.array(entry["y"]),
                "start": entry[f"start{number}"],
            },
            tolerance="6 digits",
            rows=len(entry["certified_params"]) + 1,
            training={"max_steps": 5000, "tolerance": 1e-12},
            compare=certified(entry["certified_params"], entry["certified_rss"]),
        )
        for number in (1, 2)
    ]


def _posteriors(folder: Path) -> list[Case]:
    cases = []
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise UnknownCaseError(f"the reference folder is incomplete: no {folder}/*.json")
    for path in paths:
        entry = _json(path)
        family, features = _stated(entry["name"], entry["data"])
        cases.append(
            Case(
                name=entry["name"].split("-", 1)[-1],
                family=family,
                method="bayesian",
                features=features,
                tolerance="4 MCSE, sd 10 %",
                rows=len(entry["reference"]),
                training={"draws": 2500},
                columns=("mean", "sd", "mcse_mean"),
                compare=posterior(entry["reference"]),
            )
        )
    return cases


def _stated(name: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the model file that states a posterior, and its features."""
    if name == "eight_schools-eight_schools_noncentered":
        return "eight_schools", {"data": data}
    if name == "kidiq-kidscore_momhsiq":
        ones = np.ones(data["N"])
        return "linear_regression", {
            "x": np.column_stack([ones, data["mom_hs"], data["mom_iq"]]),
            "y": data["kid_score"],
            "beta_sd": None,
            "sigma_prior": "HalfCauchy",
            "sigma_scale": 2.5,
        }
    if name.endswith("-blr"):
        return "linear_regression", {
            "x": data["X"],
            "y": data["y"],
            "beta_sd": 10,
            "sigma_prior": "HalfNormal",
            "sigma_scale": 10,
        }
    raise UnknownCaseError(
        f"no model file here states the posterior {name}: add one under tests/reference/models "
        "and name it in folder.py"
    )


def _reactions(folder: Path) -> list[Case]:
    return [reactions(name, entry) for name, entry in _json(folder / "dsmts.json").items()]


def reactions(name: str, entry: dict[str, Any]) -> Case:
    """Return a stochastic model of the Discrete Stochastic Models Test Suite, or one like it."""
    return Case(
        name=name,
        family="reactions",
        method="simulation",
        features={"spec": entry["spec"], "time": entry["time"]},
        tolerance="DSMTS: at most one of Z beyond ±3, Y beyond ±5",
        rows=len(entry["time"]) * len(entry["species"]),
        training={"replicates": REPLICATES},
        columns=("mean", "sd"),
        compare=trajectories(entry["species"], entry["time"], REPLICATES),
        misses=1,
    )


def _queues(folder: Path) -> list[Case]:
    return [
        Case(
            name=name,
            family="queueing",
            method="simulation",
            features={**entry["params"], "customers": 42_000, "warm_up": 4_000},
            tolerance=f"{QUEUE_PRECISION:.0%}, as stated",
            rows=len(entry["exact"]),
            training={
                "replicates": 600,
                "series": ["wait_series", "found_series"],
                "precision": {
                    output: {"rel": QUEUE_PRECISION}
                    for output in ("wait", "stay", "found", "queue", "busy", "waits", "idle")
                },
            },
            compare=stationary(entry["exact"], QUEUE_PRECISION),
        )
        for name, entry in _json(folder / "queueing.json").items()
    ]


def _arrays(path: Path) -> dict[str, Any]:
    with np.load(path) as case:
        return {name: case[name] for name in case.files}


def _json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UnknownCaseError(f"the reference folder is incomplete: no {path}") from error
