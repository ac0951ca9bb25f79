"""The training methods: one package each, found by name.

A method is a package here with three modules, so that each step imports only what it needs:

* `settings` (light): `Training` and `Convergence`, the pydantic models of the design's two
  blocks, and `FUNCTIONS`, the names and argument counts of what the model code must define;
* `fit` (runs in the worker, the only place that sees model code): `fit(job) -> Fit` and
  `view(fit, rng)`, which makes the object that the model's `results` receives, from the groups
  of arrays in `SEEN`;
* `diagnose` (runs in the recorder and the validator): `diagnose(fit, training, convergence)
  -> list[Criterion]`;
* `recompute` (runs in the validator, which never imports model code): `challenge(fit, training,
  checkpoints, rng, share) -> Challenge | None` picks what is to be done again (`FIXED_SECONDS` is
  what a validation takes beside that, however long the run), `compare(challenge, fit,
  checkpoints, replayed) -> list[Criterion]` holds it against the evidence bit for bit, `agree(fit,
  fresh, training) -> list[Criterion]` compares it with a fresh run where bits need not agree, and
  `inspect(fit, training, checkpoints) -> list[Criterion]` finds what contradicts itself;
* `replay` (runs in a worker of the validator's): `replay(job, request, arrays) -> arrays` does
  again what was asked, `certify(job, fit, rng=None) -> list[Criterion]` shows on the model itself
  that a fit is one of its answers, where `rng` is given at points drawn with it if all would be
  too many, `perturb(fit, rng) -> Lazy[Fit]` makes other fits of the same shape,
  on which `results` must give other numbers, and `distort(fit, rng) -> Lazy[Fit]` such that need
  not make sense, on which ranks and labels must change.

There a criterion that gates refuses a run; one that does not leaves a doubt. `checkpoints` maps
the names given to `Channel.checkpoint`, oldest first, to their arrays.

A new method is a new package and one line in `METHODS`. Methods know nothing of files.
"""

from importlib import import_module
from types import ModuleType

METHODS = ("bayesian", "convex", "iterative", "simulation")


def load(method: str, part: str) -> ModuleType:
    """Return module `part` ("settings", "fit", "diagnose", "recompute" or "replay") of a method."""
    if method not in METHODS:
        raise KeyError(method)
    return import_module(f"assay.methods.{method}.{part}")
