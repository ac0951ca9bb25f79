"""Random streams derived from one seed, named so that each use has its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # slow to import, and not needed to derive a seed
    import numpy as np

Part = str | int


def derive_seed(digests: Mapping[str, str], nonce: str) -> str:
    """Return the training seed: SHA-256 over the sorted input digests and the nonce, as hex."""
    text = "\n".join(f"{name}={digests[name]}" for name in sorted(digests))
    return hashlib.sha256(f"{text}\nnonce={nonce}".encode()).hexdigest()


def seed_sequence(seed: str, *path: Part) -> np.random.SeedSequence:
    """Return the seed sequence of the stream `path` (such as "chain", 2) under a hex seed."""
    import numpy as np

    return np.random.SeedSequence(entropy=int(seed, 16), spawn_key=tuple(map(_number, path)))


def generator(seed: str, *path: Part) -> np.random.Generator:
    """Return a PCG64 generator of the stream `path` under a hex seed."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(seed_sequence(seed, *path)))


def integer_seed(seed: str, *path: Part) -> int:
    """Return a 63-bit integer seed of the stream `path`, for libraries that take integers."""
    import numpy as np

    return int(seed_sequence(seed, *path).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _number(part: Part) -> int:
    if isinstance(part, int):
        return part
    return int.from_bytes(hashlib.sha256(part.encode()).digest()[:4], "big")
