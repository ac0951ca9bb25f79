"""What contradicts itself within the evidence of one bayesian run, without the model code.

A draw of a continuous coordinate never comes back: its rows of 64-bit numbers are unique, except
where a move was rejected and the previous row stands again. So rows are compared whole and by
their bytes, on the continuous coordinates alone, within a chain and between chains; that catches
copied chains, permuted copies and copied blocks whatever their draws look like.
"""

from collections.abc import Mapping

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.bayesian.chains import STATS, Array
from assay.methods.bayesian.settings import Training
from assay.methods.bayesian.stein import standard_errors
from assay.methods.bayesian.stored import (
    finished_chains,
    identical_checkpoints,
    snapshots,
    stored_states,
)

REPEATS = 0.1  # share of repeated draws beyond what the acceptance rate explains
ENERGY_Z = 6.0
FEWEST_CHANGES = 10
_SHAPE_ADVICE = "The stored arrays are not those of a run of this design."


def inspect(
    fit: Fit, training: Training, checkpoints: Mapping[str, Mapping[str, Array]]
) -> list[Criterion]:
    """Return what the stored evidence says against itself; see the module's docstring."""
    shapes = _shapes(fit, training)
    if not shapes.passed:
        return [shapes]
    return [
        shapes,
        _finite(fit),
        *_rows(fit),
        *_energies(fit),
        finished_chains(fit, training, checkpoints),
        snapshots(fit, checkpoints),
        stored_states(fit, training, checkpoints),
        identical_checkpoints(checkpoints),
    ]


def discrete_columns(fit: Fit) -> Array:
    """Return, for every unconstrained coordinate, whether its variable is discrete."""
    return np.array(
        [fit.arrays[f"posterior/{owner}"].dtype.kind in "iub" for _, owner in coordinates(fit)],
        dtype=bool,
    )


def coordinates(fit: Fit) -> list[tuple[str, str]]:
    """Return (label, variable) of every unconstrained coordinate; what is no pair is left out."""
    pairs = [pair for pair in fit.meta.get("coordinates", []) if np.shape(pair) == (2,)]
    return [(str(label), str(owner)) for label, owner in pairs]


def _shapes(fit: Fit, training: Training) -> Criterion:
    """Count the arrays that are missing, unknown or not of the shape the design asks for."""
    drawn = (training.chains, training.draws)
    pairs = coordinates(fit)
    free = list(fit.meta.get("free", []))
    variables = [*free, *fit.meta.get("deterministics", [])]
    stats = {name for name in fit.arrays if name.startswith("stats/")}
    wanted = {f"stats/{name}" for name in STATS}
    allowed = [wanted]
    if training.sampler == "pymc":  # NUTS among others may not know logp; without it, nothing
        allowed += [wanted - {"stats/logp"}, set()]
    known = ["unconstrained", *(f"posterior/{name}" for name in variables)]
    known += sorted(stats if stats in allowed else wanted)
    wrong = sorted({*known} ^ {*fit.arrays})
    for name in (name for name in known if name in fit.arrays):
        values = fit.arrays[name]
        inner: tuple[int, ...] | None = (len(pairs),) if name == "unconstrained" else None
        inner = () if name in stats else inner
        kinds = "f" if name == "unconstrained" else "fiub"
        shaped = values.shape[:2] == drawn and inner in (None, values.shape[2:])
        if not shaped or values.dtype.kind not in kinds:
            wrong.append(name)
    if fit.meta.get("sampler") != training.sampler:
        wrong.append("sampler")
    if not wrong:
        wrong += _sizes(fit, free, pairs)
    return judge(
        "stored_arrays", len(wrong), "==", 0, where=", ".join(wrong[:3]), advice=_SHAPE_ADVICE
    )


def _sizes(fit: Fit, free: list[str], pairs: list[tuple[str, str]]) -> list[str]:
    """Return free variables with no coordinate, or more coordinates than elements."""
    owned = {name: sum(owner == name for _, owner in pairs) for name in free}
    sizes = {name: int(np.prod(fit.arrays[f"posterior/{name}"].shape[2:])) for name in free}
    wrong = [
        name for name in free if min(1, sizes[name]) > owned[name] or owned[name] > sizes[name]
    ]
    order = list(dict.fromkeys(owner for _, owner in pairs))
    return wrong or ([] if order == [name for name in free if owned[name]] else ["coordinates"])


def _finite(fit: Fit) -> Criterion:
    """Count values that are not finite among the draws and their densities."""
    names = ["unconstrained", "stats/logp", "stats/energy"]
    bad = {
        name: int(np.sum(~np.isfinite(fit.arrays[name]))) for name in names if name in fit.arrays
    }
    return judge(
        "not_finite",
        sum(bad.values()),
        "==",
        0,
        where=", ".join(name for name, count in bad.items() if count),
        advice="No sampler keeps a draw whose density is not finite.",
    )


def _rows(fit: Fit) -> list[Criterion]:
    """Return the criteria on repeated draws, or on equal chains where all is discrete."""
    discrete = discrete_columns(fit)
    draws = fit.arrays["unconstrained"]
    if discrete.all():
        return [_equal_chains(draws)]
    ids = _digests(draws[..., ~discrete])
    starts = np.ones(ids.shape, dtype=bool)
    starts[:, 1:] = ids[:, 1:] != ids[:, :-1]
    places = np.argwhere(starts)
    _, first, which = np.unique(ids[starts], return_index=True, return_inverse=True)
    again = np.flatnonzero(first[which] != np.arange(len(which)))
    where = ""
    if len(again):
        (chain, draw), (old, at) = places[again[0]], places[first[which[again[0]]]]
        where = f"draw {draw} of chain {chain} is draw {at} of chain {old}"
    copied = [
        judge(
            "copied_draws",
            len(again),
            "==",
            0,
            where=where,
            advice="A continuous draw never comes back to the last bit: these were copied.",
        )
    ]
    return copied + _rejected_moves(fit, starts)


def _rejected_moves(fit: Fit, starts: Array) -> list[Criterion]:
    """Judge the share of draws that equal the one before, where NUTS says how often it accepts.

    A tree of one step stays with probability 1 - acceptance, a larger one less often. On honest
    runs the share was at most 0.03 at the default target of 0.95, and 0.5 on a funnel at 0.6.

    Args:
        fit: the stored fit.
        starts: which draws differ from the one before, (chain, draw).
    """
    accepted = fit.arrays.get("stats/mean_tree_accept")
    if accepted is None:
        return []
    return [
        judge(
            "rejected_moves",
            float(1 - starts[:, 1:].mean()),
            "<",
            REPEATS + float(1 - accepted.mean()),
            where=f"chain {int(starts.mean(axis=1).argmin())}",
            advice="So many draws equal the one before that they may have been repeated by hand.",
            gates=False,
        )
    ]


def _equal_chains(draws: Array) -> Criterion:
    """Count chains of discrete draws that are another chain; permuted ones cannot be told."""
    moved = [int(np.any(chain[1:] != chain[:-1], axis=1).sum()) for chain in draws]
    seen: dict[bytes, int] = {}
    copies = []
    for number, chain in enumerate(draws):
        original = seen.setdefault(chain.tobytes(), number)
        if original != number and moved[number] >= FEWEST_CHANGES:
            copies.append(f"chain {number} is chain {original}")
    return judge(
        "copied_chains",
        len(copies),
        "==",
        0,
        where=", ".join(copies[:3]),
        advice="Independent chains do not agree draw by draw.",
    )


def _digests(draws: Array) -> Array:
    """Return a number for every row of (chain, draw, coordinate), equal where all bytes are."""
    rows = np.ascontiguousarray(draws).reshape(-1, draws.shape[-1])
    whole = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    return np.unique(whole, return_inverse=True)[1].reshape(draws.shape[:2])


def _energies(fit: Fit) -> list[Criterion]:
    """Return the criteria on stored energies; where logp is not stored, `certify` judges them."""
    if not {"stats/energy", "stats/logp"} <= fit.arrays.keys():
        return []
    dimension = int(np.sum(~discrete_columns(fit)))
    return energy_criteria(fit.arrays["stats/energy"], fit.arrays["stats/logp"], dimension)


def energy_criteria(energy: Array, logp: Array, dimension: int) -> list[Criterion]:
    """Judge the kinetic energy, energy + logp: positive, and chi-squared(d) / 2 on average.

    The momentum is independent of the position in the stationary distribution of Hamiltonian
    sampling (Betancourt 2017, arXiv:1701.02434, section 3), whatever the step size.

    Args:
        energy: total energy of every draw, (chain, draw).
        logp: log density there.
        dimension: d, the number of coordinates that NUTS moved.
    """
    kinetic = energy + logp
    negative = ~(kinetic >= -1e-9 * (1 + np.abs(logp)))
    half = dimension / 2
    error = float(standard_errors(kinetic[..., None])[0])
    z = abs(float(kinetic.mean()) - half) / error if error > 0 else float("inf")
    return [
        judge(
            "negative_kinetic_energy",
            int(negative.sum()),
            "==",
            0,
            where=f"chain {int(negative.sum(axis=1).argmax())}" if negative.any() else "",
            advice="The stored energies lie below the potential energy, which cannot be.",
        ),
        judge(
            "kinetic_energy",
            z,
            "<",
            ENERGY_Z,
            where=f"mean {kinetic.mean():.3g}, half the dimension {half:g}",
            advice="Energies and log densities do not fit each other.",
            gates=False,
        ),
    ]
