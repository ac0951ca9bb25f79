"""Designs and code for tests: one good example of each, and a way to change parts of it."""

from pathlib import Path

from assay.core.workspace import Workspace
from assay.design import Design, parse_design

GOOD = """\
---
model: 1                      # = the number in the file name
title: Medals per country, hierarchical negative binomial
method: bayesian              # bayesian | convex | iterative | simulation
depends_on: []                # models whose published results this one reads
expected:
  minutes: [0.2, 30]          # or: auto
  rows: 3                     # an integer, or [min, max]
training:
  draws: 500
convergence: {rhat: 1.01}
resources: {threads: 2, memory_mb: 2000, minutes: 60}   # optional
results:
  key: [noc]                  # unique together
  columns:                    # exactly these
    noc:    {type: string}
    gold:   {type: number, min: 0, max: 60}
    silver: {type: number}
    bronze: {type: number}
    total:  {type: number, min: 0, max: 200}
    lower:  {type: number, min: 0}
    upper:  {type: number}
  identities: ["total == gold + silver + bronze"]
  intervals: [[lower, total, upper]]
  constant: []                # columns that may have zero variance
  given: []                   # columns copied from the inputs
emergency_fix: {tune: 4000, target_accept: 0.99}   # optional
---

# Prose

model: 99 is only prose here.
"""

MINIMAL = """\
---
model: {number}
title: Toy {number}
method: {method}
results:
  key: [name]
  columns: {{name: {{type: string}}, x: {{type: number}}}}
{extra}---
"""

CODE = {
    "bayesian": "def build(inputs):\n    return 1\n\n\ndef results(inputs, fit):\n    return 2\n",
    "convex": "def build(inputs):\n    return 1\n\n\ndef results(inputs, fit):\n    return 2\n",
}


def minimal(number: int, extra: str = "", method: str = "convex") -> str:
    """Return a design with nothing optional but `extra`."""
    return MINIMAL.format(number=number, method=method, extra=extra)


def good(**changes: str) -> str:
    """Return the good design with texts replaced; each must be there."""
    text = GOOD
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def with_results(block: str, expected: str = "", number: int = 1) -> Design:
    """Return a parsed design with the results block given in flow or block style."""
    text = f"---\nmodel: {number}\ntitle: t\nmethod: convex\n{expected}results:\n{block}---\n"
    return parse_design(Path(f"model_design_{number}.md"), text.encode())


def write_design(folder: Path, text: str | bytes, number: int | str = 1) -> Path:
    """Write a design into a folder under its proper name."""
    path = folder / f"model_design_{number}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def write_model(
    workspace: Workspace, number: int, extra: str = "", *, code: str | None = None
) -> None:
    """Write a complete convex model: design, code and features."""
    write_design(workspace.root / "model", minimal(number, extra), number)
    workspace.code_folder.mkdir(parents=True, exist_ok=True)
    text = CODE["convex"] if code is None else code
    workspace.code(number).write_text(text, encoding="utf-8")
    features = workspace.features_candidates(number)[0]
    features.parent.mkdir(parents=True, exist_ok=True)
    features.write_bytes(b"features")
