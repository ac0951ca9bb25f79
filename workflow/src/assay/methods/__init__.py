"""The training methods: a package each, found by name; they know nothing of files.

What each of a package's modules offers, and to whom, are the Protocols in `contract`; a test holds
every method to them. A new method is a new package and one line in `METHODS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Literal, overload

if TYPE_CHECKING:
    from assay.methods.contract import (
        DiagnoseModule,
        FitModule,
        RecomputeModule,
        ReplayModule,
        SettingsModule,
        TraitsModule,
    )
    from assay.methods.traits import Traits

METHODS: Final = {
    "bayesian": "assay.methods.bayesian",
    "convex": "assay.methods.convex",
    "iterative": "assay.methods.iterative",
    "simulation": "assay.methods.simulation",
}


def traits_of(method: str) -> Traits:
    """Return how a method differs from others; costs a microsecond.

    Raises:
        KeyError: there is no such method.
    """
    return load(method, "traits").TRAITS


@overload
def load(method: str, part: Literal["traits"]) -> TraitsModule: ...
@overload
def load(method: str, part: Literal["settings"]) -> SettingsModule: ...
@overload
def load(method: str, part: Literal["fit"]) -> FitModule: ...
@overload
def load(method: str, part: Literal["diagnose"]) -> DiagnoseModule: ...
@overload
def load(method: str, part: Literal["recompute"]) -> RecomputeModule: ...
@overload
def load(method: str, part: Literal["replay"]) -> ReplayModule: ...
def load(method: str, part: str) -> object:
    """Return a module of a method, imported when it is first asked for.

    Raises:
        KeyError: there is no such method.
    """
    return import_module(f"{METHODS[method]}.{part}")


def known_methods() -> str:
    """Return the names of all methods as a phrase, such as "a, b or c"."""
    *others, last = METHODS
    return f"{', '.join(others)} or {last}"
