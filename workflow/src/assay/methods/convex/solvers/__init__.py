"""Solvers, each called natively on the standard form by one small module, found by name.

Every module offers `solve(form, effort) -> Answer` on one thread, with fixed seeds and limits
counted in iterations or nodes, never in seconds: the same form gives the same answer.
"""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from assay.methods.convex.solvers.answer import Answer

SOLVERS = {
    "CLARABEL": "clarabel_solver",
    "HIGHS": "highs_solver",
    "OSQP": "osqp_solver",
    "SCS": "scs_solver",
    "SCIP": "scip_solver",
}
# Which solvers can answer a class; the first two are tried first and serve as each other's check.
BY_CLASS = {
    "LP": ("HIGHS", "CLARABEL", "SCS", "OSQP"),
    "QP": ("CLARABEL", "OSQP", "HIGHS", "SCS"),
    "SOCP": ("CLARABEL", "SCS"),
    "SDP": ("CLARABEL", "SCS"),
    "exponential cone": ("CLARABEL", "SCS"),
    "power cone": ("CLARABEL", "SCS"),
    "MILP": ("HIGHS", "SCIP"),
    "MIQP": ("SCIP",),
    "MISOCP": ("SCIP",),
}


def load(solver: str) -> Callable[..., Answer]:
    """Return the `solve` function of a solver."""
    function: Callable[..., Answer] = _module(solver).solve
    return function


def units(solver: str) -> tuple[str, ...]:
    """Return, for each effort a solver's module offers, the units to solve in (see `scaling`).

    "data" are the problem's own, "point" those of the best point found so far. Each effort
    takes more trouble than the one before, or another road.
    """
    found: tuple[str, ...] = _module(solver).UNITS
    return found


def _module(solver: str) -> ModuleType:
    return import_module(f"assay.methods.convex.solvers.{SOLVERS[solver]}")
