"""How often false optima are accepted: `python bench_convex_forgeries.py [runs] [kind]`.

For each kind of continuous problem an honest answer is spoilt: every number of x moved by about
1e-4 of itself, one number moved so, multipliers moved so, and Clarabel stopped early. A forgery
counts as false if its objective is off by more than 1e-6 or its constraints by more than 1e-7,
relative. Prints how many were false and how many of those the certificate accepted.
"""

import sys
from collections.abc import Iterator
from typing import Any

import clarabel
import numpy as np
import scipy.sparse as sp
from bench_convex_refusals import train
from convex_problems import GENERATORS

from assay.methods.convex.certificate import optimality, prove
from assay.methods.convex.form import StandardForm, form_from_arrays
from assay.methods.convex.refine import tidy
from assay.methods.convex.solvers.clarabel_solver import _cones

TOLERANCE = 1e-8
Point = tuple[Any, Any, Any]


def spoilt(form: StandardForm, honest: Point, rng: np.random.Generator) -> Iterator[Point]:
    """Yield false versions of an honest answer."""
    x, z, s = honest
    every = x * (1 + 1e-4 * rng.normal(size=len(x)))
    one = x.copy()
    one[rng.integers(len(x))] *= 1 + 1e-4
    for moved in (every, one, x * (1 + 1e-4), x * (1 - 1e-4)):
        point = tidy(form, moved, z, s)
        yield point.x, point.z, point.s
    yield x, z * (1 + 1e-4 * rng.normal(size=len(z))), s
    yield from early(form)


def early(form: StandardForm) -> Iterator[Point]:
    """Yield Clarabel's iterates, tidied."""
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads = False, 1
    settings.presolve_enable = settings.chordal_decomposition_enable = False
    parts = sp.csc_matrix(sp.triu(form.P)), form.c, sp.csc_matrix(form.A), form.b
    for iterations in range(2, 30, 2):
        settings.max_iter = iterations
        found = clarabel.DefaultSolver(*parts, _cones(form), settings).solve()
        point = tidy(form, np.array(found.x), np.array(found.z), np.array(found.s))
        yield point.x, point.z, point.s


def study(runs: int, kinds: str) -> int:
    """Print the table and return the number of forgeries accepted."""
    print(f"{'kind':<26}{'false':>8}{'accepted':>10}")
    total = 0
    for generator in GENERATORS:
        name = generator.__name__
        if not name.startswith(kinds) or name.startswith("mi"):
            continue
        false = accepted = 0
        for seed in range(runs):
            found, _ = train(generator(np.random.default_rng(seed)))
            parts = {key[9:]: a for key, a in found.arrays.items() if key.startswith("standard/")}
            form = form_from_arrays(parts, found.meta["cones"])
            honest = found.arrays["x"], found.arrays["z"], found.arrays["s"]
            truth = optimality(form, *honest)
            for point in spoilt(form, honest, np.random.default_rng(seed)):
                if not all(np.all(np.isfinite(part)) for part in point):
                    continue
                claim = optimality(form, *point)
                off = abs(claim.objective - truth.objective) > 1e-6 * truth.unit
                broken = max(claim.primal_residual.value, claim.slack_outside.value) > 1e-7
                if off or broken:
                    false += 1
                    accepted += prove(form, *point, TOLERANCE).kind == "optimal"
        print(f"{name:<26}{false:>8}{accepted:>10}", flush=True)
        total += accepted
    return total


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    sys.exit(min(study(count, sys.argv[2] if len(sys.argv) > 2 else ""), 1))
