"""Convergence of a bayesian fit, recomputed from its draws.

R-hat and effective sample size are the rank-normalised ones of Vehtari, Gelman, Simpson,
Carpenter and Buerkner (2021, Bayesian Analysis 16), E-BFMI is Betancourt's (2016), both as
computed by ArviZ; by its part for bare arrays, which imports neither plots nor compilers.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from arviz_stats.base import array_stats

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.bayesian.mixing import least_visited_share
from assay.methods.bayesian.settings import Convergence, Training
from assay.methods.bayesian.symmetry import labels_visited

Array = np.ndarray[Any, Any]
RHAT_NOTE = 1.01  # Vehtari et al. (2021), section 4: below 1.01 is recommended
LEAST_VISIT = 0.1
TAILS = (0.05, 0.95)  # the quantiles of which the tail ESS is the smaller one, as in the paper
MAX_DEPTH_SHARE = 0.1


def diagnose(fit: Fit, training: Training, convergence: Convergence) -> list[Criterion]:
    """Return every criterion of a bayesian fit; see the module's docstring for the sources."""
    drawn = fit.arrays["unconstrained"].shape[:2]
    parameters, constants = _parameters(fit)
    criteria = [
        judge(
            "draws",
            int(np.prod(drawn)) if drawn[0] == training.chains else 0,
            "==",
            training.chains * training.draws,
            advice="The run must hold every chain and draw the design asks for.",
        ),
        _constant_chains(fit),
        *_over_parameters(parameters, convergence),
        *labels_visited(fit),
        *_of_sampler(fit, training, convergence),
    ]
    if constants:
        criteria.append(
            judge(
                "constant_elements",
                len(constants),
                ">=",
                0,
                where=", ".join(constants[:3]),
                advice="Fixed by construction (such as the diagonal of a correlation matrix); "
                "their unconstrained coordinates were judged instead.",
                gates=False,
            )
        )
    return criteria


def _parameters(fit: Fit) -> tuple[list[tuple[str, Array]], list[str]]:
    """Return (label, (chain, draw) array) of every free element, and labels of fixed ones.

    A free variable with fixed elements is judged by its unconstrained coordinates.
    """
    parameters: list[tuple[str, Array]] = []
    constants: list[str] = []
    for name in fit.meta["free"]:
        values = fit.arrays[f"posterior/{name}"]
        elements = [
            (f"{name}[{','.join(map(str, index))}]" if index else name, values[(..., *index)])
            for index in np.ndindex(values.shape[2:])
        ]
        fixed = [label for label, element in elements if np.ptp(element) == 0]
        constants += fixed
        parameters += _coordinates(fit, name) if fixed else elements
    return parameters, constants


def _coordinates(fit: Fit, variable: str) -> list[tuple[str, Array]]:
    return [
        (label, fit.arrays["unconstrained"][..., column])
        for column, (label, owner) in enumerate(fit.meta["coordinates"])
        if owner == variable
    ]


def _constant_chains(fit: Fit) -> Criterion:
    """Count unconstrained coordinates that never move within some chain."""
    stuck = np.ptp(fit.arrays["unconstrained"], axis=1) == 0
    places = np.argwhere(stuck)
    where = ""
    if len(places):
        chain, column = places[0]
        where = f"{fit.meta['coordinates'][column][0]} in chain {chain}"
    return judge(
        "constant_chains",
        int(stuck.sum()),
        "==",
        0,
        where=where,
        advice="A free variable never moved: the chain is stuck or the density ignores it.",
    )


def _over_parameters(
    parameters: list[tuple[str, Array]], convergence: Convergence
) -> list[Criterion]:
    worst_rhat, at_rhat = _worst(parameters, lambda x: float(array_stats.rhat(x)), max)
    bulk, at_bulk = _worst(parameters, lambda x: float(array_stats.ess(x)), min)
    tail, at_tail = _worst(parameters, _ess_tail, min)
    visit, at_visit = _worst(parameters, least_visited_share, min)
    more = "Raise `draws` in the design, or reparametrise so that draws are less correlated."
    criteria = [
        judge(
            "rhat",
            worst_rhat,
            "<",
            convergence.rhat,
            where=at_rhat,
            advice="The chains disagree: raise `tune`, give better starting points, or look for "
            "several modes (unordered mixture components, unidentified parameters).",
        ),
        judge("ess_bulk", bulk, ">", convergence.ess, where=at_bulk, advice=more),
        judge("ess_tail", tail, ">", convergence.ess, where=at_tail, advice=more),
        judge(
            "least_visited_fifth",
            visit,
            ">",
            LEAST_VISIT,
            where=at_visit,
            advice="Some chain stays away from a fifth of the pooled draws (rank plot): the "
            "chains do not mix.",
        ),
    ]
    if RHAT_NOTE < worst_rhat < convergence.rhat:
        criteria.append(
            judge(
                "rhat_recommended",
                worst_rhat,
                "<",
                RHAT_NOTE,
                where=at_rhat,
                advice="Passes the protocol, but is above the 1.01 now recommended.",
                gates=False,
            )
        )
    return criteria


def _ess_tail(values: Array) -> float:
    return float(array_stats.ess(values, method="tail", prob=TAILS))


def _of_sampler(fit: Fit, training: Training, convergence: Convergence) -> list[Criterion]:
    """Return the criteria that Hamiltonian sampling makes possible, where it was used."""
    diverging = fit.arrays.get("stats/diverging")
    if diverging is None:
        return []
    energies = array_stats.bfmi(fit.arrays["stats/energy"])
    deep = float(np.mean(fit.arrays["stats/maxdepth_reached"]))
    return [
        judge(
            "divergences",
            int(diverging.sum()),
            "==",
            0,
            where="" if not diverging.any() else f"chain {int(diverging.sum(axis=1).argmax())}",
            advice=f"Raise `target_accept` (now {training.target_accept:g}) or reparametrise "
            "(non-centred hierarchy, tighter priors).",
        ),
        judge(
            "ebfmi",
            float(np.min(energies)),
            ">",
            convergence.ebfmi,
            where=f"chain {int(np.argmin(energies))}",
            advice="Heavy tails: the sampler moves too slowly between energies; reparametrise.",
        ),
        judge(
            "max_depth_share",
            deep,
            "<",
            MAX_DEPTH_SHARE,
            advice="Trajectories are cut at the largest tree depth: the posterior's scales or "
            "correlations are extreme; rescale or reparametrise.",
        ),
    ]


def _worst(
    parameters: list[tuple[str, Array]],
    statistic: Callable[[Array], float],
    extreme: Callable[..., tuple[float, str]],
) -> tuple[float, str]:
    """Return the worst value and its label; NaN is worse than any number."""
    measured = [(statistic(values), label) for label, values in parameters]
    broken = [pair for pair in measured if math.isnan(pair[0])]
    return broken[0] if broken else extreme(measured)
