"""Components that could be exchanged: does the sampler visit every labelling?

Where a density stays the same when the parts of some vectors change places, as in a mixture whose
components have no order, it has a copy of every mode for every labelling, and the exchanged parts
have the same distribution. Chains that keep to one labelling each disagree, as R-hat shows; but
of four chains on two labellings every eighth run has all in the same, and agrees with itself on
an answer that is wrong (Stephens 2000, Journal of the Royal Statistical Society B 62, on label
switching). So exchanges are tried on the density at draws, and where one changes nothing the
means of what it exchanges must be the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.stats import t as student

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.bayesian.chains import Array
from assay.methods.bayesian.stein import DRAWS_PER_FREEDOM, FAMILY_LEVEL, z_scores

_SAME = 1e-9  # relative difference of log densities
_DRAWS = 6  # at which an exchange is tried
_MOST_PARTS = 20
_MOST_VARIABLES = 5


@dataclass(frozen=True)
class _Block:
    """The unconstrained coordinates of one variable, seen as `parts` that could be exchanged.

    Attributes:
        columns: shape (parts, size); of weights that sum to one, which have a coordinate less
            than parts, shape (parts - 1,).
    """

    columns: Array

    @property
    def weights(self) -> bool:
        """Return whether these are weights that sum to one."""
        return self.columns.ndim == 1

    def exchange(self, draws: Array, one: int, other: int) -> None:
        """Let two parts of all draws, shape (draws, coordinates), change places."""
        if not self.weights:
            both = [self.columns[one], self.columns[other]]
            draws[:, both] = draws[:, both[::-1]]
            return
        last = len(self.columns)  # its coordinate is minus the sum of the others
        if last not in (one, other):
            both = [self.columns[one], self.columns[other]]
            draws[:, both] = draws[:, both[::-1]]
        else:
            place = self.columns[min(one, other)]
            draws[:, place] = -draws[:, self.columns].sum(axis=1)


def find_symmetries(sampler: Any, fit: Fit) -> list[dict[str, Any]]:
    """Return the exchanges of neighbouring parts that leave the density as it is.

    Args:
        sampler: the design's sampler, as made for training.
        fit: its draws.

    Returns:
        For each `parts`, their names, and `pairs`, the coordinates that it exchanges.
    """
    if "stats/diverging" not in fit.arrays:
        return []  # no Hamiltonian sampler, so there is no density to ask for
    draws = _some_draws(fit)
    before = _densities(sampler, fit, draws)
    if before is None or not np.isfinite(before).all():
        return []
    found = []
    for parts, members in _families(fit):
        for one in range(parts - 1):
            for chosen in _subsets(members):
                moved = draws.copy()
                for block in chosen:
                    block.exchange(moved, one, one + 1)
                if not _alike(sampler, fit, before[:1], moved[:1]):
                    continue
                if _alike(sampler, fit, before, moved):
                    found.append(_described(fit, chosen, one))
                    break
    return found


def labels_visited(fit: Fit) -> list[Criterion]:
    """Judge that what could be exchanged has the same mean; nothing where nothing could."""
    symmetries = fit.meta.get("symmetries", [])
    if not symmetries:
        return []
    draws = fit.arrays["unconstrained"]
    first, second = np.array([pair for one in symmetries for pair in one["pairs"]]).T
    names = [one["parts"] for one in symmetries for _ in one["pairs"]]
    z = np.abs(z_scores(draws[..., first] - draws[..., second], 0.0))
    freedom = draws.shape[0] * draws.shape[1] / DRAWS_PER_FREEDOM
    worst = int(np.argmax(z))
    return [
        judge(
            "labels_visited",
            float(z[worst]),
            "<",
            float(student.isf(FAMILY_LEVEL / 2 / len(z), freedom)),
            where=names[worst],
            advice="The density stays the same when these change places, so their means must be "
            "the same, but the draws keep to one labelling: put the components in order "
            "(pymc.distributions.transforms.ordered) or give them different priors.",
        )
    ]


def _some_draws(fit: Fit) -> Array:
    rows = fit.arrays["unconstrained"].reshape(-1, fit.arrays["unconstrained"].shape[-1])
    chosen: Array = rows[np.linspace(0, len(rows) - 1, _DRAWS).astype(int)]
    return chosen


def _densities(sampler: Any, fit: Fit, draws: Array) -> Array | None:
    """Return log densities at draws; None where some coordinates are not drawn by gradients."""
    from assay.methods.bayesian.densities import evaluate  # needs PyMC, which is slow to import

    found = evaluate(sampler, np.ascontiguousarray(draws[None]), list(fit.meta["free"]))
    if len(found.columns) < draws.shape[-1]:
        return None
    densities: Array = found.logp[0]
    return densities


def _alike(sampler: Any, fit: Fit, before: Array, moved: Array) -> bool:
    after = _densities(sampler, fit, moved)
    if after is None or not np.isfinite(after).all():
        return False
    return bool((np.abs(after - before) <= _SAME * np.maximum(1, np.abs(before))).all())


def _families(fit: Fit) -> Iterator[tuple[int, list[_Block]]]:
    """Yield numbers of parts, and the variables that have as many, vectors first."""
    owners = [owner for _, owner in fit.meta["coordinates"]]
    columns = {
        name: np.array([at for at, owner in enumerate(owners) if owner == name])
        for name in fit.meta["free"]
    }
    shapes = {name: fit.arrays[f"posterior/{name}"].shape[2:] for name in columns}
    whole = {
        name: at.reshape(shapes[name][0], -1)
        for name, at in columns.items()
        if shapes[name] and len(at) == np.prod(shapes[name])
    }
    sizes = {len(at) for at in whole.values()}
    for parts in sorted(size for size in sizes if 2 <= size <= _MOST_PARTS):
        vectors = [_Block(at) for at in whole.values() if len(at) == parts]
        weights = [
            _Block(at)
            for name, at in columns.items()
            if len(at) == parts - 1 and shapes[name] in ((parts,), ())
        ]
        yield parts, [*vectors, *weights][:_MOST_VARIABLES]


def _subsets(members: Sequence[_Block]) -> Iterator[tuple[_Block, ...]]:
    """Yield choices of variables that hold a vector, the largest first."""
    for size in range(len(members), 0, -1):
        for chosen in combinations(members, size):
            if any(not block.weights for block in chosen):
                yield chosen


def _described(fit: Fit, chosen: Sequence[_Block], one: int) -> dict[str, Any]:
    labels = [label for label, _ in fit.meta["coordinates"]]
    vectors = [block.columns for block in chosen if not block.weights]
    pairs = [
        [int(here), int(there)]
        for columns in vectors
        for here, there in zip(columns[one], columns[one + 1], strict=True)
    ]
    first, second = pairs[0]
    return {"parts": f"{labels[first]} and {labels[second]}", "pairs": pairs}
