"""Libraries whose insides are other than a table says: a failing twin for each of its entries."""

import functools
import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from assay.core.internals import ANY, Internal, Kind, Library

Twin = Callable[[pytest.MonkeyPatch], None]


def twins(*libraries: Library) -> list[Any]:
    """Return (library, internal, what to break, what is said of it) as parameters of a test."""
    return [
        pytest.param(library, internal, breaking, said, id=f"{internal.name} {said}")
        for library in libraries
        for internal in library.internals
        for breaking, said in _ways(internal)
    ]


def _ways(internal: Internal) -> list[tuple[Twin, str]]:
    ways: list[tuple[Twin, str]] = [(functools.partial(gone, internal), "is gone")]
    if internal.kind in (Kind.CLASS, Kind.FUNCTION, Kind.PROPERTY):
        ways.append((functools.partial(_put, internal, lambda _: 7), f"is no {internal.kind}"))
    if internal.parameters is not None:
        ways.append((functools.partial(_put, internal, _of_other_parameters), "takes (another)"))
    if internal.mentions:  # a function that does nothing lacks the first of them
        said = f"does without {internal.mentions[0]!r}"
        ways.append((functools.partial(_put, internal, _silent), said))
    if internal.equals is not ANY:
        ways.append((functools.partial(_put, internal, lambda _: "another"), "is 'another'"))
    return ways


def _owner(internal: Internal) -> tuple[Any, str]:
    module, _, path = internal.name.partition(":")
    *parents, last = path.split(".")
    return functools.reduce(getattr, parents, import_module(module)), last


def gone(internal: Internal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a name away."""
    owner, last = _owner(internal)
    if internal.kind is Kind.FIELD:
        monkeypatch.delitem(owner.__dataclass_fields__, last)
    elif internal.kind is Kind.ATTRIBUTE:
        for each in owner.__mro__[:-1]:
            for maker in {"__init__", "__post_init__"} & set(vars(each)):
                monkeypatch.setattr(each, maker, lambda self: None)
    else:
        monkeypatch.delattr(owner, last)


def _put(internal: Internal, make: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    owner, last = _owner(internal)
    monkeypatch.setattr(owner, last, make(inspect.getattr_static(owner, last)))


def _of_other_parameters(_: Any) -> Any:
    return lambda another: None


def _silent(found: Any) -> Any:
    """Return what takes the same and does nothing."""
    if isinstance(found, property):
        return property(lambda self: None)
    silent: Any = lambda *args, **kwargs: None  # noqa: E731
    silent.__signature__ = inspect.signature(getattr(found, "__func__", found))
    return silent
