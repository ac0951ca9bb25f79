"""The job that a script runs for, typed; only scripts that Snakemake runs can import this.

Snakemake puts a global `snakemake` into a script before its first line, which neither a reader
nor a type checker can see. So scripts import it from here, where it says what it is.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class Values(Protocol):
    """Values by name, of the types that the rule gave them."""

    def __getattr__(self, name: str) -> Any:
        """Return a value."""


class Files(Values, Protocol):
    """Paths by position, and by the names that the rule gave them."""

    def __getitem__(self, place: int) -> str:
        """Return a path."""

    def __iter__(self) -> Iterator[str]:
        """Return all paths in turn."""


class Job(Protocol):
    """What a script may use; see "External scripts" in Snakemake's documentation."""

    config: Mapping[str, Any]
    output: Files
    params: Values
    threads: int
    wildcards: Values


snakemake: Job = vars(sys.modules["__main__"])["snakemake"]
