"""What this copy of assay is: the digest of its own source, so that editing it is noticed."""

import hashlib
from functools import cache
from pathlib import Path

from assay.methods import METHODS

PACKAGE = Path(__file__).parents[1]
# What training does not use. A module that is not named here counts, so that a forgotten one
# costs a needless training, never an unnoticed change.
NOT_TRAINING = (
    "campaign/audit.py",
    "campaign/discovery.py",
    "campaign/expectations.py",
    "campaign/plan.py",
    "campaign/problems.py",
    "campaign/rounds.py",
    "campaign/source_digest.py",
    "commands/",
    "documents/",
    "evidence/publication.py",
    "evidence/verdict",
    "repair/attempts.py",
    "repair/decision.py",
    "repair/standing.py",
    "snakemake/",
    "timing/",
    "validation/",
    "watch/",
)


def training_digest(method: str) -> str:
    """Return the digest of the source that trains models of a method."""
    others = tuple(f"methods/{other}/" for other in METHODS if other != method)
    others += tuple(f"methods/{method}/{part}.py" for part in ("recompute", "replay"))
    return package_digest(without=NOT_TRAINING + others)


def demonstration_digest() -> str:
    """Return the digest of the source that builds the demonstration's features."""
    return _digest(PACKAGE.with_name("assay_demonstration"), (), ())


def package_digest(only: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> str:
    """Return "sha256:..." over names and contents of the package's Python files.

    Args:
        only: beginnings of the paths to count ("documents/", "core/seeds.py"); all if empty.
        without: beginnings of the paths not to count.
    """
    return _digest(PACKAGE, only, without)


@cache
def _digest(folder: Path, only: tuple[str, ...], without: tuple[str, ...]) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if (only and not name.startswith(only)) or (without and name.startswith(without)):
            continue
        total.update(f"{name}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return "sha256:" + total.hexdigest()
