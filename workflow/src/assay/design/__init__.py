"""The design of a model: parsing `model_design_{i}.md`, fully (`load_design`) or fast (`outline`).

`Design`, `load_design` and `InvalidDesignError` are imported on first use, so that planning, which
needs only `assay.design.outline`, does not pay for pydantic.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.design.load import load_design, parse_design
    from assay.design.problems import InvalidDesignError, Problem
    from assay.design.schema import Column, Design

__all__ = ["Column", "Design", "InvalidDesignError", "Problem", "load_design", "parse_design"]

_HOMES = {
    "Column": "schema",
    "Design": "schema",
    "InvalidDesignError": "problems",
    "Problem": "problems",
    "load_design": "load",
    "parse_design": "load",
}


def __getattr__(name: str) -> Any:
    """Import a public name from the module where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
