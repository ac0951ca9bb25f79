"""The training methods: one package each, found by name.

A method is a package here with three modules, so that each step imports only what it needs:

* `settings` (light): `Training` and `Convergence`, the pydantic models of the design's two
  blocks, and `FUNCTIONS`, the names and argument counts of what the model code must define;
* `fit` (runs in the worker, the only place that sees model code): `fit(job) -> Fit` and
  `view(fit, rng)`, which makes the object that the model's `results` receives;
* `diagnose` (runs in the recorder and the validator): `diagnose(fit, training, convergence)
  -> list[Criterion]`.

A new method is a new package and one line in `METHODS`. Methods know nothing of files.
"""

from importlib import import_module
from types import ModuleType

METHODS = ("bayesian", "convex", "iterative", "simulation")


def load(method: str, part: str) -> ModuleType:
    """Return module `part` ("settings", "fit" or "diagnose") of a method."""
    if method not in METHODS:
        raise KeyError(method)
    return import_module(f"assay.methods.{method}.{part}")
