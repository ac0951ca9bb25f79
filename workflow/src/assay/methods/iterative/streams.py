"""The random stream of a start: one for all its steps, stored as plain numbers.

A generator made anew for each step would cost some 20 µs a step; one stream whose position is
kept in every checkpoint costs nothing and can be taken up again from any of them.
"""

from typing import Any

import numpy as np

from assay.core import seeds

Array = np.ndarray[Any, Any]

_LOW = (1 << 64) - 1
_MODULUS = 1 << 128
_MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645  # of PCG64


def init_stream(seed: str, start: int) -> np.random.Generator:
    """Return the generator that `init` receives for start `start`."""
    return seeds.generator(seed, "init", start)


def step_stream(seed: str, start: int) -> np.random.Generator:
    """Return the generator that all steps of start `start` share, at its beginning."""
    return seeds.generator(seed, "steps", start)


def position(stream: np.random.Generator) -> Array:
    """Return where a PCG64 stream stands, as seven 64-bit words.

    They are the halves of its 128-bit state and of its increment, the buffered half word
    (`has_uint32`, `uinteger`) and how many children were spawned from it.
    """
    bits: Any = stream.bit_generator
    words = bits.state
    state, increment = words["state"]["state"], words["state"]["inc"]
    return np.array(
        [
            state >> 64,
            state & _LOW,
            increment >> 64,
            increment & _LOW,
            words["has_uint32"],
            words["uinteger"],
            bits.seed_seq.n_children_spawned,
        ],
        dtype=np.uint64,
    )


def resume(seed: str, start: int, words: Array) -> np.random.Generator:
    """Return the steps' generator of start `start`, standing where `position` said it stood."""
    high, low, inc_high, inc_low, has_uint32, uinteger, spawned = (int(word) for word in words)
    fresh = seeds.seed_sequence(seed, "steps", start)
    bits = np.random.PCG64(
        np.random.SeedSequence(
            entropy=fresh.entropy,
            spawn_key=fresh.spawn_key,
            pool_size=fresh.pool_size,
            n_children_spawned=spawned,
        )
    )
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": high << 64 | low, "inc": inc_high << 64 | inc_low},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
    return np.random.Generator(bits)


def numbers_between(earlier: Array, later: Array) -> int | None:
    """Return how many 64-bit numbers lie between two positions; None if they are of two streams.

    PCG64 is a linear congruential generator of 128 bits that permutes its output, so the way
    from one state to another is found bit by bit (O'Neill 2014, PCG: A family of simple fast
    space-efficient statistically good algorithms, section 4.3.1; the strides are those of Brown
    1994). A position before the earlier one comes out as a number near 2^128.
    """
    if not np.array_equal(earlier[2:4], later[2:4]):
        return None
    high, low, inc_high, inc_low = (int(word) for word in earlier[:4])
    state, wanted = high << 64 | low, int(later[0]) << 64 | int(later[1])
    multiplier, increment = _MULTIPLIER, inc_high << 64 | inc_low
    distance, bit = 0, 1
    while state != wanted:
        if (state ^ wanted) & bit:
            state = (state * multiplier + increment) % _MODULUS
            distance |= bit
        increment = (multiplier + 1) * increment % _MODULUS
        multiplier = multiplier * multiplier % _MODULUS
        bit <<= 1
    return distance
