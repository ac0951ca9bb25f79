"""What this copy of assay is: the digest of its own source, so that editing it is noticed."""

import hashlib
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


@cache
def package_digest(only: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> str:
    """Return "sha256:..." over names and contents of the package's Python files.

    Args:
        only: names of top-level modules or subpackages to count; all if empty.
        without: names of those not to count.
    """
    total = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        top = name.parts[0].removesuffix(".py")
        if (only and top not in only) or top in without:
            continue
        total.update(f"{name.as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return "sha256:" + total.hexdigest()
