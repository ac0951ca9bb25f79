"""A case: a problem whose answer others have published, and what counts as reaching it."""

import math
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

MODELS = Path(__file__).parent / "models"
NUMBER = {"type": "number", "min": None}


@dataclass(frozen=True)
class Comparison:
    """One number held against the published one.

    Attributes:
        quantity: what it is the value of.
        published, ours: the two values.
        off: how far ours is from the published one, in the unit of `allowed`.
        allowed: how far it may be.
    """

    quantity: str
    published: float
    ours: float
    off: float
    allowed: float

    @property
    def holds(self) -> bool:
        """Return whether ours is near enough; NaN never is."""
        return self.off <= self.allowed

    @property
    def share(self) -> float:
        """Return which part of what is allowed was needed, infinite for NaN."""
        return math.inf if math.isnan(self.off) else self.off / self.allowed


@dataclass(frozen=True)
class Case:
    """One problem.

    Attributes:
        name: what it is called where it was published.
        family: the model file that states it, without .py.
        method: the method that answers it.
        features: what the model may read.
        tolerance: what counts as the same, in words.
        training: the design's training block.
        columns: the columns of results that hold numbers.
        rows: how many rows the results have.
        compare: holds published results against the answer; None where it must be refused.
        misses: how many comparisons may fail.
        refused: the criteria or words of which one must be among the reasons of a refusal.
        proof: a criterion that must have passed beside them, such as a certificate.
    """

    name: str
    family: str
    method: str
    features: Any
    tolerance: str
    rows: int = 1
    training: dict[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ("value",)
    compare: Callable[[pd.DataFrame], list[Comparison]] | None = None
    misses: int = 0
    refused: tuple[str, ...] = ()
    proof: str = ""

    def write(self, root: Path, number: int) -> None:
        """Write design, model code and features into a workspace, as a user would."""
        numbers = dict.fromkeys(self.columns, NUMBER)
        design = {
            "model": number,
            "title": f"{self.name}, {self.family.replace('_', ' ')}",
            "method": self.method,
            "expected": {"minutes": "auto", "rows": self.rows},
            "training": self.training,
            "results": {
                "key": ["quantity"],
                "columns": {"quantity": {"type": "string"}, **numbers},
            },
        }
        prose = f"The case {self.name}. Accepted: {self.tolerance}.\n"
        text = f"---\n{yaml.safe_dump(design, sort_keys=False)}---\n{prose}"
        code, data = root / "implementation" / "code", root / "implementation" / "data"
        for folder in (root / "model", code, data):
            folder.mkdir(parents=True, exist_ok=True)
        (root / "model" / f"model_design_{number}.md").write_text(text, encoding="utf-8")
        source = (MODELS / f"{self.family}.py").read_text(encoding="utf-8")
        (code / f"model_{number}.py").write_text(source, encoding="utf-8")
        (data / f"features_{number}.pkl").write_bytes(pickle.dumps(self.features))


def write_workspace(root: Path, cases: Sequence[Case]) -> None:
    """Write a workspace whose model i is the i-th case, counted from 1."""
    for number, case in enumerate(cases, start=1):
        case.write(root, number)
