"""Other numbers of the same kind: what `results` must answer with another table."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar, overload

import numpy as np

from assay.core.fit import Fit

Array = np.ndarray[Any, Any]
Made = TypeVar("Made")
Other = TypeVar("Other")
Factor = Callable[[Array, np.random.Generator], Array]

_ZERO_SHARE = 0.1
NUDGE = 1e-12  # relative
NUDGES = 6  # a tie that each breaks one way or the other goes the same way in 1 of 32


class Lazy(Sequence[Made], Generic[Made]):
    """What is made each time that it is asked for: a fit may fill a good part of the memory.

    Attributes:
        makers: what makes them, in order.
    """

    def __init__(self, makers: Sequence[Callable[[], Made]]) -> None:
        self.makers = list(makers)

    @overload
    def __getitem__(self, place: int) -> Made: ...
    @overload
    def __getitem__(self, place: slice) -> "Lazy[Made]": ...
    def __getitem__(self, place: int | slice) -> "Made | Lazy[Made]":
        """Make what stands at a place."""
        if isinstance(place, slice):
            return Lazy(self.makers[place])
        return self.makers[place]()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.makers)

    def then(self, change: Callable[[Made], Other]) -> "Lazy[Other]":
        """Return the same with a change made to each."""
        return Lazy([partial(_change, maker, change) for maker in self.makers])


def _change(maker: Callable[[], Made], change: Callable[[Made], Other]) -> Other:
    return change(maker())


def variants(
    arrays: Mapping[str, Array],
    rng: np.random.Generator,
    whole: Collection[str] = (),
    flags: Collection[str] = (),
) -> Lazy[dict[str, Array]]:
    """Return six versions of arrays, from hardly changed to quite different ones.

    Real and complex numbers are multiplied by 1.001, 1.3 and 0.7, then each by a factor of its
    own between 0.5 and 1.5, so signs stay; in the last two zeros become something too. Integers
    move by one, within the range that they have, and booleans flip; in the two mildest
    versions both stay, unless there is nothing else to change.

    Args:
        arrays: numbers or booleans by name.
        rng: where the factors come from.
        whole: names of arrays of integers that are stored as real numbers.
        flags: names of arrays of 0 and 1 that are stored as real numbers.
    """
    factors: list[tuple[Factor, bool]] = [
        (lambda x, _: x * 1.001, False),
        (lambda x, _: x * 0.7, False),
        (lambda x, _: x * 1.3, True),
        (_own, True),
        (_own_and_zeros, True),
        (_own_and_zeros, True),
    ]
    discrete = {name for name, x in arrays.items() if x.dtype.kind in "biu"} | {*whole, *flags}

    def make(factor: Factor, everything: bool, seed: int) -> dict[str, Array]:
        own, other = np.random.default_rng(seed), dict(arrays)
        for name, x in arrays.items():
            if name not in discrete:
                other[name] = np.asarray(factor(x, own)).astype(x.dtype)
            elif everything or discrete >= arrays.keys():
                flip = x.dtype.kind == "b" or name in flags
                other[name] = _flipped(x, own) if flip else _shifted(x, own)
        return other

    seeds = _seeds(rng, len(factors))
    return Lazy([partial(make, *one, seed) for one, seed in zip(factors, seeds, strict=True)])


def distorted(
    arrays: Mapping[str, Array], rng: np.random.Generator, leading: int = 0
) -> Lazy[dict[str, Array]]:
    """Return five versions of arrays that need not make sense: labels must answer to one of them.

    A rank, a choice or a sign stays the same whatever is changed a little. So elements change
    places; everything changes sign; half of the elements become zero; and twice every element
    is multiplied by a factor of its own between 1/30 and 30.

    Args:
        arrays: numbers or booleans by name.
        rng: where places and factors come from.
        leading: axes over draws or replicates, along which all is treated alike.
    """
    ways: list[Factor] = [
        lambda x, r: _moved_about(x, r, leading),
        lambda x, _: _flipped_sign(x),
        lambda x, r: x * np.asarray(r.random(x.shape[leading:]) < 0.5).astype(x.dtype),
        lambda x, r: _rescaled(x, r, leading),
        lambda x, r: _rescaled(x, r, leading),
    ]

    def make(way: Factor, seed: int) -> dict[str, Array]:
        own = np.random.default_rng(seed)
        return {name: np.asarray(way(x, own)) for name, x in arrays.items()}

    seeds = _seeds(rng, len(ways))
    return Lazy([partial(make, way, seed) for way, seed in zip(ways, seeds, strict=True)])


def _moved_about(x: Array, rng: np.random.Generator, leading: int) -> Array:
    for axis in range(leading, x.ndim):
        if x.shape[axis] > 1:  # no element keeps its place
            x = np.roll(x, int(rng.integers(1, x.shape[axis])), axis=axis)
    return x


def _flipped_sign(x: Array) -> Array:
    flipped: Array = ~x if x.dtype.kind == "b" else -x
    return flipped


def _rescaled(x: Array, rng: np.random.Generator, leading: int) -> Array:
    if x.dtype.kind not in "fc":
        return x
    factors = np.exp(rng.uniform(-np.log(30), np.log(30), size=x.shape[leading:]))
    return np.asarray(x * factors, dtype=x.dtype)


def nudged(fit: Fit, rng: np.random.Generator) -> Lazy[Fit]:
    """Return fits whose real numbers differ from those of `fit` about the twelfth digit.

    Whole numbers, zeros, integers, booleans and text stay what they are.
    """

    def make(seed: int) -> Fit:
        own = np.random.default_rng(seed)
        arrays = {name: _nudge(x, own) for name, x in fit.arrays.items()}
        meta = dict(fit.meta)
        if isinstance(meta.get("objective"), float):
            meta["objective"] *= 1 + NUDGE * own.uniform(-1, 1)
        return Fit(arrays=arrays, meta=meta)

    return Lazy([partial(make, seed) for seed in _seeds(rng, NUDGES)])


def different(contents: Iterable[tuple[int, bytes]], count: int) -> list[int]:
    """Return the numbers of the first `count` that differ from each other, or of fewer.

    Args:
        contents: number and content of each, read until enough are found.
        count: how many are wanted.
    """
    found: dict[bytes, int] = {}
    for number, content in contents:
        found.setdefault(content, number)
        if len(found) == count:
            break
    return list(found.values())


def _seeds(rng: np.random.Generator, count: int) -> list[int]:
    """Return a seed for each of several: what one draws does not depend on the others."""
    return [int(seed) for seed in rng.integers(2**63, size=count)]


def _nudge(x: Array, rng: np.random.Generator) -> Array:
    if x.dtype.kind != "f":
        return x
    size = max(NUDGE, 4 * float(np.finfo(x.dtype).eps))
    moved = x * (1 + size * rng.uniform(-1, 1, size=x.shape))
    return np.where(x == np.round(x), x, moved).astype(x.dtype)


def _own(x: Array, rng: np.random.Generator) -> Array:
    return x * rng.uniform(0.5, 1.5, size=x.shape)


def _own_and_zeros(x: Array, rng: np.random.Generator) -> Array:
    finite = np.abs(x[np.isfinite(x)])
    size = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    added = _ZERO_SHARE * size * rng.uniform(0.5, 1.5, size=x.shape)
    return np.where(x == 0, added, _own(x, rng))


def _flipped(x: Array, rng: np.random.Generator) -> Array:
    """Flip a quarter of 0 and 1, or of False and True, and one at least."""
    if not x.size:
        return x
    flip = np.asarray(rng.random(x.shape) < 0.25)
    flip.reshape(-1)[rng.integers(x.size)] = True
    return np.where(flip, 1 - x.astype(float), x).astype(x.dtype)


def _shifted(x: Array, rng: np.random.Generator) -> Array:
    """Move integers by one, within the range they have: labels must stay labels."""
    if not x.size:
        return x
    low, high = x.min(), x.max()
    if low == high:
        return np.asarray(x + x.dtype.type(1))
    up = (rng.random(x.shape) < 0.5) & (x < high) | (x == low)
    return np.asarray(np.where(up, x + x.dtype.type(1), x - x.dtype.type(1)), dtype=x.dtype)
