"""What a validator has drawn again of a bayesian fit, and how it holds the answer against it.

With nutpie the smallest piece that can be drawn alone is a chain: one is chosen, whichever the
validator's randomness says, after the evidence was fixed. With PyMC's own sampler the stored
states cut every chain into segments, tuning included; some are chosen, among them always one
that begins at the seed. A run forged in a share f of its segments escapes n random ones with
probability about (1 - f)^n; one that is no answer to its seed is caught by every challenge,
since the streams of all stored generators are held against the seed as well.

Model code is never imported here.
"""

from collections.abc import Mapping

import numpy as np

from assay.core.criteria import Criterion, judge
from assay.core.fit import Fit
from assay.methods.base import CHALLENGE_SHARE, Challenge
from assay.methods.bayesian.chains import Array
from assay.methods.bayesian.consistency import inspect
from assay.methods.bayesian.segments import (
    Segment,
    parse_state_name,
    segments_of,
    state_name,
)
from assay.methods.bayesian.settings import Training
from assay.methods.samples import OTHER_ANSWER, same_means

__all__ = ["challenge", "compare", "inspect"]

Checkpoints = Mapping[str, Mapping[str, Array]]
FIXED_SECONDS = 5.0  # of a validation, however long the run: importing PyMC, compiling, densities
_ADVICE = "The same seed and model code do not give the stored draws: this is not the run it says."


def challenge(
    fit: Fit,
    training: Training,
    checkpoints: Checkpoints,
    rng: np.random.Generator,
    share: float = CHALLENGE_SHARE,
) -> Challenge | None:
    """Choose what is to be drawn again; see the module's docstring.

    Args:
        fit: the stored fit.
        training: the design's settings.
        checkpoints: by name, oldest first.
        rng: the validator's own randomness, never known to whoever made the evidence.
        share: of all steps, at most, where segments can be drawn alone.
    """
    states = [name for name in checkpoints if parse_state_name(name)]
    if training.sampler == "pymc" and states:
        return _segments(fit, training, checkpoints, rng, share)
    number = int(rng.integers(training.chains))
    return Challenge(
        request={"chains": [number], "segments": [], "tune": training.tune},
        arrays={},
        share=1 / training.chains,
        what=f"chain {number + 1} of {training.chains}",
    )


def compare(
    challenge: Challenge, fit: Fit, checkpoints: Checkpoints, replayed: Mapping[str, Array]
) -> list[Criterion]:
    """Hold what was drawn again against the evidence, bit for bit.

    Every array that the evidence has of the chosen pieces must be among the replayed and the
    other way round, with the same type, shape and bytes; a missing one differs in every value.
    """
    expected = _expected(challenge, fit, checkpoints)
    answered = {name: part for name, part in replayed.items() if not name.startswith("streams_")}
    compared = dict.fromkeys(_pieces(challenge), 0)
    differing, first = 0, ""
    for name in sorted({*expected, *answered}):
        size, unequal, place = differences(expected.get(name), answered.get(name))
        piece = name.split("/", 1)[0]
        compared[piece] = compared.get(piece, 0) + size
        differing += unequal
        if unequal and not first:
            first = _describe(name, place, challenge)
    criteria = [
        judge(
            "replayed_values",
            min(compared.values(), default=0),
            ">",
            0,
            where=min(compared, key=lambda piece: compared[piece], default="nothing"),
            advice="A chosen piece of the run has no value that was compared: nothing is shown.",
        ),
        judge("replay", differing, "==", 0, where=first or challenge.what, advice=_ADVICE),
    ]
    if challenge.request["segments"]:
        criteria.append(_streams(checkpoints, replayed))
    return criteria


def agree(fit: Fit, fresh: Fit, training: Training) -> list[Criterion]:  # noqa: ARG001
    """Compare a fit with a fresh run on another kind of machine, by the means of the draws."""
    from arviz_stats.base import array_stats  # slow to import, and rarely needed

    one, other = fit.arrays["unconstrained"], fresh.arrays["unconstrained"]
    names = [label for label, _ in fit.meta["coordinates"]]
    columns = [
        (name, one[..., place], other[..., place])
        for place, name in enumerate(names)
        if one.shape[2:] == other.shape[2:]
    ]

    def independent(values: Array) -> float:
        return float(array_stats.ess(values, method="mean"))

    return same_means(columns, independent, OTHER_ANSWER)


def differences(stored: Array | None, again: Array | None) -> tuple[int, int, tuple[int, ...]]:
    """Return how many values were compared, how many differ in any bit, and the first such place.

    Arrays of another shape or type, and those of which one is missing, differ in every value.
    """
    if stored is None or again is None:
        return 0, max([1, *(part.size for part in (stored, again) if part is not None)]), ()
    if stored.dtype != again.dtype or stored.shape != again.shape or stored.dtype.hasobject:
        return 0, max(1, stored.size, again.size), ()
    if stored.size == 0 or stored.dtype.itemsize == 0:
        return 0, 0, ()
    bits = [
        np.frombuffer(part.tobytes(), np.uint8).reshape(part.size, -1) for part in (stored, again)
    ]
    unequal = np.flatnonzero(np.any(bits[0] != bits[1], axis=1))
    if not len(unequal):
        return stored.size, 0, ()
    place = np.unravel_index(int(unequal[0]), stored.shape)
    return stored.size, len(unequal), tuple(int(index) for index in place)


def _segments(
    fit: Fit,
    training: Training,
    checkpoints: Checkpoints,
    rng: np.random.Generator,
    share: float,
) -> Challenge:
    """Choose segments worth a share at most, but always one that begins at the seed."""
    every = segments_of(training, fit.arrays["unconstrained"].shape[-1])
    seeded = [segment for segment in every if segment.start == 0]
    chosen = [seeded[int(rng.integers(len(seeded)))]]
    budget = share * training.chains * (training.tune + training.draws)
    budget -= chosen[0].stop
    for index in rng.permutation(len(every)):
        segment = every[index]
        size = segment.stop - segment.start
        if segment not in chosen and size <= budget:
            chosen.append(segment)
            budget -= size
    chosen.sort(key=lambda segment: (segment.chain, segment.start))
    arrays = {
        f"{segment.name}/{name}": values
        for segment in chosen
        for name, values in checkpoints.get(state_name(segment.chain, segment.start), {}).items()
    }
    steps = sum(segment.stop - segment.start for segment in chosen)
    return Challenge(
        request={
            "chains": [],
            "segments": [[part.chain, part.start, part.stop] for part in chosen],
            "tune": training.tune,
        },
        arrays=arrays,
        share=steps / (training.chains * (training.tune + training.draws)),
        what=f"{len(chosen)} of {len(every)} segments between stored states: "
        + ", ".join(f"chain {part.chain} from step {part.start}" for part in chosen),
    )


def _expected(challenge: Challenge, fit: Fit, checkpoints: Checkpoints) -> dict[str, Array]:
    """Return what an honest replay hands back, by the names that `replay` uses."""
    expected: dict[str, Array] = {}
    for number in challenge.request["chains"]:
        for name, values in fit.arrays.items():
            if values.ndim and number < len(values):
                expected[f"chain_{number}/{name}"] = values[number]
    if not challenge.request["segments"]:
        return expected
    tune = challenge.request["tune"]
    for parts in challenge.request["segments"]:
        segment = Segment(*parts)
        first, last = max(segment.start - tune, 0), max(segment.stop - tune, 0)
        for name, values in fit.arrays.items():
            if last > first and values.ndim > 1 and segment.chain < len(values):
                expected[f"{segment.name}/{name}"] = values[segment.chain, first:last]
        end = checkpoints.get(state_name(segment.chain, segment.stop), {})
        expected |= {f"{segment.name}/end/{name}": values for name, values in end.items()}
    return expected


def _pieces(challenge: Challenge) -> list[str]:
    """Return the names of what was asked for, each of which must be answered."""
    chains = [f"chain_{number}" for number in challenge.request["chains"]]
    return chains + [Segment(*parts).name for parts in challenge.request["segments"]]


def _describe(name: str, place: tuple[int, ...], challenge: Challenge) -> str:
    """Return the chain, draw and variable of the first difference, for people."""
    piece, _, array = name.partition("/")
    parts = piece.split("_")
    words = f"chain {parts[1]}"
    first = 0
    if parts[0] == "segment":
        words += f" from step {int(parts[2])}"
        first = max(int(parts[2]) - challenge.request["tune"], 0)
    if not place or array.startswith("end/"):
        return f"{words}, {array}"
    inner = f"[{','.join(map(str, place[1:]))}]" if len(place) > 1 else ""
    return f"{words}, draw {first + place[0]}, {array}{inner}"


def _streams(checkpoints: Checkpoints, replayed: Mapping[str, Array]) -> Criterion:
    """Count the stored states whose random generators are not those of the run's seed."""
    wrong = []
    for name, state in checkpoints.items():
        place = parse_state_name(name)
        if place is None:
            continue
        prefix = f"streams_{place[0]}/"
        seeded = {key: part for key, part in replayed.items() if key.startswith(prefix)}
        bad = [
            key
            for key, part in seeded.items()
            if differences(state.get(key.removeprefix(prefix)), part)[1]
        ]
        if bad or not seeded:
            wrong.append(name)
    return judge(
        "streams",
        len(wrong),
        "==",
        0,
        where=", ".join(wrong[:3]),
        advice="The stored generators are not those that this run's seed gives.",
    )
