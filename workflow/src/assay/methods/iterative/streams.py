"""The random stream of a start: one for all its steps, stored as plain numbers.

A generator made anew for each step would cost some 20 µs a step; one stream whose position is
kept in every checkpoint costs nothing and can be taken up again from any of them.
"""

from typing import Any

import numpy as np

from assay import seeds

Array = np.ndarray[Any, Any]

_LOW = (1 << 64) - 1


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
