"""Whether the checkpoints of a bayesian run are those of the chains that it ended with."""

import hashlib
from collections.abc import Mapping

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.bayesian.chains import Array
from assay.methods.bayesian.segments import boundaries, parse_state_name, state_name
from assay.methods.bayesian.settings import Training

Checkpoints = Mapping[str, Mapping[str, Array]]


def finished_chains(fit: Fit, training: Training, checkpoints: Checkpoints) -> Criterion:
    """Count the chains whose checkpoint at their end is missing or not the fit's chain."""
    wrong = []
    for number in range(training.chains):
        stored = checkpoints.get(f"chain_{number}", {})
        chain = {name: values[number] for name, values in fit.arrays.items()}
        same = stored.keys() == chain.keys()
        if not same or not all(identical(stored[name], chain[name]) for name in chain):
            wrong.append(f"chain_{number}")
    return judge(
        "finished_chains",
        len(wrong),
        "==",
        0,
        where=", ".join(wrong),
        advice="Every chain is a checkpoint when it ends, and the fit holds that chain unchanged.",
    )


def snapshots(fit: Fit, checkpoints: Checkpoints) -> Criterion:
    """Count snapshots that are not the next draws of their chain in the fit.

    A snapshot holds what came since the one before, also across an interruption.
    """
    draws = fit.arrays["unconstrained"]
    ends: dict[str, int] = {}
    wrong = []
    for name in (name for name in checkpoints if name.startswith("draws_")):
        for chain, values in checkpoints[name].items():
            number = chain.removeprefix("chain_")
            known = number.isdigit() and int(number) < len(draws)
            if not known or values.ndim != 2:
                wrong.append(f"{chain} in {name}")
            elif values.size:
                rows = draws[int(number)]
                begin = ends.get(chain, 0)
                ends[chain] = begin + len(values)
                if not identical(values, rows[begin : ends[chain]]):
                    wrong.append(f"{chain} in {name}")
    return judge(
        "snapshots",
        len(wrong),
        "==",
        0,
        where=", ".join(wrong[:3]),
        advice="Draws stored while the run went on are not the draws it ended with.",
    )


def stored_states(fit: Fit, training: Training, checkpoints: Checkpoints) -> Criterion:
    """Count states that are missing, in the wrong place, or not at the draw the fit has there."""
    found = {name: place for name in checkpoints if (place := parse_state_name(name))}
    draws = fit.arrays["unconstrained"]
    wrong = []
    if found:
        inner = boundaries(training, draws.shape[-1])[1:-1]
        places = {state_name(k, at) for k in range(training.chains) for at in inner}
        wrong = sorted(places ^ set(found))
    for name, (chain, at) in found.items():
        row = at - training.tune - 1
        if name not in wrong and row >= 0:
            here = checkpoints[name].get("unconstrained")
            if here is None or not identical(here, draws[chain, row]):
                wrong.append(name)
    return judge(
        "stored_states",
        len(wrong),
        "==",
        0,
        where=", ".join(wrong[:3]),
        advice="The states stored along the way are not those of the stored chains.",
    )


def identical_checkpoints(checkpoints: Checkpoints) -> Criterion:
    """Count checkpoints whose content is that of an earlier one.

    Snapshots do not count: they are held against the chains, and short ones of discrete draws
    may well agree.
    """
    seen: dict[str, str] = {}
    copies = []
    for name in (name for name in checkpoints if not name.startswith("draws_")):
        arrays = checkpoints[name]
        digest = hashlib.sha256()
        for key in sorted(arrays):
            values = arrays[key]
            digest.update(f"{key} {values.dtype.str} {values.shape}\n".encode())
            digest.update(values.tobytes())
        original = seen.setdefault(digest.hexdigest(), name)
        if original != name:
            copies.append(f"{name} is {original}")
    return judge(
        "identical_checkpoints",
        len(copies),
        "==",
        0,
        where=", ".join(copies[:3]),
        advice="Work that goes on leaves no two equal checkpoints: one was copied.",
    )


def identical(one: Array, other: Array) -> bool:
    """Return whether two arrays agree in type, shape and every byte."""
    return (
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    )
