"""Names of a library that it does not promise to keep: declared, and checked before they are used.

A name that moved would otherwise show as an error in the middle of a training, or as a silence: a
signal no longer handled, a row under another label. A library states no meaning of such a name,
so its code is looked at as far as that goes: kind, parameters, and the names and texts in it on
which we rely. What this cannot see (the same names in another sense) is held by an upper bound on
the version, which is raised once the tests have run with the next one.
"""

import functools
import inspect
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import CodeType
from typing import Any

from assay.core.errors import Category, TrainingError

ANY = object()  # a value that may be what it likes


class Kind(StrEnum):
    """What a name stands for, in the words of the error."""

    CLASS = "class"
    FUNCTION = "function"
    PROPERTY = "property"
    FIELD = "field of a dataclass"
    ATTRIBUTE = "attribute that __init__ sets"
    VALUE = "value"


@dataclass(frozen=True)
class Internal:
    """One name that is used though nobody promises that it stays.

    Attributes:
        name: "module:Class.name".
        kind: what it stands for.
        why: what it is used for.
        parameters: of a function, all of them, with the stars of *args and **kwargs.
        mentions: names, then variables, then texts that its code must hold, each in the order of
            their first use; after those of a function come those of the functions within.
        equals: what its value must be: classes by their names, dicts by their keys.
    """

    name: str
    kind: Kind
    why: str
    parameters: tuple[str, ...] | None = None
    mentions: tuple[str, ...] = ()
    equals: object = ANY


@dataclass(frozen=True)
class Library:
    """The versions of a library that are supported, and what is used of its insides.

    Attributes:
        name: as it is installed.
        oldest, below: the versions from the one and before the other.
        internals: the table.
    """

    name: str
    oldest: str
    below: str
    internals: tuple[Internal, ...]


class UnsupportedLibraryError(TrainingError):
    """A library that is installed is not one that this was written for."""

    def __init__(self, library: Library, found: str) -> None:
        super().__init__(
            f"{found}; supported is {library.name} from {library.oldest} and before "
            f"{library.below}",
            category=Category.RESOURCE,
            where=library.name,
            remedy="Install the versions that requirements.txt names: "
            "python -m pip install -r requirements.txt",
        )


def check(library: Library) -> None:
    """Look for everything that is used of a library's insides.

    Raises:
        UnsupportedLibraryError: the installed version is outside the supported range, or a name
            is gone or is not what it should be.
    """
    try:
        installed = version(library.name)
    except PackageNotFoundError:
        raise UnsupportedLibraryError(library, f"{library.name} is not installed") from None
    title = f"{library.name} {installed}"
    if not _release(library.oldest) <= _release(installed) < _release(library.below):
        raise UnsupportedLibraryError(library, f"{title} is installed")
    wrong = [found for internal in library.internals if (found := _complaint(internal))]
    if wrong:
        raise UnsupportedLibraryError(library, f"{title} has other insides: {'; '.join(wrong)}")


def _release(text: str) -> tuple[int, ...]:
    """Return the numbers a version begins with: those of "9.28rc1" are no longer before 9.28."""
    return tuple(map(int, re.findall(r"\d+", re.split(r"[^\d.]", text, maxsplit=1)[0])))


def _complaint(internal: Internal) -> str | None:
    """Return what is wrong with a name, if anything."""
    module, _, path = internal.name.partition(":")
    *parents, last = path.split(".")
    try:
        owner = functools.reduce(getattr, parents, import_module(module))
        wrong = _wrong(owner, last, internal)
    except (ImportError, AttributeError):
        wrong = "is gone"
    return f"{internal.name} {wrong} (used {internal.why})" if wrong else None


def _wrong(owner: Any, name: str, internal: Internal) -> str | None:
    # What is inherited instead of defined by a class is something else.
    if name not in _NAMES.get(internal.kind, _defined_by)(owner):
        return "is gone"
    if internal.kind in _NAMES:
        return None
    found = getattr(owner, name)
    if not _IS_KIND[internal.kind](found):
        return f"is no {internal.kind}"
    if internal.equals is not ANY and _plain(found) != internal.equals:
        return f"is {_plain(found)!r} instead of {internal.equals!r}"
    if internal.parameters is not None and _parameters(found) != internal.parameters:
        return f"takes ({', '.join(_parameters(found))}), not ({', '.join(internal.parameters)})"
    words = _words(found) if internal.mentions else iter(())
    missing = next((word for word in internal.mentions if word not in words), None)
    return f"does without {missing!r}, or with it in another place" if missing else None


def _defined_by(owner: Any) -> Collection[str]:
    return getattr(owner, "__dict__", ())


def _set_by(owner: Any) -> set[str]:
    """Return the names that what makes an object, here or in a class above, speaks of."""
    makers = ("__init__", "__post_init__")
    functions = (vars(each).get(maker) for each in owner.__mro__ for maker in makers)
    return {word for function in functions if function for word in _words(function)}


_NAMES: dict[Kind, Callable[[Any], Collection[str]]] = {
    Kind.FIELD: lambda owner: owner.__dataclass_fields__,
    Kind.ATTRIBUTE: _set_by,
}
_IS_KIND: dict[Kind, Callable[[Any], bool]] = {
    Kind.CLASS: inspect.isclass,
    Kind.FUNCTION: callable,
    Kind.PROPERTY: lambda found: isinstance(found, property | functools.cached_property),
    Kind.VALUE: lambda _: True,
}


def _parameters(function: Any) -> tuple[str, ...]:
    stars: dict[object, str] = {
        inspect.Parameter.VAR_POSITIONAL: "*",
        inspect.Parameter.VAR_KEYWORD: "**",
    }
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # it is written in another language and does not tell
        return ("?",)
    return tuple(f"{stars.get(each.kind, '')}{each.name}" for each in parameters)


def _words(found: Any) -> Iterator[str]:
    """Yield what the code of a function or property speaks of, see `Internal.mentions`."""
    parts = (found.fget, found.fset) if isinstance(found, property) else (found,)
    for part in parts:
        code = getattr(inspect.unwrap(part), "__code__", None) if part else None
        if code is not None:
            yield from _words_of_code(code)


def _words_of_code(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    yield from code.co_varnames
    yield from (constant for constant in code.co_consts if isinstance(constant, str))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _words_of_code(constant)


def _plain(value: Any) -> object:
    """Return a value such that it can be written into a table."""
    if inspect.isclass(value):
        return value.__name__
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, list | tuple | dict):
        return tuple(map(_plain, value))
    return value
