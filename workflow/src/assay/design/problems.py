"""What is wrong with a design: one sentence each, with file, line, key and remedy."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import DesignError


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a design.

    Attributes:
        path: the design file.
        line: line in that file, from 1.
        key: the key concerned, with dots (`results.columns.gold.min`).
        what: what is wrong.
        remedy: what to do about it.
    """

    path: Path
    line: int
    key: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """Return the problem as `path:line: key: what is wrong; what to do`."""
        return f"{self.path}:{self.line}: {self.key}: {self.what}; {self.remedy}"


class InvalidDesignError(DesignError):
    """A design file is broken; the message has one line per problem.

    Attributes:
        problems: every problem, by line.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))
